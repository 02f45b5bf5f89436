"""The largest of what was noted within the last minute."""

import time
from collections import deque

WINDOW_SECONDS = 60.0


class Worst:
    """`note` values, ask for the `value`: 0 where there was none."""

    def __init__(self) -> None:
        self._noted: deque[tuple[float, float]] = deque()

    def note(self, value: float) -> None:
        now = time.monotonic()
        while self._noted and self._noted[-1][1] <= value:
            self._noted.pop()
        self._noted.append((now, value))
        self._forget(now)

    @property
    def value(self) -> float:
        self._forget(time.monotonic())
        return self._noted[0][1] if self._noted else 0.0

    def _forget(self, now: float) -> None:
        while self._noted and self._noted[0][0] < now - WINDOW_SECONDS:
            self._noted.popleft()
