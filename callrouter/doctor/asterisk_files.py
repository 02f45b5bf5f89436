"""The directory that Asterisk reads: whole, fresh, and prompts that Asterisk's user can read."""

import asyncio
import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from callrouter.asterisk_conf.directory import GENERATED
from callrouter.asterisk_conf.site import EVERY_ADDRESS
from callrouter.asterisk_log.files import NotesFolder
from callrouter.doctor.finding import Finding, error, skipped, some, warning, well
from callrouter.prompts.walk import prompts_in
from callrouter.routing.model import RoutingTable
from callrouter.settings import Settings

_CONTEXTS = (
    *("from-trunk", "from-agents", "callrouter-away", "callrouter-note"),
    "callrouter-no-forward",
)
_UNTIL = re.compile(r"\$\{EPOCH\} < (\d+)")
_BIND = re.compile(r"^\s*bindaddr\s*=\s*(\S+)", re.MULTILINE)


async def look_at_files(settings: Settings) -> list[Finding]:
    return await asyncio.to_thread(lambda: [*_conf(settings), *_logs(settings)])


def _conf(settings: Settings) -> Iterator[Finding]:
    if settings.asterisk_conf_dir is None:
        says = "CALLROUTER_ASTERISK_CONF_DIR is not set: Asterisk's files are kept by hand."
        yield skipped("asterisk's files", says)
    else:
        yield from _files(settings.asterisk_conf_dir, time.time())


def _logs(settings: Settings) -> Iterator[Finding]:
    """Whether the calls that Asterisk handles by itself can come into the call log."""
    for server in settings.servers():
        check = f"{server.url}: log folder"
        remedy = "Set CALLROUTER_ASTERISK_LOG_DIR, and let the router write its folder cdr-csv."
        lost = "Calls that Asterisk handles while no router is there do not come into the call log"
        if server.log_dir is None:
            yield warning(check, f"{lost}: it is not known where its log folder is.", remedy)
            continue
        try:
            NotesFolder(server.log_dir).check()
        except OSError as failed:
            yield error(check, f"{lost}: {failed.filename}: {failed.strerror}.", remedy)
        else:
            yield well(check, f"{server.log_dir} can be read and tidied")


def _files(folder: Path, now: float) -> Iterator[Finding]:
    check, remedy = "asterisk's files", f"Write them: `callrouter asterisk-conf --output {folder}`."
    try:
        dialplan = (folder / "extensions.conf").read_text()
        net = (folder / GENERATED / "extensions_away.conf").read_text()
        address = (folder / GENERATED / "http_address.conf").read_text()
        (folder / GENERATED / "site.json").read_text()
    except (OSError, UnicodeDecodeError) as failed:
        reason = getattr(failed, "strerror", None) or failed
        yield error(check, f"{getattr(failed, 'filename', None) or folder}: {reason}.", remedy)
        return
    missing = [name for name in _CONTEXTS if f"[{name}]" not in dialplan]
    if missing:
        yield error(check, f"extensions.conf lacks the contexts {some(missing)}.", remedy)
    else:
        yield well(check, f"{folder} is whole")
    yield _net(net, now)
    bound = _BIND.search(address)
    if bound and bound[1] == EVERY_ADDRESS:
        says = "ARI listens on every address of its machine (http.conf)."
        closer = "Bind it to 127.0.0.1, or let a firewall or a private network shut others out."
        yield warning("ARI's address", says, closer)
    elif bound:
        yield well("ARI's address", bound[1])


def _net(text: str, now: float) -> Finding:
    ends = [int(until) for until in _UNTIL.findall(text)]
    if "exten =>" not in text:
        remedy = "Start the router: it writes it with every configuration."
        return error("safety net", "It is empty: without a router callers hear a sentence.", remedy)
    if ends and max(ends) < now:
        days = (now - max(ends)) / 86400
        says = f"It ran out {days:.1f} days ago: Asterisk alone would follow an old schedule."
        return error("safety net", says, "Start the router, and see that it may write there.")
    return well("safety net", "it knows the coming days")


async def look_at_prompts(settings: Settings, table: RoutingTable) -> list[Finding]:
    return await asyncio.to_thread(lambda: [_prompts(settings.asterisk_conf_dir, table)])


def _prompts(folder: Path | None, table: RoutingTable) -> Finding:
    """Asterisk's user is whoever owns its directory; without one it must be readable by all."""
    media = sorted({each.media for each in prompts_in(table) if each.media})
    try:
        owner = folder.stat() if folder is not None else None
    except OSError:
        owner = None
    if not media:
        return skipped("prompts", "None is made yet: the router does that at its start.")
    user, group = (owner.st_uid, owner.st_gid) if owner is not None else (-1, -1)
    missing, closed = [], []
    for each in media:
        files = list(Path(each).parent.glob(f"{Path(each).name}.*"))
        sounds = [path for path in files if path.suffix != ".json"]
        if not sounds:
            missing.append(each)
        closed += [str(path) for path in sounds if not _readable(path, user, group)]
    if missing:
        remedy = "Restart the router, or save the configuration anew: it renders them."
        return error("prompts", f"Not there: {some(missing, 2)}.", remedy)
    if closed:
        remedy = "Give Asterisk's user the right to read them and to enter their folders."
        return error("prompts", f"Asterisk cannot read {some(closed, 2)}.", remedy)
    return well("prompts", f"{len(media)} sounds, readable for Asterisk")


def _readable(path: Path, user: int, group: int) -> bool:
    if user == 0:
        return True
    try:
        folders = all(_may(each.stat(), user, group, stat.S_IXOTH) for each in path.parents)
        return folders and _may(path.stat(), user, group, stat.S_IROTH)
    except OSError:
        return False


def _may(found: os.stat_result, user: int, group: int, right: int) -> bool:
    """`right` is the bit of others; the owner's and the group's stand before it."""
    if found.st_uid == user:
        return bool(found.st_mode & (right << 6))
    if found.st_gid == group:
        return bool(found.st_mode & (right << 3))
    return bool(found.st_mode & right)
