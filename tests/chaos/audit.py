"""Three accounts of the same calls, compared to the call: the callers', Asterisk's, ours.

Pure. What is found is said in sentences that begin with the caller's number.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from tests.chaos.accounts import AsteriskSaw, WeSay
from tests.chaos.load import CallerSaw, temper_of

SLACK_SECONDS = 3.0
"""Asterisk's records are in whole seconds, and a busy machine writes logs late."""

TALK_SECONDS = 1.0
"""What a phone ends sooner than this after its answer was no talk."""

_OVERLAP_SECONDS = 0.5


@dataclass(slots=True)
class Found:
    """What is not as it should be. `harmed` callers met with something that no fault excuses;
    `lost` channels have no record, `double` have two, or rang an agent who had another call;
    `unexplained` is where two accounts contradict each other. `interrupted` calls ended with
    Asterisk: nobody knows more of them.
    """

    calls: int
    harmed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    interrupted: int = 0

    @property
    def nothing(self) -> bool:
        return not (self.harmed or self.lost or self.double or self.unexplained)


def audit(
    callers: Mapping[str, CallerSaw],
    channels: Mapping[str, AsteriskSaw],
    records: Sequence[WeSay],
    rings: Mapping[str, Sequence[tuple[float, float, str]]],
    dead: Sequence[tuple[float, float]] = (),
) -> Found:
    """`rings` are the phones' own; while Asterisk was `dead` (from, until) its calls ended and
    nothing could be written down."""
    found = Found(len(callers))
    excused = {
        each.caller for each in callers.values() if any(_touched(each, *gap) for gap in dead)
    }
    by_channel = Counter(record.channel for record in records)
    for caller in callers.values():
        if caller.caller not in excused and (what := _harm(caller)):
            found.harmed.append(f"{caller.caller} {what}")
    for channel in channels.values():
        if channel.channel not in by_channel:
            found.lost.append(f"{channel.caller} channel {channel.channel} has no record")
    found.double.extend(f"{name} has {n} records" for name, n in by_channel.items() if n > 1)
    found.double.extend(_rung_twice(records, rings))
    for record in records:
        _compare(found, record, callers.get(record.caller), channels, record.caller in excused)
    for number, times in Counter(each.caller for each in channels.values()).items():
        if times > 1 or number not in callers:
            found.unexplained.append(f"{number} has {times} channels in Asterisk's records")
    seen = {each.caller for each in channels.values()} | excused
    for caller in callers.values():
        if caller.caller not in seen and (caller.connected or caller.how != "cancels"):
            found.unexplained.append(f"{caller.caller} is not in Asterisk's records")
    return found


def by_the_right_clock(
    record: WeSay, caller: CallerSaw | None, clocks: Sequence[tuple[float, float, float]]
) -> WeSay:
    """A record as it would be had the router's clock been right when the caller came.

    `clocks` are from when to when it was wrong, and by how much. All times of a call are by the
    clock at its arrival: who came before it was set has the right ones.
    """
    for since, until, off in clocks:
        if caller is None or not since - 1 <= caller.created <= until + 1:
            continue
        if abs(record.arrived - off - caller.created) < abs(record.arrived - caller.created):
            attempts = tuple(
                replace(each, began=each.began - off, over=each.over and each.over - off)
                for each in record.attempts
            )
            ended = record.ended and record.ended - off
            return replace(record, arrived=record.arrived - off, ended=ended, attempts=attempts)
    return record


def _touched(caller: CallerSaw, begun: float, over: float) -> bool:
    """Whether he called before that was over and was not done when it began."""
    return caller.created <= over and (caller.over is None or caller.over >= begun)


def _harm(caller: CallerSaw) -> str:
    """What he met that he should not have; empty where all was well."""
    waits = temper_of(caller.caller).waits
    match caller.how:
        case "":
            return "did not get through to an end"
        case "refused":
            return "was refused"
        case "other" if not waits and any(_together(caller, *talk) for talk in caller.talks):
            return "was cut off from his agent"
        case "leaves" | "cancels" if waits and not caller.talks:
            return "waited in vain"
    return ""


def _together(caller: CallerSaw, since: float, until: float | None) -> bool:
    """Whether this talk ended with the call. An answer that nobody heard is no talk: without a
    router Asterisk hangs up at once who answers a call that rings."""
    if caller.over is None or until is None:
        return False
    return until - since > TALK_SECONDS and abs(until - caller.over) < TALK_SECONDS


def _rung_twice(
    records: Sequence[WeSay], rings: Mapping[str, Sequence[tuple[float, float, str]]]
) -> Iterable[str]:
    """Agents who were rung, or talked, in two calls at once: as we say, and as their phones do.

    What Asterisk does alone is not looked at: it knows no reservations. Nor is what we say of calls
    that were taken up: what ended before that is written with the time at which it was seen.
    """
    names = {record.caller for record in records if not record.by_asterisk}
    ours = [each for each in records if not each.by_asterisk and not each.taken_up]
    told: dict[str, list[tuple[float, float, str]]] = {}
    for record in ours:
        for attempt in record.attempts:
            if attempt.over is not None:
                span = (attempt.began, attempt.over, record.caller)
                told.setdefault(attempt.agent, []).append(span)
    heard = {
        f"phone {account}": [each for each in spans if each[2] in names]
        for account, spans in rings.items()
    }
    for agent, spans in (told | heard).items():
        spans = sorted(spans)
        for (_, over, one), (began, _, other) in pairwise(spans):
            if began < over - _OVERLAP_SECONDS:
                yield f"{one} and {other} had {agent} at once"


def _compare(
    found: Found,
    record: WeSay,
    caller: CallerSaw | None,
    channels: Mapping[str, AsteriskSaw],
    excused: bool,
) -> None:
    """One record with what the caller and Asterisk say of it."""
    channel = channels.get(record.channel)
    if caller is None:
        found.unexplained.append(f"{record.caller} was never called for, but has a record")
        return
    if record.disposition == "interrupted":
        if excused and channel is None:
            found.interrupted += 1
            return
        found.unexplained.append(f"{record.caller} is interrupted, but Asterisk knows its end")
        return
    if record.ended is None:
        found.unexplained.append(f"{record.caller} never ended in our record")
        return
    if channel is None:
        if not excused:
            found.unexplained.append(f"{record.caller} has a record and no channel")
        return
    if record.disposition == "failed":
        found.unexplained.append(f"{record.caller} failed")
    if record.answered != (channel.answered is not None):
        ours = "answered" if record.answered else "not answered"
        found.unexplained.append(f"{record.caller} is {ours}, Asterisk says otherwise")
    got_through = caller.connected is not None
    if caller.how not in ("", "cancels") and got_through != (channel.answered is not None):
        found.unexplained.append(f"{record.caller} and Asterisk differ on the answer")
    ends = [channel.ended] + ([caller.over] if caller.over else [])
    late = min((record.ended - end for end in ends), key=abs)
    if abs(late) > SLACK_SECONDS:
        found.unexplained.append(f"{record.caller} ended {late:+.1f} s from its end")
