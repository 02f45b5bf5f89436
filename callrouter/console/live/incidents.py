"""What is wrong at this moment, the worst first. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from callrouter.console.live.content import Incident, IncidentKind
from callrouter.console.live.duties import DutyNow
from callrouter.db.presence import RouterSeen
from callrouter.routing.duty import members_of
from callrouter.routing.model import RoutingTable, TargetKind
from callrouter.routing.presence import THERE, Doing

_TOLD_OTHERWISE = frozenset(
    ("starting", "stopping", "asterisk_away", "database_away", "configuration_refused")
)
_ELSEWHERE = (TargetKind.OUTSIDE_NUMBER, TargetKind.SETTINGS)


def incidents_of(
    routers: Sequence[RouterSeen],
    *,
    database: bool,
    table: RoutingTable,
    duties: Mapping[str, DutyNow],
    does: Mapping[str, Doing],
) -> list[Incident]:
    """Whatever somebody should look at now; `database` is whether it answers."""
    found = []
    if not database:
        found.append(Incident(kind=IncidentKind.DATABASE_AWAY))
    elif not routers:
        found.append(Incident(kind=IncidentKind.NO_ROUTER))
    for router in routers:
        found += _of_router(router)
    if any(router.heard for router in routers):  # else nothing is known of anybody
        found += _nobody_there(table, duties, does)
    return found


def _of_router(seen: RouterSeen) -> Iterator[Incident]:
    status = seen.status
    if not seen.heard:
        kind = IncidentKind.ROUTER_SILENT
        yield Incident(kind=kind, subject=seen.router, since=seen.seen_at)
        return
    for server in status.asterisk:
        if not server.connected:
            yield Incident(kind=IncidentKind.ASTERISK_AWAY, subject=server.url)
    if status.records_away:
        kind = IncidentKind.RECORDS_WAITING
        yield Incident(kind=kind, subject=seen.router, count=status.records_waiting)
    if status.problems:
        yield Incident(
            kind=IncidentKind.CONFIGURATION_REFUSED,
            subject=seen.router,
            since=status.refused_since,
            count=len(status.problems),
        )
    for alarm in status.alarms:
        if alarm not in _TOLD_OTHERWISE:
            yield Incident(kind=IncidentKind.ROUTER_ALARM, subject=seen.router, alarm=alarm)


def _nobody_there(
    table: RoutingTable, duties: Mapping[str, DutyNow], does: Mapping[str, Doing]
) -> Iterator[Incident]:
    """Settings that are open, and everybody on duty is away."""
    for name, duty in duties.items():
        targets = duty.duty.targets
        if not duty.is_open or any(target.kind in _ELSEWHERE for target in targets):
            continue
        members = {agent for target in targets for agent in members_of(table, target)}
        if not any(does[agent].activity in THERE for agent in members if agent in does):
            yield Incident(kind=IncidentKind.NOBODY_THERE, subject=name)
