"""The process in which espeak-ng speaks; started by `tts`, it imports nothing of callrouter's.

espeak-ng is under the GPL and is therefore never loaded into callrouter's own processes; this
one talks to them through pipes only. It writes one line of JSON with the engine's voices,
then answers each line of JSON (`text`, `voice`, `speed`) with a line of JSON (`rate`, `bytes`)
followed by that many bytes of 16-bit samples. It ends when its input ends.
"""

import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import espeakng_loader

_CPU_SECONDS = 600
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_RATE_PARAMETER = 1
_UTF8 = 1
_PR_SET_PDEATHSIG = 1

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


class _Speaker:
    """The loaded library, speaking into memory."""

    def __init__(self) -> None:
        self._samples = bytearray()
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        self._callback = _Callback(self._collect)  # kept: the library holds only its address
        # The library cuts off long paths, so it is given a short one: here.
        os.chdir(Path(espeakng_loader.get_data_path()).parent)
        self.rate: int = self._library.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, 0, b".", _DONT_EXIT
        )
        if self.rate <= 0:
            raise SystemExit("espeak-ng finds no data")
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _: int) -> int:
        if samples and count > 0:
            self._samples += ctypes.string_at(samples, count * 2)
        return 0

    def voices(self) -> dict[str, str]:
        """The code of every language (`ar`, `en-gb`, `sr`) with the voice that speaks it best."""
        best: dict[str, tuple[int, str]] = {}
        listed = self._library.espeak_ListVoices(None)
        index = 0
        while listed[index]:
            voice = listed[index].contents
            for priority, code in _languages(voice.languages):
                offer = (priority, voice.identifier.decode())
                best[code] = min(best.get(code, offer), offer)
            index += 1
        return {code: identifier for code, (_, identifier) in sorted(best.items())}

    def speak(self, text: str, voice: str, speed: int) -> bytes:
        """Samples of `text` in `voice` at `speed` words per minute."""
        self._samples.clear()
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            return b""
        self._library.espeak_SetParameter(_RATE_PARAMETER, speed, 0)
        written = text.replace("\0", " ").encode()
        self._library.espeak_Synth(
            written, ctypes.c_size_t(len(written) + 1), 0, 1, 0, _UTF8, None, None
        )
        return bytes(self._samples)


def _languages(place: int) -> Iterator[tuple[int, str]]:
    """A voice's list of languages: a priority byte and a code, ended by zero, until a zero byte."""
    while priority := ctypes.string_at(place, 1)[0]:
        code = ctypes.string_at(place + 1)
        yield priority, code.decode().lower()
        place += 2 + len(code)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    speaker = _Speaker()
    answers.write(json.dumps({"voices": speaker.voices()}).encode() + b"\n")
    answers.flush()
    for line in requests:
        request = json.loads(line)
        samples = speaker.speak(request["text"], request["voice"], request["speed"])
        head = {"rate": speaker.rate, "bytes": len(samples)}
        answers.write(json.dumps(head).encode() + b"\n" + samples)
        answers.flush()


def main() -> None:
    """Serve on the standard streams; never outlive the process that started us."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started us
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
