"""Messages as sound for the editor: whether they can be spoken, and how they are heard.

Law: what is heard is what a caller hears: the same store, the same engine, the same files. The
router's store is read; what only a draft says is kept in a folder of our own, which goes with us.
"""

import io
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import soundfile

from callrouter.config.load import Examined
from callrouter.config.messages import message_places
from callrouter.config.problems import Problem
from callrouter.prompts.playable import PromptError
from callrouter.prompts.render import render_prompt
from callrouter.prompts.sound import check_length, from_wav, resampled
from callrouter.prompts.spoken_time import spoken_opening
from callrouter.prompts.store import PromptStore, Stored
from callrouter.prompts.templates import filled, is_template
from callrouter.prompts.tts import Espeak
from callrouter.prompts.walk import prompts_in
from callrouter.routing.edges import edges
from callrouter.routing.model import IncomingCallSettings, Prompt, RoutingTable
from callrouter.routing.opening import is_open, opens_next
from callrouter.routing.schedule import local_time

_MOST_KNOWN = 50_000
_A_WEEK = timedelta(days=7)
_KEPT_RATE = 16_000  # the most that a telephone plays


class _BesideTheRouters(PromptStore):
    """Our own store, which also finds what the router has rendered."""

    def __init__(self, own: Path, routers: Path | None) -> None:
        super().__init__(own)
        there = routers is not None and routers.is_dir()
        self._routers = PromptStore(routers) if there and routers is not None else None

    def find(self, key: str) -> Stored | None:
        return super().find(key) or (None if self._routers is None else self._routers.find(key))


class Unheard(NamedTuple):
    """Problems of messages that cannot be spoken, and how many were not tried for want of time."""

    problems: tuple[Problem, ...]
    untried: int


class Voice:
    """Speaks into `own`, with one engine for all that is asked."""

    def __init__(self, own: Path, routers: Path | None) -> None:
        self._store = _BesideTheRouters(own, routers)
        self._engine = Espeak()
        self._known: dict[object, PromptError | None] = {}
        self._untried: list[Prompt] = []

    def close(self) -> None:
        """End the engine's process."""
        self._engine.close()

    def languages(self) -> list[str]:
        """The codes of the languages that can be spoken."""
        return list(self._engine.languages())

    def check(
        self,
        found: Examined,
        folder: Path,
        in_time: Callable[[], bool],
        later: Collection[Prompt] = (),
    ) -> Unheard:
        """What of a usable configuration cannot be made into sound, at each place it stands.

        Those of `later` are tried after the others; what is not tried in time, by `go_on`.
        """
        self._untried = []
        if found.loaded is None:
            return Unheard((), 0)
        failed: dict[Prompt, PromptError] = {}
        for prompt in sorted(dict.fromkeys(prompts_in(found.loaded.table)), key=later.__contains__):
            if _key(prompt) not in self._known and not in_time():
                self._untried.append(prompt)
            elif (error := self._tried(prompt)) is not None:
                failed[prompt] = error
        untried = len(self._untried)
        places = message_places(found.values, folder) if failed else {}
        return Unheard(
            tuple(
                found.source.problem(loc, error.message, error.remedy)
                for prompt, error in failed.items()
                for loc in places.get(prompt, [()])
            ),
            untried,
        )

    def go_on(self) -> bool:
        """Try one message for which the last check had no time; False where there is none."""
        if self._untried:
            self._tried(self._untried.pop(0))
        return bool(self._untried)

    def _tried(self, prompt: Prompt) -> PromptError | None:
        key = _key(prompt)
        if key not in self._known:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            self._known[key] = self._error(prompt)
        return self._known[key]

    def _error(self, prompt: Prompt) -> PromptError | None:
        try:
            render_prompt(prompt, self._store, self._engine)
        except PromptError as error:
            return error
        return None

    def heard(self, prompt: Prompt) -> bytes:
        """A WAV file with what a caller hears; raises PromptError where nothing can be heard."""
        rendered = render_prompt(prompt, self._store, self._engine)
        return Path(f"{rendered.media}.wav16").read_bytes()


def _key(prompt: Prompt) -> object:
    """A sound is another one when its file is."""
    if prompt.sound is None:
        return (prompt.text, prompt.language)
    try:
        status = Path(prompt.sound).stat()
    except OSError:
        return (prompt.sound, None)
    return (prompt.sound, status.st_size, status.st_mtime_ns)


def spoken_now(
    prompt: Prompt,
    table: RoutingTable | None,
    settings: IncomingCallSettings | None,
    now: datetime,
) -> Prompt:
    """The message with what `{reopens_at}` says now, or when it is closed next; else an example."""
    if not is_template(prompt):
        return prompt
    if settings is not None and table is not None:
        closed = _closed_next(table, settings, now)
        opens = None if closed is None else opens_next(table, settings, closed)
        if closed is not None and opens is not None:
            return _said(prompt, opens, local_time(closed, settings.timezone))
    timezone = "UTC" if settings is None else settings.timezone
    clock = local_time(now, timezone)
    opens = (clock + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    return _said(prompt, opens, clock)


def _said(prompt: Prompt, opens: datetime, clock: datetime) -> Prompt:
    words = spoken_opening(opens, clock, prompt.language or "en", prompt.text or "")
    return filled(prompt, words)


def _closed_next(
    table: RoutingTable, settings: IncomingCallSettings, now: datetime
) -> datetime | None:
    """`now` where it is closed, else when it is closed next; None: not within a week."""
    for moment in (now, *edges(table, settings, now, now + _A_WEEK)):
        if not is_open(table, settings, moment):
            return moment
    return None


class Uploaded(NamedTuple):
    """A sound as it is kept: a WAV file, and its length in seconds."""

    content: bytes
    seconds: float


def kept_sound(content: bytes) -> Uploaded:
    """A recording as a WAV file that callers hear as it is; WAV stays what it was.

    Raises PromptError where it is no sound, or no message.
    """
    if content[:4] in (b"RIFF", b"RF64") and content[8:12] == b"WAVE":
        return Uploaded(content, from_wav(content).seconds)
    written = io.BytesIO()
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            check_length(file)
            samples = resampled(file, _KEPT_RATE)
        soundfile.write(written, samples, _KEPT_RATE, subtype="PCM_16", format="WAV")
    except (soundfile.LibsndfileError, RuntimeError, ValueError) as error:
        reason = getattr(error, "error_string", "it is no recording")
        raise PromptError(
            f"the file cannot be understood ({reason})", "send WAV, FLAC, OGG or MP3"
        ) from None
    return Uploaded(written.getvalue(), from_wav(written.getvalue()).seconds)


def seconds_of(content: bytes) -> float | None:
    """How long a sound file lasts, None where it is none."""
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            return float(round(len(file) / file.samplerate, 3))
    except (soundfile.LibsndfileError, RuntimeError, ValueError, ZeroDivisionError):
        return None
