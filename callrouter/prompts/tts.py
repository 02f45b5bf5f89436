"""Text-to-speech engines: what one must offer, and espeak-ng, which speaks 100 languages."""

import difflib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from callrouter.prompts.playable import PromptError

if TYPE_CHECKING:
    from callrouter.prompts.sound import Pcm

LONGEST_TEXT = 2_000
_WORDS_PER_MINUTE = 150
_READ = 1 << 16
_PROCESS = Path(__file__).with_name("espeak_process.py")  # a path: works in any directory


class Engine(Protocol):
    """Speaks text. `id` is part of a prompt's cache key: it changes when the sound would change."""

    @property
    def id(self) -> str: ...

    def languages(self) -> Sequence[str]:
        """The codes of the languages it speaks."""
        ...

    def speak(self, text: str, language: str) -> "Pcm":
        """The sound of `text`; `language` is a code such as `en` or `sr-latn`.

        Raises PromptError when the language is unknown or the engine fails.
        """
        ...


class Espeak:
    """espeak-ng in a process of its own, started with the first text and stopped by `close`.

    One text may take `timeout` seconds; a process that takes longer is killed.
    """

    id = f"espeak-ng {version('espeakng-loader')} {_WORDS_PER_MINUTE}"

    def __init__(self, timeout: float = 20.0) -> None:
        self._timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._voices: dict[str, str] = {}
        self._unread = bytearray()

    def __enter__(self) -> "Espeak":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()
        self._unread.clear()

    def languages(self) -> Sequence[str]:
        self._running()
        return tuple(self._voices)

    def speak(self, text: str, language: str) -> "Pcm":
        if len(text) > LONGEST_TEXT:
            raise PromptError(f"the text is longer than {LONGEST_TEXT:,} characters", "shorten it")
        self._running()
        request = {
            "text": text,
            "voice": voice_for(language, self._voices),
            "speed": _WORDS_PER_MINUTE,
        }
        try:
            deadline = self._deadline()
            self._write(json.dumps(request).encode() + b"\n")
            head = self._line(deadline)
            samples = self._bytes(int(head["bytes"]), deadline)
        except TimeoutError:  # before OSError, of which it is one
            self.close()
            raise PromptError(
                f"the speech engine did not finish within {self._timeout:g} seconds",
                "shorten the text, or give a sound file",
            ) from None
        except (OSError, EOFError, ValueError):
            self.close()
            raise PromptError(
                "the speech engine broke off", "change the text, or give a sound file"
            ) from None
        from callrouter.prompts.sound import Pcm

        return Pcm.of_16_bit(samples, int(head["rate"]))

    def _running(self) -> None:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_PROCESS)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
            )
            try:
                self._voices = self._line(self._deadline())["voices"]
            except (OSError, EOFError, ValueError, TimeoutError):
                self.close()
                raise PromptError(
                    "the speech engine does not start", "reinstall the package espeakng-loader"
                ) from None

    def _write(self, request: bytes) -> None:
        if self._process is None or self._process.stdin is None:
            raise EOFError
        self._process.stdin.write(request)

    def _deadline(self) -> float:
        return time.monotonic() + self._timeout

    def _line(self, deadline: float) -> dict[str, Any]:
        """The next line of JSON from the process."""
        while b"\n" not in self._unread:
            self._read(deadline)
        line, _, rest = self._unread.partition(b"\n")
        self._unread = rest
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _bytes(self, count: int, deadline: float) -> bytes:
        while len(self._unread) < count:
            self._read(deadline)
        taken = bytes(self._unread[:count])
        del self._unread[:count]
        return taken

    def _read(self, deadline: float) -> None:
        if self._process is None or self._process.stdout is None:
            raise EOFError
        pipe = self._process.stdout.fileno()
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            raise TimeoutError
        got = os.read(pipe, _READ)
        if not got:
            raise EOFError
        self._unread += got


def voice_for(language: str, voices: Mapping[str, str]) -> str:
    """The voice for a language, else for the language it is a form of: `sr-latn` → that of `sr`.

    Raises PromptError with the nearest codes when the engine does not speak it.
    """
    wanted = language.lower().replace("_", "-")
    while wanted:
        if wanted in voices:
            return voices[wanted]
        wanted = wanted.rpartition("-")[0]
    near = difflib.get_close_matches(language.lower(), voices, n=3, cutoff=0.5)
    near = near or [code for code in voices if code[:1] == language[:1].lower()][:5]
    raise PromptError(
        f"the speech engine does not speak {language!r}",
        "write a code such as " + ", ".join(near) if near else "write a code such as en, ar or sr",
    )
