"""What phones do when they are rung: the same words for the in-memory and the real Asterisk."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answers:
    """Rings, answers after so many seconds, and hangs up after talking for so many (or never).

    With `early_media` it sends 183 and audio of its own instead of ringing. A key in `presses` is
    pressed so many seconds after the answer.
    """

    after: float = 1.0
    talks: float | None = None
    early_media: bool = False
    presses: str = ""
    presses_after: float = 1.0


@dataclass(frozen=True)
class Silent:
    """Rings until it is cancelled."""


@dataclass(frozen=True)
class Busy:
    """486 Busy Here."""

    after: float = 0.1


@dataclass(frozen=True)
class Declines:
    """603 Decline."""

    after: float = 0.1


@dataclass(frozen=True)
class Redirects:
    """302 Moved Temporarily, to an outside number."""

    after: float = 0.1


Behaviour = Answers | Silent | Busy | Declines | Redirects


@dataclass(frozen=True)
class Phone:
    """A phone with one registered contact for each behaviour; `state` is its device state."""

    extension: str
    behaviours: tuple[Behaviour, ...] = (Silent(),)
    registered: bool = True
    state: str = "NOT_INUSE"

    @property
    def contacts(self) -> int:
        return len(self.behaviours)


def phone(extension: str, *behaviours: Behaviour) -> Phone:
    return Phone(extension, behaviours or (Silent(),))


def unregistered(extension: str) -> Phone:
    return Phone(extension, (Silent(),), registered=False, state="UNAVAILABLE")


def on_another_call(extension: str) -> Phone:
    return Phone(extension, (Silent(),), state="INUSE")
