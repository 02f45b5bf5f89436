"""Agents and groups: unused, without phones, without the skills that are asked of them."""

from collections.abc import Iterator, Mapping

from callrouter.routing.lint.finding import Finding, names
from callrouter.routing.model import (
    Agent,
    AgentGroup,
    IncomingCallSettings,
    RoutingTable,
    Target,
    TargetKind,
    normalize_number,
)


def people(table: RoutingTable) -> Iterator[Finding]:
    """What is odd about agents and groups, whoever calls."""
    targets = {target for each in table.settings.values() for target in targets_of(table, each)}
    in_groups = {member for group in table.agent_groups.values() for member in group.members}
    for id_, agent in table.agents.items():
        if not agent.phones:
            message = "the list of phones is empty, so this agent cannot be rung"
            remedy = "add phones, or leave the list out to use the extension's phone"
            yield Finding(("agents", id_, "phones"), message, remedy)
        dialled = agent.settings is not None or Target(TargetKind.AGENT, id_) in targets
        if id_ not in in_groups and not dialled:
            message = "this agent is in no group and gets no calls"
            yield Finding(("agents", id_), message, "add the agent to a group, or remove the agent")
    yield from _own_numbers(table)
    for name, group in table.agent_groups.items():
        if Target(TargetKind.AGENT_GROUP, name) not in targets:
            message = "no schedule row uses this group"
            yield Finding(("agent_groups", name), message, "use it in a row, or remove it")
        yield from _group(table, group)
    for settings in table.settings.values():
        yield from _settings_skills(table, settings)


def _own_numbers(table: RoutingTable) -> Iterator[Finding]:
    """Calls to these are refused where nothing says which messages and follow-on hold for them."""
    refused: dict[str, list[str]] = {}
    for number, id_ in table.extensions.items():
        agent = table.agents[id_]
        is_extension = number == normalize_number(agent.extension)
        if agent.settings is None and not is_extension and number not in table.numbers:
            refused.setdefault(id_, []).append(number)
    for id_, numbers in refused.items():
        message = f"calls to {names(numbers)} are refused: no schedule has a group of this agent"
        remedy = "write `incoming_call_settings: NAME`, whose messages and follow-on hold then"
        yield Finding(("agents", id_, "numbers"), message, remedy, error=True)


def targets_of(table: RoutingTable, settings: IncomingCallSettings) -> Iterator[Target]:
    """Everything these settings may ever ring, by rows, holidays, overrides and follow-on."""
    for row in settings.call_handling_schedule:
        for name in row.agent_groups:
            yield Target(TargetKind.AGENT_GROUP, name)
    for calendar in settings.holidays:
        for name in holiday_groups(table, calendar):
            yield Target(TargetKind.AGENT_GROUP, name)
    for override in settings.overrides:
        yield from override.targets
    for step in (*settings.follow_on, *settings.follow_on_closed):
        yield step.target


def holiday_groups(table: RoutingTable, calendar: str) -> dict[str, None]:
    """The groups that are on duty on some holiday of the calendar."""
    return {
        name: None
        for holidays in table.calendars[calendar].days.values()
        for holiday in holidays
        for name in holiday.agent_groups
    }


def needs_of(settings: IncomingCallSettings, group: AgentGroup) -> dict[str, int]:
    """The skills a call of these settings asks of the group's members, at their lowest levels."""
    needs = dict(group.required_skills)
    for skill, level in settings.required_skills.items():
        needs[skill] = max(level, needs.get(skill, 0))
    return needs


def meets(agent: Agent, needs: Mapping[str, int]) -> bool:
    """Whether the agent has all of these skills."""
    return all(agent.skills.get(skill, 0) >= level for skill, level in needs.items())


def skill_words(needs: Mapping[str, int]) -> str:
    """`arabic 3 and sales 1`."""
    return names([f"{skill} {level}" for skill, level in needs.items()])


def _group(table: RoutingTable, group: AgentGroup) -> Iterator[Finding]:
    path = ("agent_groups", group.name)
    members = [table.agents[member] for member in group.members]
    if not members:
        message = "this group has no members, so its callers hear that nobody is available"
        yield Finding(path, message, "add members")
        return
    if not any(member.phones for member in members):
        message = "no member of this group has a phone that can ring"
        yield Finding((*path, "members"), message, "give one of them a phone, or add somebody")
    if group.required_skills and not any(meets(each, group.required_skills) for each in members):
        message = f"no member has {skill_words(group.required_skills)}, so nobody is ever rung"
        remedy = "lower the level, or add somebody who has it"
        yield Finding((*path, "required_skills"), message, remedy)


def _settings_skills(table: RoutingTable, settings: IncomingCallSettings) -> Iterator[Finding]:
    """Skills that these settings ask for, and that nobody of a group has who else could ring."""
    if not settings.required_skills:
        return
    used = [t.name for t in targets_of(table, settings) if t.kind is TargetKind.AGENT_GROUP]
    for name in dict.fromkeys(used):
        group = table.agent_groups[name]
        able = [m for m in group.members if meets(table.agents[m], group.required_skills)]
        needs = needs_of(settings, group)
        if able and not any(meets(table.agents[member], needs) for member in able):
            message = f"nobody in {name} has {skill_words(needs)}, so nobody of it is ever rung"
            path = ("incoming_call_settings", settings.name, "required_skills")
            yield Finding(path, message, "lower the level, or add somebody who has it")
