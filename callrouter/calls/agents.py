"""Who can be rung now, and who is to be rung first: what we know of every agent.

The phones' states as Asterisk reports them, our reservations, what follows a call (wrap-up, a
declined call), who is logged out or paused, and what everybody has done today.

The laws: every method is synchronous, and between lining up a group and reserving nothing is
awaited, so no agent is ever offered two calls and two calls in the same instant are lined up one
after the other. An agent counts the same for all groups and on every Asterisk.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from callrouter.calls.kept import NO_STATUS, Declined, Reservation, Status
from callrouter.routing.availability import (
    DeviceState,
    PhoneState,
    Situation,
    Skip,
    is_talking,
    reachable_phones,
    skip,
)
from callrouter.routing.model import Agent, AgentGroup
from callrouter.routing.order import NO_HISTORY, History, LinedUp, line_up
from callrouter.routing.presence import Presence, phone_use
from callrouter.routing.schedule import local_time


class AgentBoard:
    """The agents' phones on every Asterisk, who has reserved whom, and what everybody did."""

    def __init__(self) -> None:
        self._states: dict[str, dict[str, PhoneState]] = {}
        self._reserved: dict[str, Reservation] = {}
        self._statuses: dict[str, Status] = {}
        self._wrap_ups: dict[str, datetime] = {}
        self._declined: dict[str, dict[str, Declined]] = {}
        self._histories: dict[str, tuple[int, History]] = {}
        self._last_first: dict[str, str] = {}
        self._changes: Counter[tuple[str, str]] = Counter()
        self._touched: set[str] = set()

    # What Asterisk says.

    def changes(self, entity_id: str, phone: str) -> int:
        """How often the phone's state was set: tells whether an answer may be outdated."""
        return self._changes[entity_id, phone]

    def set_state(self, entity_id: str, phone: str, state: str, at: datetime | None = None) -> None:
        """What Asterisk `entity_id` says of `phone`; a state we do not know counts as UNKNOWN.

        `at` is when it came to be so, where that is known: a call that goes on keeps its beginning.
        """
        known = DeviceState(state if state in DeviceState.__members__ else DeviceState.UNKNOWN)
        states = self._states.setdefault(entity_id, {})
        before = states.get(phone)
        goes_on = before is not None and (
            before.state is known or (is_talking(before.state) and is_talking(known))
        )
        states[phone] = PhoneState(known, before.since if before and goes_on else at)
        self._changes[entity_id, phone] += 1
        self._touched.add(phone)

    def unheard(self, entity_id: str) -> None:
        """From now on `entity_id` is not heard: a call may end there, and another begin, unseen."""
        states = self._states.get(entity_id, {})
        self._states[entity_id] = {phone: PhoneState(each.state) for phone, each in states.items()}

    # What agents say of themselves.

    def set_status(
        self,
        agent_id: str,
        *,
        logged_in: bool = True,
        paused: str | None = None,
        since: datetime | None = None,
    ) -> None:
        """From now on: logged in or out, paused (with the reason, which may be empty) or not."""
        self._statuses[agent_id] = Status(logged_in, paused, since)

    def absences(self) -> dict[str, bool]:
        """Whether each agent of whom anybody ever said so takes no calls: logged out or paused."""
        return {
            agent_id: not status.logged_in or status.paused is not None
            for agent_id, status in self._statuses.items()
        }

    def status(self, agent_id: str) -> Status:
        """What `set_status` said last; who has said nothing is logged in and not paused."""
        return self._statuses.get(agent_id, NO_STATUS)

    # What calls do.

    def line_up(
        self,
        group: AgentGroup,
        preferred_skills: Mapping[str, int],
        needs: Mapping[str, int],
        agents: Mapping[str, Agent],
        entity_id: str,
        now: datetime,
        timezone: str,
    ) -> tuple[LinedUp, ...]:
        """The group's members in the order in which a call considers them; see `order.line_up`.

        Moves the group's round-robin pointer to the first of them who can be rung (of whom nobody
        can, to the first): so one who is away does not give his successor two turns.
        """
        today = _day(now, timezone)
        histories = {member: self._history(member, today) for member in group.members}
        last_first = self._last_first.get(group.name)
        lined = line_up(
            group, preferred_skills, agents, histories, last_first, random.shuffle, timezone
        )
        free = (
            each.agent
            for each in lined
            if self._skip(agents[each.agent], group.name, entity_id, now, timezone, needs) is None
        )
        if lined:
            self._last_first[group.name] = next(free, lined[0].agent)
        return lined

    def reserve(
        self,
        agent: Agent,
        call_id: UUID,
        entity_id: str,
        now: datetime,
        timezone: str,
        needs: Mapping[str, int],
        group: str = "",
    ) -> Skip | None:
        """Reserve the agent for this call, or say why he is skipped; see `availability.skip`.

        `group` is for whose sake he is to be rung: who declined a call of one group may be rung by
        another.
        """
        skipped = self._skip(agent, group, entity_id, now, timezone, needs)
        if skipped is None:
            self._reserved[agent.id] = Reservation(call_id, now)
            self._touched.add(agent.id)
        return skipped

    def keep(
        self, agent_id: str, call_id: UUID, since: datetime, talking_since: datetime | None = None
    ) -> None:
        """A call that is taken up from another router's process has this agent since then.

        His talk is among what `restore` counts.
        """
        self._reserved[agent_id] = Reservation(call_id, since, talking_since)
        self._touched.add(agent_id)

    def release(self, agent_id: str, call_id: UUID) -> None:
        """Let the agent be rung by others again; a reservation of another call stays."""
        reservation = self._reserved.get(agent_id)
        if reservation is not None and reservation.call_id == call_id:
            del self._reserved[agent_id]
            self._touched.add(agent_id)

    def declined(self, agent_id: str, group: str, words: str, until: datetime) -> None:
        """Leave the agent alone until then, as far as calls to `group` go; `words` say why."""
        self._declined.setdefault(agent_id, {})[group] = Declined(words, until)
        self._touched.add(agent_id)

    def talk_began(self, agent_id: str, at: datetime, timezone: str) -> None:
        """The agent has a caller: one call more today (in `timezone`, the configuration's)."""
        if reservation := self._reserved.get(agent_id):
            self._reserved[agent_id] = replace(reservation, talking_since=at)
            self._touched.add(agent_id)
        history = self.history(agent_id, at, timezone)
        self._keep_history(agent_id, replace(history, calls=history.calls + 1), at, timezone)

    def talk_ended(
        self, agent_id: str, seconds: float, at: datetime, timezone: str, wrap_up_seconds: float
    ) -> None:
        """He talked for so long: it counts for the day of its end, and wrapping up begins."""
        history = self.history(agent_id, at, timezone)
        talked = history.talk_seconds + seconds
        self._keep_history(
            agent_id, replace(history, talk_seconds=talked, idle_since=at), at, timezone
        )
        if wrap_up_seconds > 0:
            self._wrap_ups[agent_id] = at + timedelta(seconds=wrap_up_seconds)
            self._touched.add(agent_id)

    def own_call_returns(self, agent_id: str) -> None:
        """The caller he has just had comes back to him: there is nothing to wrap up yet."""
        self._wrap_ups.pop(agent_id, None)
        self._touched.add(agent_id)

    # What is known.

    def history(self, agent_id: str, now: datetime, timezone: str) -> History:
        """What the agent has done today; today began at midnight in `timezone`."""
        return self._history(agent_id, _day(now, timezone))

    def situation(self, agent: Agent, entity_id: str, group: str = "") -> Situation:
        """All that counts for whether the agent may be rung by a call to `group`."""
        reservation = self._reserved.get(agent.id)
        declined = self._declined.get(agent.id, {}).get(group)
        status = self.status(agent.id)
        return Situation(
            phones=self._phones(entity_id),
            reserved=reservation is not None,
            reserved_since=reservation.since if reservation else None,
            talking_since=reservation.talking_since if reservation else None,
            wrap_up_until=self._wrap_ups.get(agent.id),
            declined=declined.words if declined else "",
            declined_until=declined.until if declined else None,
            logged_in=status.logged_in,
            paused=status.paused,
            status_since=status.since,
        )

    def phones_to_ring(self, agent: Agent, entity_id: str) -> tuple[str, ...]:
        return reachable_phones(agent, self._phones(entity_id))

    def rings(self, agent: Agent, entity_id: str) -> bool:
        """Whether Asterisk says that one of his phones rings."""
        states = self._phones(entity_id)
        own = (states[phone].state for phone in agent.phones if phone in states)
        return any(state is DeviceState.RINGING for state in own)

    @property
    def reserved(self) -> Mapping[str, UUID]:
        """Which call has reserved which agent."""
        return {agent: reservation.call_id for agent, reservation in self._reserved.items()}

    def take_touched(self) -> set[str]:
        """The agents (ids) and phones whose state may have changed since this was asked last."""
        touched, self._touched = self._touched, set()
        return touched

    def presence(self, agent: Agent) -> Presence:
        """What a board shows of him: his phones on every Asterisk, the call that has him."""
        states = [each[p] for each in self._states.values() for p in agent.phones if p in each]
        reservation = self._reserved.get(agent.id)
        declined = (each.until for each in self._declined.get(agent.id, {}).values())
        phone, since = phone_use(states)
        return Presence(
            phone,
            since,
            reservation.call_id if reservation else None,
            reservation.since if reservation else None,
            reservation.talking_since if reservation else None,
            self._wrap_ups.get(agent.id),
            max(declined, default=None),
        )

    # What a router before us knew.

    def restore(
        self,
        histories: Mapping[str, History],
        last_first: Mapping[str, str],
        wrap_ups: Mapping[str, datetime],
        now: datetime,
        timezone: str,
    ) -> None:
        """Take over what calls before this router's own amount to today; once.

        `calls` are those an agent answered today, `talk_seconds` those of calls that ended today.
        `last_first` maps a group to the first agent rung by its last call (where all were skipped,
        to the first of them). What has been counted here meanwhile is added, what is newer stays.
        """
        for agent_id, before in histories.items():
            since = self.history(agent_id, now, timezone)
            known = History(
                before.calls + since.calls,
                before.talk_seconds + since.talk_seconds,
                since.idle_since or before.idle_since,
            )
            self._keep_history(agent_id, known, now, timezone)
        self._last_first = {**last_first, **self._last_first}
        self._wrap_ups = {**wrap_ups, **self._wrap_ups}
        self._touched.update(wrap_ups)

    def _skip(
        self,
        agent: Agent,
        group: str,
        entity_id: str,
        now: datetime,
        timezone: str,
        needs: Mapping[str, int],
    ) -> Skip | None:
        return skip(agent, self.situation(agent, entity_id, group), now, timezone, needs)

    def _history(self, agent_id: str, today: int) -> History:
        day, history = self._histories.get(agent_id, (today, NO_HISTORY))
        return history if day == today else History(idle_since=history.idle_since)

    def _keep_history(self, agent_id: str, history: History, now: datetime, timezone: str) -> None:
        self._histories[agent_id] = (_day(now, timezone), history)

    def _phones(self, entity_id: str) -> Mapping[str, PhoneState]:
        return self._states.get(entity_id, {})


def _day(now: datetime, timezone: str) -> int:
    """The day that the clocks in `timezone` show, as a proleptic Gregorian ordinal."""
    return local_time(now, timezone).toordinal()
