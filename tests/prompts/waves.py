"""WAV files of every kind, made in memory."""

import io

import numpy as np
import numpy.typing as npt
import soundfile


def tone(
    rate: int = 44_100, seconds: float = 1.0, hertz: float = 440.0, level: float = 0.5
) -> npt.NDArray[np.float64]:
    """A sine."""
    time = np.arange(int(rate * seconds)) / rate
    return level * np.sin(2 * np.pi * hertz * time)


def wav(
    samples: npt.NDArray[np.float64], rate: int, subtype: str = "PCM_16", kind: str = "WAV"
) -> bytes:
    """A file with these samples; one column is one channel."""
    written = io.BytesIO()
    soundfile.write(written, samples, rate, subtype=subtype, format=kind)
    return written.getvalue()


def heard(content: bytes) -> tuple[npt.NDArray[np.float64], int]:
    """Samples and rate of a WAV file."""
    samples, rate = soundfile.read(io.BytesIO(content))
    return samples, rate


def pitch(content: bytes) -> float:
    """The strongest frequency, in Hz."""
    samples, rate = heard(content)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))
