"""What an override may say, why others are refused, and what the answer is in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callrouter.routing.model import (
    Holiday,
    HolidayCalendar,
    OutsideLine,
    Override,
    OverrideKind,
    Prompt,
    RoutingTable,
    Target,
    TargetKind,
)
from callrouter.routing.override_effects import in_words
from callrouter.routing.overriding import checked, settings_of, with_overrides
from callrouter.routing.status import ChangeRefused
from tests.routing.company import OFFICE, TABLE
from tests.routing.rows import row

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)  # Monday, 10:30 in Belgrade
HOUR = timedelta(hours=1)

SUPPORT = replace(
    OFFICE,
    name="support",
    numbers=("800",),
    timezone="Asia/Dubai",
    call_handling_schedule=(row("Monday 08:00-12:00 sales"), row("Monday 12:00-14:00 sales")),
)
EMPTY = replace(OFFICE, name="empty", numbers=(), call_handling_schedule=())
COMPANY = replace(
    TABLE,
    settings={"head-office": OFFICE, "support": SUPPORT},
    outside=OutsideLine("provider", ("+38111*", "+38164123456")),
)


def override(kind: str = "closed", *targets: tuple[str, str], **fields: Any) -> Override:
    found = tuple(Target(TargetKind(what), name) for what, name in targets)
    return Override("new", OverrideKind(kind), targets=found, **fields)


def words(asked: Override, *live: Override, table: RoutingTable = COMPANY) -> list[str]:
    return list(in_words(table, checked(table, asked, NOW), live, NOW))


def test_without_a_beginning_it_begins_now_and_is_live() -> None:
    assert checked(COMPANY, override(author="amina"), NOW) == override(
        author="amina", from_at=NOW, live=True
    )


@pytest.mark.parametrize(
    "written", ["+38164123456", "00381 64 123456", "+381 (11) 555-333"], ids=str
)
def test_an_outside_number_is_stored_as_it_is_dialled(written: str) -> None:
    (target,) = checked(COMPANY, override("send_to", ("outside_number", written)), NOW).targets
    assert target.name in ("+38164123456", "+38111555333")


ANY = ("agent_group", "sales")
WRONG = [
    (override(settings=("hed-office",)), "no settings 'hed-office'; there is: head-office, supp"),
    (override(until_at=datetime.max.replace(tzinfo=UTC)), "between 1970 and 2200; without an end"),
    (override(from_at=datetime.min.replace(tzinfo=UTC)), "between 1970 and 2200"),
    (override(until_at=NOW), "over already: Monday 2026-11-23 09:30 has passed"),
    (
        override(from_at=NOW + 2 * HOUR, until_at=NOW + HOUR),
        "would end .Monday 2026-11-23 10:30. before it begins .Monday 2026-11-23 11:30.",
    ),
    (override("closed", ANY), "leave the group away"),
    (override("open", ("agent", "amina")), "open with a group"),
    (override("open", ("agent_group", "sails")), "no agent group 'sails'"),
    (override("open", ("agent_group", "nobody")), "nobody has no members"),
    (override("send_to"), "say where to"),
    (override("send_to", ("agent", "boss")), "no agent 'boss'; there is: amina, bojan, carla"),
    (override("send_to", ("incoming_call_settings", "x")), "no settings 'x'"),
    (override("send_to", ("incoming_call_settings", "support")), "sent to itself"),
    (
        override(
            "send_to", ("incoming_call_settings", "support"), settings=("head-office", "support")
        ),
        "sent to itself",
    ),
    (override("send_to", ("outside_number", "+4912")), r"\+4912 is not allowed.*\+38111\*"),
    (override("open", ANY, message=Prompt(text="Hello.")), "only when it is closed"),
    (override(message=Prompt(text="  ")), "1 to 1000 characters"),
    (override(message=Prompt()), "1 to 1000 characters"),
    (override(message=Prompt(text="x" * 1001)), "1 to 1000 characters"),
    (override(message=Prompt(text="a\0b")), "the control character U.0000"),
    (override(message=Prompt(text="a\ud800")), "the control character U.D800"),
    (override(message=Prompt(text="Until {reopens}.")), "braces stand only around"),
    (override(message=Prompt(text="Until {reopens_at")), "braces stand only around"),
    (override(reason="x" * 201), "the reason must be one line"),
    (override(author="a\nb"), "the author must be one line"),
]


@pytest.mark.parametrize(("asked", "why"), WRONG, ids=[why[:30] for _, why in WRONG])
def test_refused(asked: Override, why: str) -> None:
    with pytest.raises(ChangeRefused, match=why):
        checked(COMPANY, asked, NOW)


def test_refused_in_a_company_that_lacks_what_is_needed() -> None:
    outside = override("send_to", ("outside_number", "+38164123456"))
    with pytest.raises(ChangeRefused, match="no outside_line"):
        checked(TABLE, outside, NOW)
    with pytest.raises(ChangeRefused, match="not allowed; outside_line allows none"):
        checked(replace(TABLE, outside=OutsideLine("provider", ())), outside, NOW)
    with pytest.raises(ChangeRefused, match="empty has no schedule"):
        checked(replace(TABLE, settings={"empty": EMPTY}), override("open"), NOW)
    with pytest.raises(ChangeRefused, match="there is: none"):
        checked(replace(TABLE, settings={}), override(settings=("x",)), NOW)


def test_of_very_many_names_a_few_are_told() -> None:
    many = replace(TABLE, settings={f"s{n}": OFFICE for n in range(50)})
    with pytest.raises(ChangeRefused, match=r"s8, s9, …$"):
        checked(many, override(settings=("x",)), NOW)


def test_it_is_for_all_settings_or_for_those_it_names() -> None:
    assert settings_of(COMPANY, override()) == (OFFICE, SUPPORT)
    assert settings_of(COMPANY, override(settings=("support",))) == (SUPPORT,)


TUESDAY_NIGHT = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
SAID = [
    (
        override(until_at=NOW + HOUR),
        "head-office: closed until Monday 2026-11-23 11:30 (Europe/Belgrade);"
        " then open (Monday 09:00-17:00).",
    ),
    (override(), "head-office: closed until somebody ends it."),
    (
        override(from_at=NOW + HOUR, until_at=TUESDAY_NIGHT),
        "head-office: closed from Monday 2026-11-23 11:30 until Wednesday 2026-11-25 00:00"
        " (Europe/Belgrade); then closed, open again Monday 2026-11-30 09:00.",
    ),
    (
        override("open", until_at=TUESDAY_NIGHT),
        "head-office: open, whoever is on duty now or next rings until Wednesday 2026-11-25 00:00"
        " (Europe/Belgrade); then closed, open again Monday 2026-11-30 09:00.",
    ),
    (override("open", ANY), "head-office: open, group sales rings until somebody ends it."),
    (
        override("send_to", ("agent", "amina"), ("outside_number", "+38164123456")),
        "head-office: every call goes to agent amina and then the outside number +38164123456"
        " until somebody ends it.",
    ),
    (
        override("send_to", ("incoming_call_settings", "support"), settings=("head-office",)),
        "head-office: every call goes to the settings support until somebody ends it.",
    ),
]


@pytest.mark.parametrize(("asked", "sentence"), SAID, ids=[said[13:50] for _, said in SAID])
def test_in_words(asked: Override, sentence: str) -> None:
    assert words(asked)[0] == sentence


def test_each_settings_have_their_own_clock() -> None:
    assert words(override(until_at=NOW + HOUR))[1] == (
        "support: closed until Monday 2026-11-23 14:30 (Asia/Dubai);"
        " then closed, open again Monday 2026-11-30 08:00."
    )


def test_what_comes_after_it_is_what_others_have_set_or_the_holiday() -> None:
    ends: dict[str, Any] = {"until_at": NOW + HOUR, "settings": ("head-office",)}
    longer = replace(override(until_at=NOW + 2 * HOUR, settings=("head-office",)), id="longer")
    elsewhere = replace(override("open", ANY, settings=("support",)), id="elsewhere")
    configured = replace(override("open", ANY), id="configured")
    stale = replace(override(until_at=NOW + 9 * HOUR, live=True), id="stale")
    day = Holiday("Stocktaking", from_time=11 * 3600, to_time=13 * 3600)
    calendar = HolidayCalendar("own", {NOW.toordinal(): (day,)}, 2026, 2026)
    holidays = replace(
        COMPANY,
        calendars={"own": calendar},
        settings={"head-office": replace(OFFICE, holidays=("own",))},
    )
    ruled = replace(OFFICE, overrides=(stale, configured))

    assert words(override(**ends), elsewhere, longer)[0].endswith(
        "; then closed by another override, open again Monday 2026-11-23 12:30."
    )
    assert words(override(**ends), table=holidays)[0].endswith(
        "; then closed (Stocktaking), open again Monday 2026-11-23 13:00."
    )
    assert words(override(**ends), table=replace(COMPANY, settings={"head-office": ruled}))[
        0
    ].endswith("; then open by another override.")


def test_it_never_opens_again() -> None:
    company = replace(COMPANY, settings={"empty": EMPTY})
    assert words(override(until_at=NOW + HOUR), table=company) == [
        "empty: closed until Monday 2026-11-23 11:30 (Europe/Belgrade); then closed."
    ]


@pytest.mark.parametrize(
    ("number", "allowed"),
    [
        ("+38111555333", True),
        ("+38111", True),
        ("+38164123456", True),
        ("+381641234567", False),
        ("+3816412345", False),
        ("38111555333", False),
    ],
)
def test_only_whole_numbers_and_beginnings_that_end_in_a_star_are_allowed(
    number: str, allowed: bool
) -> None:
    assert OutsideLine("provider", ("+38111*", "+38164123456")).allows(number) is allowed


def test_the_message_may_say_when_it_opens_again() -> None:
    said = Prompt(text="We are at a funeral until {reopens_at}.", language="en")
    assert checked(COMPANY, override(message=said), NOW).message == said


def test_a_table_has_overrides_before_it_is_compiled_with_them() -> None:
    usual = Prompt(text="We are closed.", media="/prompts/closed")
    when = Prompt(text="We open {reopens_at}.")
    own = Prompt(text="Stocktaking.", media="/prompts/own")
    settings = {
        "head-office": replace(OFFICE, closed_message=usual, overrides=(override(live=True),)),
        "support": replace(SUPPORT, closed_message=when),
        "empty": EMPTY,
    }
    company = replace(COMPANY, settings=settings)
    every = replace(override(until_at=NOW + HOUR), id="every")
    some = replace(override(settings=("support",), message=own), id="some")

    amended = with_overrides(company, (some, every), ()).settings
    assert [each.id for each in amended["head-office"].overrides] == ["every", "new"]
    assert [each.id for each in amended["support"].overrides] == ["some", "every"]
    assert amended["head-office"].overrides[0].message == usual
    assert [each.message for each in amended["support"].overrides] == [
        SUPPORT.agent_unavailable_message,
        SUPPORT.agent_unavailable_message,
    ]
    assert amended["empty"].overrides[0].message == EMPTY.agent_unavailable_message

    assert len(amended) == 3
    assert "support" in amended
    assert "nowhere" not in amended

    gone = [
        replace(override("send_to", target), id="gone")
        for target in (
            ("agent", "dina"),
            ("agent_group", "day"),
            ("incoming_call_settings", "x"),
            ("outside_number", "+49"),
        )
    ]
    assert with_overrides(company, gone, ()) == company
    nowhere = replace(override("send_to", ("outside_number", "+38111")), id="nowhere")
    assert with_overrides(replace(company, outside=None), (nowhere,), ()).settings == settings
    there = with_overrides(company, (nowhere,), ()).settings["empty"]
    assert [each.id for each in there.overrides] == ["nowhere"]

    again = with_overrides(replace(company, settings=amended), (every,), ("some", "new")).settings
    assert [each.id for each in again["head-office"].overrides] == ["every"]
    assert [each.id for each in again["support"].overrides] == ["every"]
    unconcerned = with_overrides(company, (), ("some",)).settings
    assert unconcerned["head-office"] is company.settings["head-office"]
