"""A piece of sound in memory: what a software phone says and what it has heard.

Pure but for `load` and `save`. Levels are in decibels below full scale; silence is -96.
"""

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

SILENCE_LEVEL = -96.0
_FULL_SCALE = 32768.0
_WINDOW_SECONDS = 0.2

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Mono, 16 bit, `rate` samples a second."""

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    def part(self, start: float, end: float | None = None) -> "Sound":
        """From `start` to `end`, in seconds from the beginning."""
        stop = None if end is None else round(end * self.rate)
        return Sound(self.samples[round(start * self.rate) : stop], self.rate)

    def level(self) -> float:
        """The average level, in dB below full scale."""
        if not len(self.samples):
            return SILENCE_LEVEL
        power = float(np.mean(np.square(self.samples.astype(np.float64) / _FULL_SCALE)))
        return max(SILENCE_LEVEL, 10 * float(np.log10(power))) if power else SILENCE_LEVEL

    def loudest(self) -> float:
        """The level of the loudest fifth of a second."""
        window = round(_WINDOW_SECONDS * self.rate)
        starts = range(0, max(1, len(self.samples) - window + 1), max(1, window // 2))
        return max(Sound(self.samples[i : i + window], self.rate).level() for i in starts)

    def tone_seconds(self, frequency: float, *, share: float = 0.5) -> float:
        """For how long a tone of `frequency` made up at least `share` of what was heard."""
        window = round(0.05 * self.rate)
        count = len(self.samples) // window
        if not count:
            return 0.0
        pieces = self.samples[: count * window].astype(np.float64).reshape(count, window)
        angles = 2 * np.pi * frequency * np.arange(window) / self.rate
        tone = (2 / window) * np.abs(pieces @ np.exp(-1j * angles)) ** 2 / 1.0
        whole = np.sum(np.square(pieces), axis=1)
        audible = whole / window > (_FULL_SCALE * 10 ** (-50 / 20)) ** 2
        return float(np.sum(audible & (tone > share * whole))) * window / self.rate

    def at(self, rate: int) -> "Sound":
        """The same, with `rate` samples a second."""
        if rate == self.rate:
            return self
        converted = soxr.resample(self.samples, self.rate, rate)
        return Sound(converted.astype(np.int16), rate)

    def then(self, other: "Sound") -> "Sound":
        """This, and `other` after it."""
        return Sound(np.concatenate([self.samples, other.at(self.rate).samples]), self.rate)

    def save(self, path: Path) -> None:
        """Write a WAV file."""
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self.rate)
            file.writeframes(self.samples.tobytes())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a sound file of any usual kind; several channels become one."""
        samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
        return cls(samples.mean(axis=1).astype(np.int16), rate)

    @classmethod
    def of_bytes(cls, pcm: bytes, rate: int) -> Self:
        return cls(np.frombuffer(pcm[: len(pcm) // 2 * 2], np.int16), rate)


def tone(frequency: float, seconds: float, *, rate: int = 8000, level: float = -12.0) -> Sound:
    """A sine tone whose peak is `level` dB below full scale."""
    angles = 2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate
    return Sound((np.sin(angles) * _FULL_SCALE * 10 ** (level / 20)).astype(np.int16), rate)


def silence(seconds: float, *, rate: int = 8000) -> Sound:
    return Sound(np.zeros(round(seconds * rate), np.int16), rate)
