"""The tables of the configuration: an admin edits them with plain SQL.

Columns carry the names of the document's fields; NULL is a field that is left out. What a
constraint can say is refused at once; everything else is checked before it becomes live. Foreign
keys are checked at the end of a transaction, so that its statements may come in any order.
`position` is the order of what is listed: new rows come last, `1.5` is between 1 and 2.

Messages are text, or a JSON object such as `{"sound": "closed.wav"}`. The first agent group of a
row is a column of its own, so that it refers to the groups; the others are `next_agent_groups`.
"""

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Integer,
    Sequence,
    Table,
    Text,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from callrouter.db.models import Base

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
VERSION_KINDS = ("edit", "file", "import", "rollback")

_POSITION = Sequence("configuration_position", metadata=Base.metadata)


def _text(name: str, *, nullable: bool = True) -> Column[str]:
    return Column(name, Text(), nullable=nullable)


def _texts(name: str) -> Column[list[str]]:
    return Column(name, ARRAY(Text()))


def _number(name: str) -> Column[float]:
    return Column(name, Double())


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean())


def _json(name: str) -> Column[object]:
    return Column(name, JSONB(none_as_null=True))


def _time(name: str, *, nullable: bool = True) -> Column[object]:
    return Column(name, Time(), nullable=nullable)


def _key(name: str) -> Column[str]:
    return Column(name, Text(), primary_key=True)


def _position() -> Column[float]:
    return Column(
        "position",
        Double(),
        nullable=False,
        server_default=text("nextval('configuration_position'::regclass)"),
    )


def _row_id() -> Column[int]:
    return Column("id", BigInteger(), Identity(always=False), primary_key=True)


def _names(name: str, table: str, *, nullable: bool = True, owner: bool = False) -> Column[str]:
    """A column that refers to another table's name; a row without its `owner` goes with it."""
    key = ForeignKey(
        f"{table}.name",
        onupdate="CASCADE",
        ondelete="CASCADE" if owner else None,
        deferrable=True,
        initially="DEFERRED",
    )
    return Column(name, Text(), key, nullable=nullable)


def _between(column: str, lowest: int, highest: int) -> CheckConstraint:
    return CheckConstraint(f"{column} >= {lowest} AND {column} <= {highest}", name=column)


def _words(column: str, *words: str) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column.strip('"'))


def _object(column: str) -> CheckConstraint:
    return CheckConstraint(f"jsonb_typeof({column}) = 'object'", name=column)


general = Table(
    "general",
    Base.metadata,
    Column("id", Boolean(), primary_key=True, server_default=text("true")),
    _text("timezone"),
    _text("language"),
    _json("overrides"),
    _json("outside_line"),
    _json("feature_codes"),
    _json("pause_reasons"),
    _text("country_code"),
    _text("national_prefix"),
    _json("limits"),
    _json("blocked_callers"),
    CheckConstraint("id", name="id"),  # one row
    _object("outside_line"),
    _object("feature_codes"),
    _object("pause_reasons"),
    _object("limits"),
)

agents = Table(
    "agents",
    Base.metadata,
    _key("id"),
    _position(),
    _text("name"),
    _text("extension", nullable=False),
    _json("phones"),
    _text("phones_ring"),
    _json("skills"),
    _json("working_hours"),
    _names("incoming_call_settings", "incoming_call_settings"),
    _texts("numbers"),
    _flag("may_override"),
    UniqueConstraint(
        "extension", name="uq_agents_extension", deferrable=True, initially="DEFERRED"
    ),
    CheckConstraint("extension ~ '^[0-9*#]{1,20}$'", name="extension"),
    _words("phones_ring", "together", "in_order"),
    _object("skills"),
)

agent_groups = Table(
    "agent_groups",
    Base.metadata,
    _key("name"),
    _position(),
    _texts("members"),
    _text("order"),
    _json("required_skills"),
    _json("preferred_skills"),
    _number("wrap_up_seconds"),
    _number("busy_delay_seconds"),
    _number("reject_delay_seconds"),
    _number("no_answer_delay_seconds"),
    _words(
        '"order"',
        *("listed", "round_robin", "longest_idle", "fewest_calls", "least_talk_time"),
        *("random", "skills"),
    ),
    _object("required_skills"),
    _object("preferred_skills"),
    CheckConstraint("wrap_up_seconds >= 0", name="wrap_up_seconds"),
    CheckConstraint("busy_delay_seconds >= 0", name="busy_delay_seconds"),
    CheckConstraint("reject_delay_seconds >= 0", name="reject_delay_seconds"),
    CheckConstraint("no_answer_delay_seconds >= 0", name="no_answer_delay_seconds"),
)

holiday_calendars = Table(
    "holiday_calendars",
    Base.metadata,
    _key("name"),
    _position(),
    _text("country"),
    _text("region"),
    _text("file"),
    _text("message"),
    _names("agent_group", "agent_groups"),
    _texts("next_agent_groups"),
)

holidays = Table(
    "holidays",
    Base.metadata,
    _row_id(),
    _names("calendar", "holiday_calendars", nullable=False, owner=True),
    _position(),
    _text("date"),
    _text("until"),
    _text("holiday"),
    _text("name"),
    _time("from_time"),
    _time("to_time"),
    _flag("open"),
    _text("message"),
    _names("agent_group", "agent_groups"),
    _texts("next_agent_groups"),
    CheckConstraint("num_nonnulls(date, holiday) = 1", name="date"),
    CheckConstraint("from_time < '24:00'::time", name="from_time"),
)

incoming_call_settings = Table(
    "incoming_call_settings",
    Base.metadata,
    _key("name"),
    _position(),
    _texts("numbers"),
    _text("timezone"),
    _text("language"),
    _text("call_routing"),
    Column("wave_sizes", ARRAY(Integer())),
    _number("stagger_seconds"),
    _json("required_skills"),
    _json("preferred_skills"),
    _text("greeting_message"),
    _text("agent_busy_message"),
    _text("agent_unavailable_message"),
    _text("closed_message"),
    _number("ring_seconds"),
    _number("max_ring_seconds"),
    _text("greet"),
    _number("skip_greeting_minutes"),
    _text("ringback"),
    _text("music_class"),
    _flag("early_media"),
    Column("max_calls", Integer()),
    _texts("holidays"),
    _json("overrides"),
    _json("follow_on"),
    _json("follow_on_closed"),
    _words("call_routing", "Sequential", "Simultaneous", "Waves", "Adding up", "Staggered"),
    _words("greet", "before_ringing", "while_ringing"),
    _words("ringback", "ringing", "music", "silence"),
    _between("ring_seconds", 1, 600),
    _between("max_ring_seconds", 1, 3600),
    CheckConstraint("max_calls > 0", name="max_calls"),
    CheckConstraint("stagger_seconds > 0", name="stagger_seconds"),
    CheckConstraint("skip_greeting_minutes >= 0", name="skip_greeting_minutes"),
    _object("required_skills"),
    _object("preferred_skills"),
)


call_handling_schedule = Table(
    "call_handling_schedule",
    Base.metadata,
    _row_id(),
    _names("settings", "incoming_call_settings", nullable=False, owner=True),
    _position(),
    _text("day_of_week"),
    _texts("days"),
    _time("from_time", nullable=False),
    _time("to_time", nullable=False),
    _names("agent_group", "agent_groups", nullable=False),
    _texts("next_agent_groups"),
    _text("timezone"),
    _text("valid_from"),
    _text("valid_to"),
    CheckConstraint("num_nonnulls(day_of_week, days) = 1", name="days"),
    _words("day_of_week", *DAYS),
    CheckConstraint("from_time < '24:00'::time", name="from_time"),
)

config_edits = Table(
    "config_edits",
    Base.metadata,
    _row_id(),
    _text("transaction", nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    _text("author", nullable=False),
    _text("note"),
    UniqueConstraint("transaction", name="uq_config_edits_transaction"),
)
"""Who changed the configuration's tables, one row a transaction, written by a trigger.

The author is the database's user, or what the transaction `SET callrouter.author` to."""

config_versions = Table(
    "config_versions",
    Base.metadata,
    Column("number", Integer(), primary_key=True, autoincrement=False),
    _text("version", nullable=False),
    Column("document", JSON(none_as_null=True), nullable=False),
    _text("source"),
    _text("author", nullable=False),
    _text("note"),
    Column("at", DateTime(timezone=True), nullable=False),
    _text("kind", nullable=False),
    Column("edit", BigInteger()),
    _words("kind", *VERSION_KINDS),
)
"""The versions of the configuration: `version` is what a call's `settings_version` names.

`document` is what was written, in plain values; `source` the file itself, if it came from one;
`edit` the newest edit that is in it."""

SECTIONS = (agents, agent_groups, holiday_calendars, incoming_call_settings)
LISTS = (holidays, call_handling_schedule)
CONFIGURATION = (general, *SECTIONS, *LISTS)
"""Every table of the configuration; those that refer to others come after them, or wait."""
