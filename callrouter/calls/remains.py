"""What another router's process left of a call: what it wrote down, and what Asterisk still has.

The law: what Asterisk shows is newer than what was written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from callrouter.ari.events import Bridge, CallerId, Channel, DialplanPosition, StasisStart
from callrouter.calls.leg import DialledLeg
from callrouter.calls.position import Position, position_of
from callrouter.facts import AgentRung, Arrived, Fact
from callrouter.routing.model import RoutingTable


@dataclass(frozen=True, slots=True)
class Remains:
    """`facts` are the call's first, without a gap, from `arrived` on. `caller` is None where he has
    hung up, `left_at` when, where Asterisk has written it; `bridge` is None where there is none.
    """

    arrived: Arrived
    facts: tuple[Fact, ...]
    caller: Channel | None
    legs: tuple[Channel, ...] = ()
    bridge: Bridge | None = None
    left_at: datetime | None = None

    @property
    def start(self) -> StasisStart:
        """As if the caller had just come."""
        arrived = self.arrived
        place = DialplanPosition(exten=arrived.number)
        who = CallerId(arrived.caller_name, arrived.caller_number)
        channel = Channel(arrived.channel_id, caller=who, dialplan=place)
        return StasisStart(channel, arrived.entity_id)

    @property
    def position(self) -> Position:
        """Where the call is on its way."""
        return position_of(self.facts)

    @property
    def talk(self) -> frozenset[str]:
        """The channels that hear each other."""
        together = frozenset(self.bridge.channels if self.bridge else ())
        caller = self.caller.id if self.caller else None
        return together if len(together) > 1 and caller in together else frozenset()


def give_owners(legs: Sequence[DialledLeg], rung: Sequence[AgentRung], table: RoutingTable) -> None:
    """Say of each leg for whom it was dialled, where one of those rung has this phone."""
    for leg in legs:
        for each in rung:
            phone = next((phone for phone in each.phones if account(phone) == leg.endpoint), None)
            if phone is not None:
                agent = table.agents.get(each.agent)
                leg.owner, leg.endpoint = each.agent, phone
                leg.confirm = agent is not None and phone in agent.confirmed
                break


def account(phone: str) -> str:
    """As channels are named: `PJSIP/1001` of itself, `PJSIP/trunk` of `PJSIP/064123@trunk`."""
    technology, _, rest = phone.partition("/")
    return f"{technology}/{rest.rpartition('@')[2].partition('/')[0]}"
