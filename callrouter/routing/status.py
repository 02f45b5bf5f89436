"""What an agent says of himself: logged in or out, paused and for what; and how that changes.

Pure. Whoever asks, a phone, the command line or an API, the rules are these.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never


class ChangeRefused(Exception):
    """What was asked for cannot be; the text says why, and what would do."""


class StatusChange(StrEnum):
    """What an agent can ask for himself, or somebody for him."""

    LOG_IN = "log_in"
    LOG_OUT = "log_out"
    PAUSE = "pause"
    UNPAUSE = "unpause"


@dataclass(frozen=True, slots=True)
class AgentStatus:
    """`paused` is the reason, which may be empty; None is not paused.

    `since` is when it came to be so and `changed_by` who said it; None and empty where nobody
    ever said anything.
    """

    logged_in: bool = True
    paused: str | None = None
    since: datetime | None = None
    changed_by: str = ""


def changed(
    status: AgentStatus, change: StatusChange, now: datetime, by: str, reason: str = ""
) -> AgentStatus:
    """The status after the change; the same where nothing changes by it.

    Who logs in or out is not paused any more. A pause with another reason is a new pause.
    Raises ChangeRefused where somebody who is logged out would pause or go on.
    """
    match change:
        case StatusChange.LOG_IN:
            logged_in, paused = True, None if not status.logged_in else status.paused
        case StatusChange.LOG_OUT:
            logged_in, paused = False, None
        case StatusChange.PAUSE:
            logged_in, paused = status.logged_in, reason
        case StatusChange.UNPAUSE:
            logged_in, paused = status.logged_in, None
        case _:
            assert_never(change)
    if not status.logged_in and change in (StatusChange.PAUSE, StatusChange.UNPAUSE):
        raise ChangeRefused("logged out: log in first")
    if (logged_in, paused) == (status.logged_in, status.paused):
        return status
    return AgentStatus(logged_in, paused, now, by)
