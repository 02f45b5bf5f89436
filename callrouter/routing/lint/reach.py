"""Black holes: numbers that nobody can ever answer, and calls that go round."""

from collections.abc import Iterator, Mapping

from callrouter.routing.decide import settings_for
from callrouter.routing.hours import Hours
from callrouter.routing.lint.finding import Finding, names, settings_path
from callrouter.routing.lint.people import meets, needs_of, skill_words, targets_of
from callrouter.routing.lint.ring_of_week import common, pieces
from callrouter.routing.model import (
    Agent,
    AgentGroup,
    IncomingCallSettings,
    RoutingTable,
    Target,
    TargetKind,
)


class Reach:
    """Who can ever be rung, each of them looked at once."""

    def __init__(self, table: RoutingTable) -> None:
        self._table = table
        self._why_not: dict[tuple[str, tuple[tuple[str, int], ...]], str] = {}

    def nobody(self, settings: IncomingCallSettings) -> list[str]:
        """Why nobody can ever answer a call of these settings; nothing if somebody can."""
        reasons: list[str] = []
        for target in self._all_targets(settings, {settings.name}):
            why_not = self.why_not(settings, target)
            if not why_not:
                return []
            reasons.append(why_not)
        return list(dict.fromkeys(reasons)) or ["nothing says who is on duty"]

    def after_closing(self, settings: IncomingCallSettings) -> bool:
        """Whether somebody may answer a caller who finds it closed."""
        targets = [step.target for step in settings.follow_on_closed]
        return any(
            not self.nobody(self._table.settings[target.name])
            if target.kind is TargetKind.SETTINGS
            else not self.why_not(settings, target)
            for target in targets
        )

    def _all_targets(self, settings: IncomingCallSettings, seen: set[str]) -> Iterator[Target]:
        """Those of the settings, and of the settings that follow on, in their place."""
        for target in dict.fromkeys(targets_of(self._table, settings)):
            if target.kind is not TargetKind.SETTINGS:
                yield target
            elif target.name not in seen:
                seen.add(target.name)
                yield from self._all_targets(self._table.settings[target.name], seen)

    def why_not(self, settings: IncomingCallSettings, target: Target) -> str:
        """Why nobody of the target can ever be rung; empty if somebody can."""
        table = self._table
        if target.kind is TargetKind.OUTSIDE_NUMBER:
            return ""  # only numbers that may be dialled come into a table
        if target.kind is TargetKind.AGENT:
            agent = table.agents[target.name]
            return "" if agent.phones else f"{agent.name} has no phone"
        group = table.agent_groups[target.name]
        needs = needs_of(settings, group)
        key = (group.name, tuple(sorted(needs.items())))
        if key not in self._why_not:
            self._why_not[key] = self._group(group, needs)
        return self._why_not[key] or self._off_hours(settings, group, needs)

    def _group(self, group: AgentGroup, needs: Mapping[str, int]) -> str:
        members = [self._table.agents[member] for member in group.members]
        if not members:
            return f"{group.name} has no members"
        if not any(member.phones for member in members):
            return f"nobody in {group.name} has a phone"
        if not any(member.phones and meets(member, needs) for member in members):
            return f"nobody in {group.name} has {skill_words(needs)}"
        return ""

    def _off_hours(
        self, settings: IncomingCallSettings, group: AgentGroup, needs: Mapping[str, int]
    ) -> str:
        """Whether all who could be rung work only when the group is not on duty."""
        members = [self._table.agents[member] for member in group.members]
        able = [each for each in members if each.phones and meets(each, needs)]
        rows = [r.hours for r in settings.call_handling_schedule if group.name in r.agent_groups]
        if not rows or any(not agent.working_hours for agent in able):
            return ""
        if any(self._works(agent, hours, settings) for agent in able for hours in rows):
            return ""
        return f"nobody in {group.name} works when it is on duty"

    def _works(self, agent: Agent, hours: Hours, settings: IncomingCallSettings) -> bool:
        """Whether the agent's working hours meet the row's; in different zones they may."""
        zone = hours.timezone or settings.timezone
        return any(
            (own.timezone or self._table.timezone) != zone
            or any(common(pieces(own), piece) for piece in pieces(hours))
            for own in agent.working_hours
        )


def reach(table: RoutingTable, seen: Reach) -> Iterator[Finding]:
    """The black holes of the table."""
    follow = _followed(table)
    reached = {target for targets in follow.values() for target in targets}
    homes = {agent.settings for agent in table.agents.values()}
    for settings in table.settings.values():
        path = settings_path(settings)
        if not settings.numbers and settings.name not in reached | homes:
            message = "these settings have no numbers, so no call reaches them"
            yield Finding(path, message, "add numbers")
        if settings.call_handling_schedule and (why := seen.nobody(settings)):
            whose = (
                f"a call on {names(settings.numbers[:3])}" if settings.numbers else "such a call"
            )
            message = f"nobody can ever answer {whose}: {'; '.join(why[:3])}"
            yield Finding(
                path, message, "see that somebody can be rung", error=bool(settings.numbers)
            )
        yield from _coming_back(table, settings)
    yield from _rounds(follow)


def _coming_back(table: RoutingTable, settings: IncomingCallSettings) -> Iterator[Finding]:
    """Outside numbers that are our own: what is dialled there comes in again as another call."""
    for target in dict.fromkeys(targets_of(table, settings)):
        if target.kind is not TargetKind.OUTSIDE_NUMBER:
            continue
        if (own := settings_for(table, target.name)) is not None:
            message = (
                f"the outside number {target.name} is one of your own ({own.name}), so the call "
                "comes in again as another one"
            )
            remedy = f"write {{incoming_call_settings: {own.name}}}, or who is to be rung there"
            yield Finding(settings_path(settings), message, remedy)


def _followed(table: RoutingTable) -> dict[str, list[str]]:
    """The settings to which calls of each settings may go on."""
    return {
        name: [
            target.name
            for target in dict.fromkeys(targets_of(table, each))
            if target.kind is TargetKind.SETTINGS
        ]
        for name, each in table.settings.items()
    }


def _rounds(follow: Mapping[str, list[str]]) -> Iterator[Finding]:
    """Settings that follow on from themselves, by way of others or not: each round once."""
    done: set[str] = set()
    for start in follow:
        way: list[str] = []
        ahead = [iter([start])]
        while ahead:
            name = next(ahead[-1], None)
            if name is None:
                ahead.pop()
                if way:
                    done.add(way.pop())
            elif name in way:
                round_ = [*way[way.index(name) :], name]
                message = (
                    f"calls that nobody takes go round: {' → '.join(round_)}; "
                    "no settings are tried twice, so there they end"
                )
                remedy = "end with a group, an outside number or nothing"
                yield Finding(("incoming_call_settings", name), message, remedy)
            elif name not in done:
                way.append(name)
                ahead.append(iter(follow[name]))
