"""Finding a known sound in what a phone has heard."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from callrouter.local.sound import Sound, silence


@dataclass(frozen=True)
class Found:
    """`likeness` is 1 for the very same sound, near 0 for another; `at` is where it begins (s)."""

    likeness: float
    at: float
    seconds: float

    @property
    def end(self) -> float:
        return self.at + self.seconds


def find(wanted: Path, heard: Sound) -> Found:
    """Where in `heard` the WAV file sounds, and how alike: normalised cross-correlation.

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
    piece = signal[best : best + len(pattern)]
    scale = float(np.linalg.norm(piece) * np.linalg.norm(pattern)) or 1.0
    return Found(float(products[best]) / scale, best / heard.rate, reference.seconds)
