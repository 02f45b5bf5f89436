"""Dial the phones whose turn it is: a leg for each contact of each phone.

The law: a leg is listened for before Asterisk is asked for it. What fails for want of the caller
says nothing about the phones: `CallerLeft` is raised then.
"""

from collections.abc import Iterable, Mapping, Sequence

from callrouter.ari.causes import HangupReason
from callrouter.ari.commands import Leg
from callrouter.ari.errors import AriError, Gone, NotDialable
from callrouter.calls.attempts import Attempt, LegEnd
from callrouter.calls.call import Call
from callrouter.calls.leg import DialledLeg
from callrouter.facts import Outcome

SAFETY_SECONDS = 10
"""How much longer than we Asterisk lets a leg ring: it ends it should the router die."""


class Dialler:
    """Dials for one call."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def begin_turns(
        self, attempts: Iterable[Attempt], longest: float, *, rings: bool
    ) -> list[Attempt]:
        """Begin the next turn of each, and the one after it where nothing could be dialled.

        No leg rings longer than `longest` seconds. `rings`: the caller hears it from now on.
        Returns the attempts of which nothing rings although every turn was tried.
        """
        hopeless: list[Attempt] = []
        to_dial = list(attempts)
        while to_dial:
            turns = [(each, each.begin_turn()) for each in to_dial]
            phones = [phone for _, each in turns for phone in each]
            contacts, rings = await self._contacts(phones, rings=rings), False
            await self._dial(
                [
                    (attempt, leg, seconds)
                    for attempt, turn in turns
                    for leg, seconds in self._legs(attempt, turn, contacts, longest)
                ]
            )
            idle = [each for each in to_dial if not each.open]
            hopeless += [each for each in idle if not each.turns]
            to_dial = [each for each in idle if each.turns]
        return hopeless

    async def _contacts(self, phones: Sequence[str], *, rings: bool) -> dict[str, tuple[str, ...]]:
        """Where each of them is registered; where Asterisk did not say, by the phone's own name."""
        call, caller = self._call, self._call.caller_channel
        told = await call.commands.ring_and_contacts(caller, *phones) if rings else None
        if told is None:
            if rings:
                await call.ask(call.commands.ring(caller))
            told = await call.commands.contacts(caller, *phones)
        if any(isinstance(each, Gone) for each in told):
            await call.found_gone()
        return {
            phone: (phone,) if isinstance(each, AriError) else each
            for phone, each in zip(phones, told, strict=True)
        }

    def _legs(
        self,
        attempt: Attempt,
        phones: tuple[str, ...],
        contacts: Mapping[str, tuple[str, ...]],
        longest: float,
    ) -> list[tuple[DialledLeg, float]]:
        """A leg for each contact, and how long it may ring."""
        legs = [
            self._call.add_leg(attempt.id, endpoint, confirm=attempt.rung.must_confirm(phone))
            for phone in phones
            for endpoint in contacts[phone]
        ]
        attempt.open |= {leg.channel_id: leg for leg in legs}
        if not legs:
            attempt.ends.append(LegEnd(Outcome.UNREACHABLE))
        rings_on = attempt.rings_on and not attempt.turns
        seconds = longest if rings_on else min(longest, attempt.turn_seconds)
        return [(leg, seconds) for leg in legs]

    async def _dial(self, legs: Sequence[tuple[Attempt, DialledLeg, float]]) -> None:
        call, caller_gone = self._call, False
        wanted = [
            Leg(
                channel_id=leg.channel_id,
                endpoint=leg.endpoint,
                originator=call.caller_channel,
                caller_number=call.caller_number,
                caller_name=call.caller_name,
                timeout=int(seconds) + SAFETY_SECONDS,
                call_id=str(call.id),
            )
            for _, leg, seconds in legs
        ]
        told = await call.commands.originate(*wanted)
        for (attempt, leg, _), error in zip(legs, told, strict=True):
            match error:
                case None:
                    pass
                case Gone():
                    caller_gone = True
                    call.leg_gone(leg.channel_id)
                case NotDialable():
                    self._never_was(attempt, leg, Outcome.UNREACHABLE)
                case _:
                    await call.hang_up_leg(leg, HangupReason.NORMAL)
                    self._never_was(attempt, leg, Outcome.FAILED)
        if caller_gone:
            await call.found_gone()

    def _never_was(self, attempt: Attempt, leg: DialledLeg, outcome: Outcome) -> None:
        attempt.open.pop(leg.channel_id, None)
        attempt.ends.append(LegEnd(outcome))
        self._call.leg_gone(leg.channel_id)
