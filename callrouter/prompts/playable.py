"""What a message becomes, and why one does not. Without the libraries that compute with sound: to
import them takes a quarter of a second, and most starts find every message made already.
"""

from dataclasses import dataclass


class PromptError(Exception):
    """A message that cannot be made into sound; `remedy` is what the admin can do."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Playable:
    """The bytes of the files Asterisk plays, by suffix, and their length in seconds."""

    files: dict[str, bytes]
    seconds: float
