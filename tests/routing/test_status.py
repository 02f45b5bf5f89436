"""What becomes of an agent's status when he, or somebody for him, asks for something."""

from datetime import UTC, datetime, timedelta

import pytest

from callrouter.routing.status import AgentStatus, ChangeRefused, StatusChange, changed

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=1)

NOTHING = AgentStatus()
LUNCH = AgentStatus(True, "lunch", BEFORE, "amina")
OUT = AgentStatus(False, None, BEFORE, "amina")


def now(*, logged_in: bool = True, paused: str | None = None) -> AgentStatus:
    return AgentStatus(logged_in, paused, NOW, "boss")


@pytest.mark.parametrize(
    ("before", "change", "reason", "after"),
    [
        pytest.param(NOTHING, "pause", "lunch", now(paused="lunch"), id="takes a pause"),
        pytest.param(NOTHING, "pause", "", now(paused=""), id="takes a pause without a reason"),
        pytest.param(LUNCH, "pause", "lunch", LUNCH, id="the same pause goes on"),
        pytest.param(LUNCH, "pause", "training", now(paused="training"), id="another pause"),
        pytest.param(LUNCH, "unpause", "", now(), id="goes on"),
        pytest.param(NOTHING, "unpause", "", NOTHING, id="was not paused"),
        pytest.param(NOTHING, "log_out", "", now(logged_in=False), id="leaves"),
        pytest.param(LUNCH, "log_out", "", now(logged_in=False), id="leaves: no pause any more"),
        pytest.param(OUT, "log_out", "", OUT, id="had left"),
        pytest.param(OUT, "log_in", "", now(), id="comes"),
        pytest.param(LUNCH, "log_in", "", LUNCH, id="was there, and is still at lunch"),
    ],
)
def test_change(before: AgentStatus, change: str, reason: str, after: AgentStatus) -> None:
    assert changed(before, StatusChange(change), NOW, "boss", reason) == after


@pytest.mark.parametrize("change", [StatusChange.PAUSE, StatusChange.UNPAUSE])
def test_who_is_logged_out_logs_in_first(change: StatusChange) -> None:
    with pytest.raises(ChangeRefused, match="log in first"):
        changed(OUT, change, NOW, "boss")
