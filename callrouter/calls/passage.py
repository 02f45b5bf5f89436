"""Through settings: ring their targets one after another, then whoever follows on.

The law: settings are entered once a call, and anew when a supervisor moves it.
"""

import asyncio
from collections.abc import Iterable
from typing import assert_never

from callrouter.calls.attempts import Winner
from callrouter.calls.call import Call
from callrouter.calls.saying import Saying
from callrouter.calls.targets import Targets
from callrouter.facts import FollowedOn, Message, Routed
from callrouter.routing.decide import Closed, Decision, Ring, Unavailable, decide_by, targets_of
from callrouter.routing.explain import decision_name, what_won
from callrouter.routing.model import (
    FollowOn,
    IncomingCallSettings,
    RoutingTable,
    Target,
    TargetKind,
)


class Passage:
    """One call's; `table` is the configuration that holds for it.

    `entered` names the settings, `followed` is, in words, whom the call has gone on to.
    """

    def __init__(self, call: Call, table: RoutingTable, targets: Targets, saying: Saying) -> None:
        self._call = call
        self._saying = saying
        self._targets = targets
        self.table = table
        self.entered: set[str] = set()
        self.followed: set[str] = set()

    def note_decision(self, decision: Decision) -> None:
        said = {"decision": decision_name(decision), "version": self.table.version}
        targets = tuple(map(str, targets_of(decision)))
        self._call.note(Routed, **said, **what_won(decision), targets=targets, trace=decision.trace)

    def anew(self, table: RoutingTable) -> None:
        """By this table, as if no settings had been entered."""
        self.table = table
        self.entered.clear()

    async def through(self, decision: Closed | Unavailable | Ring) -> Winner | None:
        """Through these settings: their targets, then their follow-on."""
        settings = decision.settings
        self.entered.add(settings.name)
        match decision:
            case Ring(targets=targets):
                if winner := await self.ring(targets, settings, self.over_at(settings)):
                    return winner
            case Unavailable(targets=targets):
                self._targets.tried += [each.name for each in targets]
            case Closed():
                pass
            case _:
                assert_never(decision)
        return await self.follow_on(decision, follow_on_of(decision))

    async def ring(
        self, targets: Iterable[Target], settings: IncomingCallSettings, over_at: float
    ) -> Winner | None:
        """One target after another, until `over_at` in the event loop's time."""
        for target in targets:
            if asyncio.get_running_loop().time() >= over_at:
                break
            if winner := await self.to(target, settings, over_at):
                return winner
        return None

    async def follow_on(
        self,
        decision: Closed | Unavailable | Ring,
        entries: Iterable[FollowOn],
        *,
        moved: bool = False,
    ) -> Winner | None:
        """Each in turn, for `max_ring_seconds` of its own."""
        settings = decision.settings
        why = f"{settings.name} is closed." if isinstance(decision, Closed) and not moved else None
        for entry in entries:
            if entry.target.kind is TargetKind.SETTINGS and entry.target.name in self.entered:
                continue
            rule = why or f"Nobody of {self.tried()} took the call."
            self._call.note(FollowedOn, target=str(entry.target), rule=rule)
            if entry.message is not None:
                await self._saying.say(settings, Message.FOLLOW_ON, entry.message)
            self.followed.add(str(entry.target))
            if winner := await self.to(entry.target, settings, self.over_at(settings)):
                return winner
            why = None if self._targets.tried else why
        return None

    async def follow_on_with_the_rest(
        self, decision: Closed | Unavailable | Ring, *, moved: bool = True
    ) -> Winner | None:
        """Those among them to whom the call has not gone on yet."""
        rest = [each for each in follow_on_of(decision) if str(each.target) not in self.followed]
        return await self.follow_on(decision, rest, moved=moved)

    async def to(
        self, target: Target, settings: IncomingCallSettings, over_at: float
    ) -> Winner | None:
        """Ring it; settings are entered, unless they were before."""
        if target.kind is not TargetKind.SETTINGS:
            return await self._targets.ring(target, settings, over_at)
        if target.name in self.entered:
            return None
        other = self.table.settings[target.name]
        decision = decide_by(self.table, other, self._call.now())
        self.note_decision(decision)
        return await self.through(decision)

    def over_at(self, settings: IncomingCallSettings) -> float:
        """When the ringing that begins now ends at the latest, by the event loop's time."""
        return asyncio.get_running_loop().time() + settings.max_ring_seconds

    def tried(self) -> str:
        """Whom we have rung, in words."""
        return " and ".join(dict.fromkeys(self._targets.tried))


def follow_on_of(decision: Closed | Unavailable | Ring) -> tuple[FollowOn, ...]:
    """Who takes the call where the settings' own targets have not."""
    closed = isinstance(decision, Closed)
    return decision.settings.follow_on_closed if closed else decision.settings.follow_on
