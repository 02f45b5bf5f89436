"""Who looks on while we talk with Asterisk: told of every request and of events that were late."""

from typing import Protocol


class Watcher(Protocol):
    """Never waits, never fails."""

    def request(self, method: str, path: str, seconds: float, failed: str) -> None:
        """A request is over; `failed` is the name of its AriError, empty where it went well."""
        ...

    def event(self, lag: float) -> None:
        """An event is here, so many seconds after Asterisk's own time of it."""
        ...


class Unwatched:
    """Nobody looks on."""

    def request(self, method: str, path: str, seconds: float, failed: str) -> None:
        pass

    def event(self, lag: float) -> None:
        pass
