"""Totals of the call log as the API tells them. Pure."""

from typing import Any

from callrouter.db.call_totals import SOON_SECONDS, Sums, Totals
from callrouter.facts import Disposition


def totals_json(totals: Totals) -> dict[str, Any]:
    """In all, and a list of days with the newest first; shares are 0 to 1, times in seconds."""
    return {
        **sums_json(totals.ended),
        "in_progress": {"waiting": totals.waiting, "talking": totals.talking},
        "complete": totals.searched_to is None,
        "counted_since": totals.searched_to,
        "service_level_seconds": SOON_SECONDS,
        "days": [{"date": day.isoformat(), **sums_json(of)} for day, of in totals.days.items()],
    }


def sums_json(sums: Sums) -> dict[str, Any]:
    """Ended calls added up."""
    return {
        "calls": sums.calls,
        **{str(word): sums.by.get(word, 0) for word in Disposition},
        "answered_share": sums.answered_share,
        "service_level": sums.service_level,
        "average_waiting_seconds": sums.average_wait,
        "longest_waiting_seconds": sums.longest,
        "average_talking_seconds": sums.average_talk,
    }
