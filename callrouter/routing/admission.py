"""Who is let in, and what those get who are not: limits and blocked callers.

Pure. What depends on the calls of the moment is in `calls/gate.py`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from callrouter.routing.numbers import ANONYMOUS, MOST_COMPARED, NumberPlan, named_caller
from callrouter.routing.prompt import Prompt
from callrouter.routing.status import ChangeRefused


class Refuse(StrEnum):
    """What a caller gets who is not let in.

    Busy: SIP 486. Congestion: 503, so that a provider may try another way. Rejected: 403.
    Safety net: what the dialplan does while no router is there.
    """

    BUSY = "busy"
    CONGESTION = "congestion"
    REJECTED = "rejected"
    MESSAGE = "message"
    SAFETY_NET = "safety_net"


@dataclass(frozen=True, slots=True)
class Limits:
    """How many calls there may be, and how many of one caller; None is: as many as come.

    `max_lag_seconds`: a router that is so late takes no new calls until it has caught up (0:
    never). `never_limited` are callers for whom `calls_per_minute` does not hold, in the form in
    which callers are compared.
    """

    max_calls: int | None = None
    when_full: Refuse = Refuse.BUSY
    full_message: Prompt | None = None
    max_lag_seconds: float = 1.0
    calls_per_minute: int | None = None
    anonymous_calls_per_minute: int | None = None
    too_many_calls: Refuse = Refuse.BUSY
    never_limited: tuple[str, ...] = ()
    blocked_message: Prompt | None = None


@dataclass(frozen=True, slots=True)
class BlockedCaller:
    """Callers who are not let in until `until_at` (None: for ever).

    `number` is as it was written: a number, the beginning of numbers and `*`, or `anonymous`.
    `live` ones were blocked by command or in the console; only they have an `id`.
    """

    number: str
    refuse: Refuse = Refuse.REJECTED
    note: str = ""
    until_at: datetime | None = None
    author: str = ""
    id: str = ""
    live: bool = False

    def holds(self, now: datetime) -> bool:
        """Whether it is in force at `now` (aware)."""
        return self.until_at is None or now.astimezone(UTC) < self.until_at


Blocked = Mapping[str, tuple[BlockedCaller, ...]]


def by_pattern(
    entries: Iterable[BlockedCaller], plan: NumberPlan
) -> dict[str, tuple[BlockedCaller, ...]]:
    """What a table keeps: for each pattern those who block it, in their order."""
    found: dict[str, list[BlockedCaller]] = {}
    for each in entries:
        found.setdefault(plan.pattern(each.number), []).append(each)
    return {pattern: tuple(those) for pattern, those in found.items()}


def sorted_blocked(blocked: Blocked) -> list[BlockedCaller]:
    """All of them, by their numbers."""
    return [each for pattern in sorted(blocked) for each in blocked[pattern]]


def with_live_blocked(blocked: Blocked, live: Iterable[BlockedCaller], plan: NumberPlan) -> Blocked:
    """With those whom people have blocked meanwhile, who win."""
    added = by_pattern(live, plan)
    if not added:
        return blocked
    return {**blocked, **{key: (*those, *blocked.get(key, ())) for key, those in added.items()}}


def blocking(
    blocked: Blocked, plan: NumberPlan, caller_number: str, now: datetime
) -> BlockedCaller | None:
    """What keeps this caller out: his number itself, else the longest beginning of it."""
    if not blocked:
        return None
    for pattern in patterns_of(plan.caller(caller_number)):
        for each in blocked.get(pattern, ()):
            if each.holds(now):
                return each
    return None


def patterns_of(caller: str) -> Iterator[str]:
    """All that a caller (in the form in which callers are compared) can be named by."""
    yield caller
    if caller != ANONYMOUS:
        for length in range(min(len(caller), MOST_COMPARED), 0, -1):
            yield f"{caller[:length]}*"


def checked(entry: BlockedCaller, message: Prompt | None, now: datetime) -> BlockedCaller:
    """The entry that somebody wants live, its number as it is compared; `message` is what blocked
    callers can hear. Raises ChangeRefused.
    """
    number = named_caller(entry.number)
    if number is None:
        raise ChangeRefused(
            f"{entry.number!r} is neither a number, the beginning of numbers and *, nor anonymous"
        )
    if entry.refuse is Refuse.SAFETY_NET:
        raise ChangeRefused("whoever is blocked is not given to the safety net")
    if entry.refuse is Refuse.MESSAGE and message is None:
        raise ChangeRefused("the configuration has no limits.blocked_message to be heard")
    if not entry.holds(now):
        raise ChangeRefused("it would be over already")
    return replace(entry, number=number)


def describe_blocked(blocked: BlockedCaller) -> str:
    """`+381641234567 is blocked until 2026-12-01 00:00 UTC, by amina (calls at night)`."""
    if blocked.number == ANONYMOUS:
        who = "callers without a number are"
    elif blocked.number.endswith("*"):
        who = f"numbers that begin with {blocked.number[:-1]} are"
    else:
        who = f"{blocked.number} is"
    until = f" until {blocked.until_at:%Y-%m-%d %H:%M} UTC" if blocked.until_at else ""
    author = f", by {blocked.author}" if blocked.author else ""
    note = f" ({blocked.note})" if blocked.note else ""
    return f"{who} blocked{until}{author}{note}"
