"""`asterisk-conf/` in a real Asterisk: it starts without a complaint, and calls go where they must."""

import pytest

from callrouter.local.asterisk import AsteriskServer

pytestmark = pytest.mark.asterisk


def test_starts_without_errors_and_warnings(asterisk: AsteriskServer) -> None:
    said = (asterisk.home / "log" / "messages.log").read_text()
    complaints = [line for line in said.splitlines() if "ERROR[" in line or "WARNING[" in line]
    assert complaints == []


def test_every_module_of_the_list_runs(asterisk: AsteriskServer) -> None:
    listed = {
        line.split()[2]
        for line in (asterisk.conf_dir / "modules.conf").read_text().splitlines()
        if line.startswith("load = ")
    }
    running = {
        line.split()[0]
        for line in asterisk.console("module show").splitlines()
        if " Running " in line
    }
    assert listed - running == set()
