"""Asterisk and SIPp, fetched where they are not installed."""

import shutil
from collections.abc import Sequence

from callrouter.local.asterisk_program import AsteriskProgram, find_asterisk, in_place
from callrouter.local.packages import unpacked
from callrouter.local.settings import LocalSettings

Programs = tuple[AsteriskProgram, Sequence[str]]


def programs() -> Programs:
    """Asterisk, and the command that starts SIPp."""
    state_dir = LocalSettings().state_dir.resolve()
    asterisk = find_asterisk(state_dir, say=print)
    if sipp := shutil.which("sipp"):
        return asterisk, (sipp,)
    unpacked_sipp = unpacked("sipp", ["sip-tester"], state_dir=state_dir, say=print)
    return asterisk, in_place(unpacked_sipp, "usr/bin/sipp")
