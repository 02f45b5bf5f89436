"""A company with a day and a half of calls behind it and some in progress, for pages to show."""

import itertools
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.config.document import Document
from callrouter.config.load import load_file
from callrouter.config.rows import rows_of
from callrouter.db.agent_states import change_status
from callrouter.db.config_versions import NewVersion, add_version
from callrouter.db.configuration import replace_rows
from callrouter.db.engine import transaction
from callrouter.db.presence import (
    AsteriskStatus,
    RouterStatus,
    notify,
    tell_presence,
    tell_status,
)
from callrouter.db.rows import rows_of as call_rows
from callrouter.db.rows import write_rows
from callrouter.facts import (
    AgentAnswered,
    AgentRinging,
    AgentRung,
    AgentSkipped,
    AnsweredByUs,
    Arrived,
    AttemptEnded,
    Connected,
    Disposition,
    Ended,
    Fact,
    FallbackChosen,
    FollowedOn,
    GroupLinedUp,
    HungUp,
    Message,
    Outcome,
    Party,
    PromptEnded,
    PromptStarted,
    RingingBegan,
    Routed,
    Stage,
)
from callrouter.routing.presence import PhoneUse, Presence
from callrouter.routing.status import StatusChange

SAMPLE = Path(__file__).parents[2] / "callrouter.yaml"
CALLS = 100
LIVE = 3
"""Of the calls, how many are in progress: one is greeted, one rings, one is talked on."""

_AGENTS = {
    "amina": ("1001", "Amina Haddad"),
    "bojan": ("1002", "Bojan Ilić"),
    "carla": ("1003", "Carla Rossi"),
}
_CALLERS = (
    ("+381641234567", "Jelena Petrović"),
    ("+381112223344", ""),
    ("+966501234567", "ليلى حسن"),
    ("+4915112345678", "Müller & Söhne GmbH"),
    ("", ""),  # withheld
    ("+381601112223", "Дарко Марковић"),
    ("+15550100", "<script>alert('name')</script>"),
    ("+390612345678", "\u202eabc\u202c Rossi"),
    ("1002", "Bojan Ilić"),
)
_LINES = (
    ("+381111234567", "head-office", "sales", ("amina", "bojan")),
    ("702", "support-arabic", "sales", ("amina",)),
    ("+381111234568", "support", "support", ("bojan", "carla", "amina")),
    ("703", "podrska", "support", ("carla", "bojan")),
)


class _Telling:
    """The facts of one call, told in order; `seconds` later each."""

    def __init__(self, began: datetime, number: int) -> None:
        self.facts: list[Fact] = []
        self._now = began
        self.line = _LINES[number % len(_LINES)]
        caller, name = _CALLERS[number % len(_CALLERS)]
        self.note(
            Arrived,
            0,
            entity_id="02:42:ac:11:00:02",
            channel_id=f"{began.timestamp():.0f}.{number}",
            number=self.line[0],
            caller_number=caller,
            caller_name=name,
        )

    def note(self, kind: type[Fact], seconds: float, **fields: object) -> None:
        self._now += timedelta(seconds=seconds)
        self.facts.append(kind(at=self._now, **fields))  # type: ignore[arg-type]

    def greet(self, version: str, *, whole: bool = True) -> None:
        number, settings, group, _ = self.line
        self.note(
            Routed,
            0.01,
            decision="ring",
            version=version,
            settings=settings,
            agent_group=group,
            trace=(f"{number} belongs to {settings}.", f"{group} is on duty."),
            timezone="Europe/Belgrade",
            schedule_row="Monday-Friday 09:00-17:00",
        )
        self.note(AnsweredByUs, 0.01)
        self.note(PromptStarted, 0.05, message=Message.GREETING)
        if whole:
            self.note(PromptEnded, 4, message=Message.GREETING)

    def line_up(self) -> None:
        _, _, group, agents = self.line
        self.note(RingingBegan, 0.1)
        self.note(
            GroupLinedUp,
            0.01,
            agent_group=group,
            call_routing="Sequential",
            order="fewest_calls",
            agents=agents,
            sorted_by=tuple(f"{count} calls today" for count in range(len(agents))),
        )

    def skip(self, agent: str, reason: str, detail: str) -> None:
        extension, name = _AGENTS[agent]
        self.note(
            AgentSkipped,
            0.01,
            agent=agent,
            extension=extension,
            name=name,
            reason=reason,
            agent_group=self.line[2],
            detail=detail,
        )

    def ring(self, agent: str) -> None:
        extension, name = _AGENTS[agent]
        self.note(
            AgentRung,
            0.1,
            agent=agent,
            extension=extension,
            name=name,
            phones=(f"PJSIP/{extension}",),
            agent_group=self.line[2],
        )
        self.note(AgentRinging, 0.2, agent=agent)

    def pick_up(self, agent: str, after: float) -> None:
        self.note(AgentAnswered, after, agent=agent)
        self.note(Connected, 0.1, agent=agent)

    def end(self, seconds: float, by: Party, stage: Stage) -> None:
        self.note(HungUp, seconds, by=by, stage=stage, cause=16)
        self.note(Ended, 0.1)

    def fall_back(self, disposition: Disposition, message: Message, rule: str) -> None:
        self.note(FallbackChosen, 0.1, disposition=disposition, message=message, rule=rule)
        self.note(PromptStarted, 0.1, message=message)
        self.note(PromptEnded, 5, message=message)
        self.end(0.1, Party.CALLROUTER, Stage.MESSAGE)


def _answered(call: _Telling, version: str, number: int) -> None:
    call.greet(version)
    call.line_up()
    first = call.line[3][0]
    call.ring(first)
    call.pick_up(first, 4 + number % 13)
    call.end(45 + 37 * (number % 11), (Party.CALLER, Party.AGENT)[number % 2], Stage.TALK)


def _answered_by_another(call: _Telling, version: str, number: int) -> None:
    call.greet(version)
    call.line_up()
    first, *others = call.line[3]
    call.ring(first)
    call.note(AttemptEnded, 20, agent=first, outcome=Outcome.NO_ANSWER, cause=19)
    if not others:
        rule = f"Nobody answered, and no agent of {call.line[2]} was on a call."
        return call.fall_back(Disposition.UNAVAILABLE, Message.UNAVAILABLE, rule)
    call.ring(others[0])
    call.pick_up(others[0], 6)
    return call.end(95, Party.CALLER, Stage.TALK)


def _left_while_ringing(call: _Telling, version: str, number: int) -> None:
    call.greet(version)
    call.line_up()
    first = call.line[3][0]
    call.ring(first)
    call.note(HungUp, 5 + 6 * (number % 7), by=Party.CALLER, stage=Stage.RINGING, cause=16)
    call.note(AttemptEnded, 0.1, agent=first, outcome=Outcome.CALLER_LEFT)
    call.note(Ended, 0.1)


def _left_in_greeting(call: _Telling, version: str, number: int) -> None:
    call.greet(version, whole=False)
    call.end(2, Party.CALLER, Stage.GREETING)


def _busy(call: _Telling, version: str, number: int) -> None:
    call.greet(version)
    call.line_up()
    for agent in call.line[3]:
        call.skip(agent, "on_call", "on a call since 10:31")
    rule = f"An agent of {call.line[2]} is on a call."
    call.fall_back(Disposition.BUSY, Message.BUSY, rule)


def _closed(call: _Telling, version: str, number: int) -> None:
    line, settings, _, _ = call.line
    call.note(
        Routed,
        0.01,
        decision="closed",
        version=version,
        settings=settings,
        trace=(f"{line} belongs to {settings}.", "No row covers this moment."),
        timezone="Europe/Belgrade",
    )
    call.fall_back(Disposition.CLOSED, Message.CLOSED, "No row covers this moment.")


def _followed_on(call: _Telling, version: str, number: int) -> None:
    call.greet(version)
    call.line_up()
    for agent in call.line[3]:
        call.skip(agent, "paused", "paused: lunch")
    call.note(FollowedOn, 0.1, target="the group on-call", rule="Nobody took the call.")
    call.ring("bojan")
    call.pick_up("bojan", 9)
    call.end(200, Party.AGENT, Stage.TALK)


def _unknown_number(call: _Telling, version: str, number: int) -> None:
    call.note(
        Routed, 0.01, decision="unknown_number", version=version, trace=("No settings list it.",)
    )
    call.note(FallbackChosen, 0.1, disposition=Disposition.REJECTED, rule="No settings list it.")
    call.end(0.1, Party.CALLROUTER, Stage.ARRIVAL)


_DAY = (
    *(_answered,) * 6,
    _answered_by_another,
    _left_while_ringing,
    _answered,
    _busy,
    _answered,
    _left_in_greeting,
    _followed_on,
    _answered_by_another,
    _closed,
    _left_while_ringing,
    _unknown_number,
)


def sample_calls(now: datetime, version: str) -> Iterator[tuple[uuid.UUID, list[Fact]]]:
    """The calls, oldest first: the finished ones over 30 hours, then the live ones."""
    tellings = itertools.islice(itertools.cycle(_DAY), CALLS - LIVE)
    for number, tell in enumerate(tellings):
        began = now - timedelta(hours=30) * (1 - number / CALLS) - timedelta(minutes=10)
        call = _Telling(began, number)
        tell(call, version, number)
        yield id_of(number), call.facts
    for number, seconds in enumerate((95, 20, 3), CALLS - LIVE):
        call = _Telling(now - timedelta(seconds=seconds), number)
        call.greet(version, whole=seconds > 5)
        if seconds > 5:
            call.line_up()
            call.ring(call.line[3][0])
        if seconds > 60:
            call.pick_up(call.line[3][0], 8)
        yield id_of(number), call.facts


def id_of(number: int) -> uuid.UUID:
    """The id of the call with this number, from 0, in the order of their arrival."""
    return uuid.UUID(int=((number + 1) << 96) + 7)


async def fill(engine: AsyncEngine, config: Path = SAMPLE) -> None:
    """Put the sample configuration, its calls and one paused agent into an empty database."""
    loaded = load_file(config)
    values = json.loads(loaded.document)
    rows = json.dumps(rows_of(values, Document.model_validate(values)), ensure_ascii=False)
    now = datetime.now(UTC)
    async with transaction(engine) as connection:
        stored = await replace_rows(connection, rows, "amina", "as it was on paper")
        version = NewVersion(
            loaded.table.version,
            loaded.document,
            now - timedelta(days=3),
            edit=stored.edit,
            source=loaded.text,
        )
        await add_version(connection, version, "amina", "as it was on paper", "import")
        calls = sample_calls(now, loaded.table.version)
        await write_rows(connection, [call_rows(id_, list(facts), 0, None) for id_, facts in calls])
        lunch = now - timedelta(minutes=12)
        await change_status(connection, "carla", StatusChange.PAUSE, lunch, "carla", "lunch")


async def tell_present(engine: AsyncEngine) -> None:
    """What a router tells of this moment: it is well, and what the agents' phones do."""
    now = datetime.now(UTC)
    asterisk = AsteriskStatus(url="http://127.0.0.1:8088", entity_id="a1", connected=True)
    status = RouterStatus(callrouter="1.0", asterisk=(asterisk,), calls=LIVE)
    ringing, talking = id_of(CALLS - LIVE + 1), id_of(CALLS - LIVE)
    presence = {
        "amina": Presence(PhoneUse.TALKING, now, call=talking, call_since=now, talking_since=now),
        "bojan": Presence(PhoneUse.RINGING, now, call=ringing, call_since=now),
        "carla": Presence(PhoneUse.FREE, now),
    }
    async with transaction(engine) as connection:
        await tell_status(connection, "router-1", uuid.UUID(int=7), now, status)
        await tell_presence(connection, "router-1", presence, now)
        await notify(connection, ["router_status", "agent_presence", "calls"])


__all__ = ["CALLS", "LIVE", "SAMPLE", "fill", "id_of", "sample_calls", "tell_present"]
