"""A WAV file, or speech samples → the two sound files that Asterisk plays: 8 kHz and 16 kHz, mono.

Files are read block by block, so that a long recording does not cost its size in memory again.
"""

import io
import struct
import wave
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from callrouter.prompts.playable import Playable, PromptError

Samples = npt.NDArray[np.float32]

RATES = {".wav": 8_000, ".wav16": 16_000}
"""File suffix → samples per second, as Asterisk's `wav` and `wav16` formats have it."""

LONGEST_SECONDS = 600
_LOUDEST = 10 ** (-3 / 20)  # speech peaks at -3 dBFS: loud, with room for transcoding
_QUIETEST = 0.003  # below this nobody hears anything on a telephone line
_RATES_ACCEPTED = (4_000, 768_000)
_BLOCK = 1 << 18
_UNKNOWN_SIZE = 0xFFFFFFFF  # written by programs that do not know the length beforehand
_CONVERT = "convert it to WAV, for example with: ffmpeg -i FILE message.wav"


@dataclass(frozen=True, slots=True)
class Pcm:
    """Mono samples in -1…1 at `rate` samples per second."""

    samples: Samples
    rate: int

    @classmethod
    def of_16_bit(cls, samples: bytes, rate: int) -> "Pcm":
        """Of signed little-endian ones."""
        return cls(np.frombuffer(samples, "<i2").astype(np.float32) / np.float32(32_768), rate)

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


def from_wav(content: bytes) -> Playable:
    """The content of a WAV file of any rate, width and number of channels, at its own loudness.

    Raises PromptError for anything else, and for files that are empty, cut off or over 10 minutes.
    """
    _check_whole(content)
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            _check_header(file)
            return _playable(
                {suffix: resampled(file, rate) for suffix, rate in RATES.items()},
                len(file) / file.samplerate,
            )
    except soundfile.LibsndfileError as error:
        raise PromptError(
            f"this kind of WAV file cannot be read ({error.error_string})", _CONVERT
        ) from None


def from_speech(speech: Pcm) -> Playable:
    """What a TTS engine said, made as loud as a telephone line carries well.

    Raises PromptError when there is nothing to hear.
    """
    peak = float(np.max(np.abs(speech.samples), initial=0.0))
    if peak < _QUIETEST:
        raise PromptError(
            "the text has nothing that can be spoken", "write words, in the letters of its language"
        )
    level = speech.samples * np.float32(_LOUDEST / peak)
    return _playable(
        {suffix: soxr.resample(level, speech.rate, rate, "VHQ") for suffix, rate in RATES.items()},
        speech.seconds,
    )


def _playable(by_suffix: dict[str, Samples], seconds: float) -> Playable:
    files = {suffix: _wav(samples, RATES[suffix]) for suffix, samples in by_suffix.items()}
    return Playable(files, round(seconds, 3))


def _wav(samples: Samples, rate: int) -> bytes:
    """16-bit mono WAV with the plain 44-byte header that Asterisk expects."""
    peak = float(np.max(np.abs(samples), initial=0.0))
    if peak > 1:  # a float file beyond full scale, or the overshoot of a resampled square wave
        samples = samples / np.float32(peak)
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.round(samples * 32_767).astype("<i2").tobytes())
    return written.getvalue()


def resampled(file: soundfile.SoundFile, rate: int) -> Samples:
    """The whole file as mono at `rate`; raises PromptError where it holds what is no sound."""
    file.seek(0)
    stream = soxr.ResampleStream(file.samplerate, rate, 1, dtype="float32", quality="VHQ")
    blocks: list[Samples] = []
    for block in file.blocks(max(1, _BLOCK // file.channels), dtype="float32", always_2d=True):
        if not np.isfinite(block).all():
            raise PromptError("the sound file contains values that are no sound", _CONVERT)
        blocks.append(stream.resample_chunk(np.ascontiguousarray(block.mean(axis=1))))
    blocks.append(stream.resample_chunk(np.empty(0, np.float32), last=True))
    return np.concatenate(blocks)


def _check_header(file: soundfile.SoundFile) -> None:
    if file.format not in ("WAV", "WAVEX", "RF64"):
        raise PromptError(f"this is a {file.format} file, not WAV", _CONVERT)
    check_length(file)


def check_length(file: soundfile.SoundFile) -> None:
    """Raises PromptError where a recording is empty, too long, or of a rate nobody records at."""
    if len(file) == 0:
        raise PromptError("the sound file is empty: it has no samples", "record it again")
    lowest, highest = _RATES_ACCEPTED
    if not lowest <= file.samplerate <= highest:
        raise PromptError(
            f"{file.samplerate} samples per second is no rate for speech", "save it with 16,000"
        )
    if len(file) > LONGEST_SECONDS * file.samplerate:
        minutes = len(file) / file.samplerate / 60
        raise PromptError(
            f"the sound file is {minutes:.0f} minutes long; a message has at most "
            f"{LONGEST_SECONDS // 60}",
            "shorten it",
        )


def _check_whole(content: bytes) -> None:
    """That there is a WAV file and all of it: libsndfile takes a cut-off file without a word."""
    if not content:
        raise PromptError("the sound file is empty", "record it again")
    if content[:4] not in (b"RIFF", b"RF64") or content[8:12] != b"WAVE":
        raise PromptError("this is not a WAV file", _CONVERT)
    place = 12
    while place + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        if name == b"data":
            if size != _UNKNOWN_SIZE and place + 8 + size > len(content):
                raise PromptError("the sound file is cut off: its end is missing", "copy it again")
            return
        place += 8 + size + size % 2
    raise PromptError("the sound file is cut off: it has no sound in it", "copy it again")
