"""The states of the agents' phones on one Asterisk: read once it is connected, then told by events.

Law: what an event said while we asked is newer than the answer.
"""

from collections.abc import Iterable, Sequence

from callrouter.ari.client import AriClient
from callrouter.ari.http import Endpoint
from callrouter.calls.agents import AgentBoard
from callrouter.concurrency import all_of
from callrouter.routing.availability import DeviceState

_QUESTIONS_AT_ONCE = 20

_WITHOUT_CHANNELS = {"online": DeviceState.NOT_INUSE, "offline": DeviceState.UNAVAILABLE}
"""As Asterisk itself makes the one from the other (`chan_pjsip_devicestate`)."""


def has_state(phone: str) -> bool:
    """Whether Asterisk knows if it is registered and in use: only of its own SIP accounts.

    Of a number behind a trunk (`PJSIP/0641@trunk`) it says INVALID, which means nothing.
    """
    technology, _, account = phone.partition("/")
    return technology == "PJSIP" and bool(account) and "@" not in account and "/" not in account


class PhoneStates:
    """Keeps the agents' board true for the phones of one Asterisk."""

    def __init__(self, client: AriClient, agents: AgentBoard) -> None:
        self._client = client
        self._agents = agents

    async def watch(self, phones: Iterable[str]) -> None:
        """Be told of changes of exactly these phones, and read how they are now.

        Three requests for any number of phones, one more for each that is in use and for each
        300 that are new or no longer wanted.
        """
        client = self._client
        wanted = {phone for phone in phones if has_state(phone)}
        subscribed = await client.subscribed_devices()
        await client.subscribe_devices(sorted(wanted - subscribed))
        await client.unsubscribe_devices(sorted(subscribed - wanted))
        changes = {phone: self._agents.changes(client.entity_id, phone) for phone in sorted(wanted)}
        accounts = {f"PJSIP/{each.resource}": each for each in await client.endpoints()}
        in_use = []
        for phone, before in changes.items():
            state = _state_of(accounts.get(phone))
            if state is None:
                in_use.append(phone)
            else:
                self._set(phone, state, before)
        for start in range(0, len(in_use), _QUESTIONS_AT_ONCE):
            await self._ask(in_use[start : start + _QUESTIONS_AT_ONCE])

    async def _ask(self, phones: Sequence[str]) -> None:
        client = self._client
        changes = [self._agents.changes(client.entity_id, phone) for phone in phones]
        states = await all_of([client.device_state(phone) for phone in phones])
        for phone, state, before in zip(phones, states, changes, strict=True):
            self._set(phone, state, before)

    def _set(self, phone: str, state: str, before: int) -> None:
        entity_id = self._client.entity_id
        if self._agents.changes(entity_id, phone) == before:
            self._agents.set_state(entity_id, phone, state)


def _state_of(account: Endpoint | None) -> DeviceState | None:
    """None where it depends on what the channels of the account are doing."""
    if account is None:
        return DeviceState.INVALID
    return None if account.channel_ids else _WITHOUT_CHANNELS.get(account.state)
