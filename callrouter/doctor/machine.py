"""This machine: room, descriptors, speech, and whether secrets are readable by others."""

import asyncio
import json
import resource
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from callrouter.asterisk_conf.directory import GENERATED
from callrouter.doctor.finding import Finding, error, some, warning, well
from callrouter.monitoring.checks import FULL_BYTES, LOW_BYTES
from callrouter.monitoring.disks import look_at
from callrouter.settings import Settings

FEWEST_DESCRIPTORS = 512
_SPEECH_SECONDS = 3.0
_SECRETS = ("ari_user.conf", "pjsip_agents.conf", "pjsip_local.conf")


async def look_at_machine(settings: Settings) -> list[Finding]:
    return await asyncio.to_thread(lambda: [*_disks(settings), *_secrets(settings), _limit()])


async def look_at_speech() -> list[Finding]:
    return [await asyncio.to_thread(_speech)]


def _disks(settings: Settings) -> Iterator[Finding]:
    places = [("spool", settings.spool_dir), ("prompts", settings.prompts_dir)]
    if settings.config == "database":
        places.append(("sounds", settings.sounds_dir))
    if settings.asterisk_conf_dir is not None:
        places.append(("asterisk", settings.asterisk_conf_dir))
    for disk in look_at(places):
        if disk.place == "log":  # ours is the terminal's
            continue
        check = f"disk: {disk.place}"
        if disk.trouble and disk.place != "sounds":  # those are only read
            yield error(check, disk.trouble, "Make it writable for the router's user.")
        elif disk.free_bytes < FULL_BYTES:
            yield error(check, f"The disk of {disk.folder} is full.", "Make room there.")
        elif disk.free_bytes < LOW_BYTES:
            left = f"{disk.free_bytes // 1024 // 1024} MB are left for {disk.folder}."
            yield warning(check, left, "Make room there.")
        else:
            yield well(check, f"{disk.folder}: {disk.free_bytes / 1024**3:.1f} GB free")


def _secrets(settings: Settings) -> Iterator[Finding]:
    folder = settings.asterisk_conf_dir
    if folder is None:
        return
    generated = folder / GENERATED
    files = [generated / name for name in _SECRETS]
    # That these files are not there is told with Asterisk's other files.
    with suppress(OSError, ValueError, KeyError, TypeError):
        files.append(Path(json.loads((generated / "site.json").read_text())["secrets"]))
    open_ones = []
    for path in files:
        try:
            if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
                open_ones.append(str(path))
        except OSError:
            continue
    if open_ones:
        remedy = f"chmod o-rw {' '.join(open_ones)}; then new passwords, if others have read them."
        yield error("secrets", f"Everybody may read {some(open_ones)}.", remedy)
    else:
        yield well("secrets", "files with passwords are private")


def _limit() -> Finding:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if 0 <= limit < FEWEST_DESCRIPTORS:
        says = f"A process may have {limit} files and connections open."
        remedy = f"Allow at least {FEWEST_DESCRIPTORS} (ulimit -n, LimitNOFILE=)."
        return warning("descriptors", says, remedy)
    return well("descriptors", f"up to {limit}" if limit >= 0 else "without limit")


def _speech() -> Finding:
    from callrouter.prompts.playable import PromptError
    from callrouter.prompts.tts import Espeak

    try:
        with Espeak(timeout=_SPEECH_SECONDS) as engine:
            engine.speak("one", "en")
            return well("speech", f"{engine.id}: {len(engine.languages())} languages")
    except PromptError as failed:
        return error("speech", f"Texts cannot be spoken: {failed.message}.", f"{failed.remedy}.")
