"""The single values of a configuration: what is accepted, what it becomes, what to write instead.

Each function takes what was written and returns the value, or raises Fault. Forgiving where only
one meaning is possible (`9:00`, `mon`), strict where a guess could send a call astray.
"""

import re
from collections.abc import Callable, Collection
from enum import StrEnum
from typing import TypeVar

from callrouter.config.problems import Fault, did_you_mean, quoted
from callrouter.routing.admission import Refuse
from callrouter.routing.model import CallRouting, Greet, Order, Ringback

LONGEST_NAME = 64
LONGEST_REMARK = 200
LONGEST_TEXT = 2_000
LONGEST_PATH = 1_000

_JOINERS = "\u200c\u200d"  # invisible, but part of the spelling in Persian and Indian scripts
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")
_DECIMAL = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
_MUSIC_CLASS = re.compile(r"[0-9A-Za-z_.-]{1,64}")
_YES = {"true", "yes", "on"}
_NO = {"false", "no", "off"}
_Choice = TypeVar("_Choice", bound=StrEnum)


def name(written: str) -> str:
    """The name of an agent, a group, settings or a skill: printable, 1 to 64 characters."""
    if not written:
        raise Fault("the name is empty", "write a name")
    if len(written) > LONGEST_NAME:
        raise Fault(f"{quoted(written)} is longer than {LONGEST_NAME} characters", "shorten it")
    if written != written.strip():
        raise Fault(f"{quoted(written)} begins or ends with a space", "remove the space")
    for c in written:
        if not (c.isprintable() or c in _JOINERS):
            raise Fault(
                f"{quoted(written)} contains the invisible character U+{ord(c):04X}", "remove it"
            )
    return written


def sentence(written: str) -> str:
    """A text to be spoken, up to 2,000 characters; line breaks are pauses."""
    text = written.strip()
    if not text:
        raise Fault("the text is empty", "write what the caller shall hear, or remove the field")
    if len(text) > LONGEST_TEXT:
        raise Fault(
            f"the text has {len(text):,} characters; no more than {LONGEST_TEXT:,} are spoken",
            "shorten it, or record it and give a sound file",
        )
    for c in text:
        if (c < " " and c not in "\t\n\r") or "\x7f" <= c < "\xa0" or "\ud800" <= c < "\ue000":
            raise Fault(f"the text contains the control character U+{ord(c):04X}", "remove it")
    return text


def file_path(written: str) -> str:
    """The path of a file as written; whether it exists is seen later."""
    if not written.strip():
        raise Fault("the path is empty", "write a path, or remove the field")
    if len(written) > LONGEST_PATH or not written.isprintable():
        raise Fault(f"{quoted(written)} is not a path", "write the path of a file")
    return written


def short_code(written: str) -> str:
    """A country or a part of one, as it is called by the library that knows its holidays."""
    text = written.strip()
    if not 1 <= len(text) <= LONGEST_NAME or not text.isprintable():
        raise Fault(f"{quoted(written)} is not a code", "write a code such as RS")
    return text


def language(written: str) -> str:
    """A language code in small letters: `en`, `sr-Latn` → `sr-latn`."""
    if not _LANGUAGE.fullmatch(written):
        raise Fault(
            f"{quoted(written)} is not a language code", "write a code such as en, ar or sr"
        )
    return written.lower().replace("_", "-")


def remark(written: str) -> str:
    """Who said something or why: one line of up to 200 characters."""
    text = written.strip()
    if not text:
        raise Fault("nothing is written here", "write a few words, or remove the field")
    if len(text) > LONGEST_REMARK:
        raise Fault(f"this is longer than {LONGEST_REMARK} characters", "shorten it")
    if not all(c.isprintable() or c in _JOINERS for c in text):
        raise Fault(f"{quoted(text)} contains an invisible character", "remove it")
    return text


def flag(written: str) -> bool:
    """`true` or `false`, also `yes`, `no`, `on` and `off`."""
    folded = written.strip().lower()
    if folded not in _YES | _NO:
        raise Fault(f"{quoted(written)} is neither true nor false", "write true or false")
    return folded in _YES


def music_class(written: str) -> str:
    """The name of a music class in Asterisk's musiconhold.conf."""
    if not _MUSIC_CLASS.fullmatch(written):
        raise Fault(
            f"{quoted(written)} is not the name of a music class",
            "write letters and digits, such as default",
        )
    return written


def folded(written: str) -> str:
    """How words are compared that may be written `longest_idle`, `Longest idle`, `longest-idle`."""
    return "".join(c for c in written if c not in "_- ").lower()


def _choice(kind: Collection[_Choice] | type[_Choice], what: str) -> Callable[[str], _Choice]:
    known = {folded(each): each for each in kind}

    def choose(written: str) -> _Choice:
        chosen = known.get(folded(written))
        if chosen is None:
            remedy = did_you_mean(written, kind) or "write one of " + ", ".join(kind)
            raise Fault(f"{quoted(written)} is not {what}", remedy)
        return chosen

    return choose


call_routing = _choice(CallRouting, "a way of routing calls")
order = _choice(Order, "an order of agents")
greet = _choice(Greet, "a time to greet")
ringback = _choice(Ringback, "what a caller can hear while agents ring")


_TURNED_AWAY = (Refuse.BUSY, Refuse.CONGESTION, Refuse.REJECTED)
when_full = _choice(
    (Refuse.BUSY, Refuse.CONGESTION, Refuse.MESSAGE, Refuse.SAFETY_NET),
    "what callers can get for whom there is no room",
)
too_many_calls = _choice(_TURNED_AWAY, "what callers can get who call too often")
blocked_answer = _choice((*_TURNED_AWAY, Refuse.MESSAGE), "what blocked callers can get")


class PhonesRing(StrEnum):
    """How the phones of one agent ring."""

    TOGETHER = "together"
    IN_ORDER = "in_order"


phones_ring = _choice(PhonesRing, "a way to ring several phones")


def number_of(
    unit: str, lowest: float, highest: float, *, whole: bool = False
) -> Callable[[str | float], float]:
    """A function that accepts a number from `lowest` to `highest`; `unit` is empty or in words."""
    shown = f" {unit}" if unit else ""
    remedy = f"write a {'whole ' if whole else ''}number from {lowest:g} to {highest:g}"

    def accept(written: str | float) -> float:
        text = str(written).strip()
        if not _DECIMAL.fullmatch(text):
            of = f" of{shown}" if unit else ""
            raise Fault(f"{quoted(str(written))} is not a number{of}", remedy)
        value = float(text)
        if not lowest <= value <= highest:
            raise Fault(f"{quoted(str(written))} is out of range", f"{remedy}{shown}")
        if whole and value != int(value):
            raise Fault(f"{quoted(str(written))} is not a whole number", remedy)
        return int(value) if whole else value

    return accept


skill_level = number_of("", 1, 100, whole=True)
wave_size = number_of("agents", 1, 1000, whole=True)
ring_seconds = number_of("seconds", 1, 600)
max_ring_seconds = number_of("seconds", 1, 3600)
stagger_seconds = number_of("seconds", 1, 600)
wrap_up_seconds = number_of("seconds", 0, 3600)
delay_seconds = number_of("seconds", 0, 3600)
greeted_minutes = number_of("minutes", 0, 10_080)
max_calls = number_of("calls", 1, 100_000, whole=True)
calls_per_minute = number_of("calls", 1, 1000, whole=True)
lag_seconds = number_of("seconds", 0, 60)
