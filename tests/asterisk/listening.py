"""Finding a known sound in what a phone has heard."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from callrouter.local.sound import Sound, silence

PIECE_SECONDS = 0.2
SHIFT_SECONDS = 0.5
"""Where the machine is busy, a phone misses a bit or is late: the pieces after it are elsewhere."""

_Samples = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """`likeness` is 1 for the very same sound, below 0.5 for another; it begins `at` (seconds)."""

    likeness: float
    at: float
    seconds: float

    @property
    def end(self) -> float:
        return self.at + self.seconds


def find(wanted: Path, heard: Sound) -> Found:
    """Where in `heard` the WAV file sounds, and how alike its pieces are (the median of all).

    The last moments of a call may be missing from what was heard.
    """
    reference = Sound.load(wanted).at(heard.rate)
    pattern = reference.samples.astype(np.float64)
    signal = heard.then(silence(0.3)).samples.astype(np.float64)
    if len(signal) < len(pattern):
        return Found(0.0, 0.0, reference.seconds)
    size = 1 << (len(signal) + len(pattern)).bit_length()
    spectrum = np.fft.rfft(signal, size) * np.conj(np.fft.rfft(pattern, size))
    products = np.fft.irfft(spectrum, size)[: len(signal) - len(pattern) + 1]
    best = int(np.argmax(products))
    length, shift = round(PIECE_SECONDS * heard.rate), round(SHIFT_SECONDS * heard.rate)
    alike = [
        _likeness(
            pattern[start : start + length],
            signal[max(0, best + start - shift) : best + start + length + shift],
        )
        for start in range(0, len(pattern) - length + 1, length)
    ]
    return Found(float(np.median(alike)), best / heard.rate, reference.seconds)


def _likeness(piece: _Samples, among: _Samples) -> float:
    """The best normalised cross-correlation of `piece` anywhere in `among`."""
    if len(among) < len(piece):
        return 0.0
    products = np.correlate(among, piece, "valid")
    powers = np.convolve(np.square(among), np.ones(len(piece)), "valid")
    scale = np.sqrt(np.maximum(powers, 1.0)) * max(1.0, float(np.linalg.norm(piece)))
    return float(np.max(products / scale))
