"""Who is let in at this moment: room, the router's own lateness, and callers who call too often.

The law: it only looks and counts, it never waits. Whoever is in stays in.
"""

import asyncio
import logging
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from uuid import UUID

from callrouter.calls.call import Call
from callrouter.calls.feature_code import agent_on
from callrouter.calls.remains import Remains
from callrouter.load_watch import Overload
from callrouter.routing.admission import Refuse, patterns_of
from callrouter.routing.decide import Refused, settings_for
from callrouter.routing.model import IncomingCallSettings, RoutingTable
from callrouter.routing.numbers import ANONYMOUS

log = logging.getLogger(__name__)

MINUTE = 60.0

MOST_CALLERS = 10_000
"""So many callers are remembered; of more, who has been silent longest is forgotten."""

MOST_MESSAGES = 50
"""So many hear the message at once that there is no room; the others hear the busy tone."""


class Gate:
    """Of one router. `overload` is kept true by a `LoadWatch`."""

    def __init__(self) -> None:
        self.overload = Overload()
        self._inside: dict[UUID, str] = {}
        self._refused: set[UUID] = set()
        self._hearing: set[UUID] = set()
        self._of_settings: Counter[str] = Counter()
        self._lately: OrderedDict[str, deque[float]] = OrderedDict()

    @property
    def refused(self) -> int:
        """How many calls are being refused at this moment."""
        return len(self._refused)

    def admit(
        self, table: RoutingTable, call: Call, channel: str, calls: int, remains: Remains | None
    ) -> None:
        """Count the call in, or note on it why it is refused. A bug in here lets it in.

        `calls` are in progress, also those that are being refused; with `remains` it was let in by
        another router. `left` must be said of it when it is over.
        """
        if call.left_early:
            return
        inside = calls - len(self._refused)
        try:
            if remains is not None:
                self.is_inside(table, call.id, call.number)
            else:
                call.refused = self.ask(
                    *(table, call.id, call.number, call.caller_number, inside),
                    ours=lambda: agent_on(table, channel) is not None,
                )
        except Exception:
            log.exception("call %s: nobody looked whether there is room", call.id)

    def ask(
        self,
        table: RoutingTable,
        call_id: UUID,
        number: str,
        caller_number: str,
        calls: int,
        ours: Callable[[], bool],
    ) -> Refused | None:
        """Why this caller is not let in; None where he is.

        `calls` are in progress, without those that are being refused; `ours` says whether he
        calls from an agent's phone.
        """
        settings = settings_for(table, number)
        refused = self._refusal(table, settings, caller_number, calls, ours)
        if refused is None:
            self.is_inside(table, call_id, number)
            return None
        self._refused.add(call_id)
        if refused.prompt is not None:
            self._hearing.add(call_id)
        return refused

    def is_inside(self, table: RoutingTable, call_id: UUID, number: str) -> None:
        """The call counts, also one that another router has let in."""
        if (settings := settings_for(table, number)) is not None:
            self._inside[call_id] = settings.name
            self._of_settings[settings.name] += 1

    def left(self, call_id: UUID) -> None:
        """The call is over."""
        self._refused.discard(call_id)
        self._hearing.discard(call_id)
        if (settings := self._inside.pop(call_id, None)) is not None:
            self._of_settings[settings] -= 1
            if not self._of_settings[settings]:
                del self._of_settings[settings]

    def _refusal(
        self,
        table: RoutingTable,
        settings: IncomingCallSettings | None,
        caller_number: str,
        calls: int,
        ours: Callable[[], bool],
    ) -> Refused | None:
        limits = table.limits
        name = settings.name if settings else None
        if (rule := self._too_often(table, caller_number, ours)) is not None:
            return Refused(rule, limits.too_many_calls, None, name, (rule,))
        rule = self._no_room(table, settings, calls)
        if rule is None:
            return None
        refuse, prompt = limits.when_full, None
        if self.overload.on:
            self.overload.refused += 1
        if refuse is Refuse.MESSAGE:
            # A message is work; whoever is late does not take it on.
            heard = not self.overload.on and len(self._hearing) < MOST_MESSAGES
            prompt = limits.full_message if heard else None
            refuse = refuse if prompt else Refuse.BUSY
        return Refused(rule, refuse, prompt, name, (rule,))

    def _no_room(
        self, table: RoutingTable, settings: IncomingCallSettings | None, calls: int
    ) -> str | None:
        most = table.limits.max_calls
        if self.overload.on:
            return f"Refused: overload, the router was {self.overload.late:.1f} s behind."
        if most is not None and calls >= most:
            return f"Refused: {calls} calls are in progress, and max_calls is {most}."
        if settings is not None and settings.max_calls is not None:
            there = self._of_settings.get(settings.name, 0)
            if there >= settings.max_calls:
                of = f"{settings.name}'s max_calls is {settings.max_calls}"
                return f"Refused: {there} calls to it are in progress, and {of}."
        return None

    def _too_often(
        self, table: RoutingTable, caller_number: str, ours: Callable[[], bool]
    ) -> str | None:
        """Of those who were let in within a minute, so many were his."""
        limits = table.limits
        if limits.calls_per_minute is None and limits.anonymous_calls_per_minute is None:
            return None
        caller = table.number_plan.caller(caller_number)
        anonymous = caller == ANONYMOUS
        most = limits.anonymous_calls_per_minute if anonymous else limits.calls_per_minute
        if most is None:
            return None
        now = asyncio.get_running_loop().time()
        times = self._times(caller, now)
        if len(times) < most or _exempt(table, caller) or ours():
            times.append(now)
            return None
        who = "callers without a number" if anonymous else caller
        field = "anonymous_calls_per_minute" if anonymous else "calls_per_minute"
        return f"Refused: {who} called {most} times within a minute, and {field} is {most}."

    def _times(self, caller: str, now: float) -> deque[float]:
        """When he was let in within the last minute."""
        times = self._lately.setdefault(caller, deque(maxlen=1000))
        self._lately.move_to_end(caller)
        while times and now - times[0] >= MINUTE:
            times.popleft()
        while len(self._lately) > MOST_CALLERS:
            self._lately.popitem(last=False)
        return times


def _exempt(table: RoutingTable, caller: str) -> bool:
    never = table.limits.never_limited
    return bool(never) and any(pattern in never for pattern in patterns_of(caller))
