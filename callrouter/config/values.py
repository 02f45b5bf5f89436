"""The single values of a configuration: what is accepted, what it becomes, what to write instead.

Each function takes what was written and returns the value, or raises Fault. Forgiving where only
one meaning is possible (`9:00`, `mon`), strict where a guess could send a call astray.
"""

import functools
import re
import zoneinfo

from callrouter.config.problems import Fault, did_you_mean, quoted
from callrouter.routing.hours import DAY_SECONDS, WEEKDAYS, Weekday
from callrouter.routing.model import CallRouting, normalize_number

LONGEST_NAME = 64
LONGEST_TEXT = 2_000
LONGEST_PATH = 1_000
RING_SECONDS = (1, 600)
MAX_RING_SECONDS = (1, 3600)
SKILL_LEVELS = (1, 100)

_JOINERS = "\u200c\u200d"  # invisible, but part of the spelling in Persian and Indian scripts
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_NEARLY_TIME = re.compile(
    r"([0-9]{1,2})(?:[.:h,]([0-9]{2}))?\s*(am|pm|a\.m\.|p\.m\.|h)?", re.IGNORECASE
)
_NUMBER = re.compile(r"\+?[0-9A-Za-z*#_]{1,40}")
_EXTENSION = re.compile(r"[0-9*#]{1,20}")
_PHONE = re.compile(r"PJSIP/[0-9A-Za-z_.+*#-]{1,64}(?:@[0-9A-Za-z_.-]{1,64})?")
_ENDPOINT = re.compile(r"[0-9A-Za-z_.+*#-]{1,64}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")
_DECIMAL = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")


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


def sound_path(written: str) -> str:
    """The path of a sound file as written; whether it exists is seen later."""
    if not written.strip():
        raise Fault("the path of the sound file is empty", "write a path, or remove the field")
    if len(written) > LONGEST_PATH or not written.isprintable():
        raise Fault(f"{quoted(written)} is not a path", "write the path of a WAV file")
    return written


def language(written: str) -> str:
    """A language code in small letters: `en`, `sr-Latn` → `sr-latn`."""
    if not _LANGUAGE.fullmatch(written):
        raise Fault(
            f"{quoted(written)} is not a language code", "write a code such as en, ar or sr"
        )
    return written.lower().replace("_", "-")


@functools.cache
def time_zone(written: str) -> str:
    """The name of a time zone in the IANA database."""
    try:
        if _ZONE.fullmatch(written):
            zoneinfo.ZoneInfo(written)
            return written
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise Fault(f"{quoted(written)} is not a time zone", _zone_remedy(written))


@functools.cache
def _zone_remedy(written: str) -> str:
    zones = sorted(zoneinfo.available_timezones())
    # Not Etc/GMT+1 and its like: it is the other way round than it reads, and has no summer time.
    places = [zone for zone in zones if "/" in zone and not zone.startswith("Etc/")]
    near = did_you_mean(written, [*places, "UTC"])
    return near or "write a name such as Europe/Belgrade or UTC"


def weekday(written: str) -> Weekday:
    """`Monday`, also `monday` and `Mon`."""
    folded = written.strip().lower()
    for day in WEEKDAYS:
        if folded in (day.lower(), day[:3].lower()):
            return day
    remedy = did_you_mean(written, WEEKDAYS) or "write one of " + ", ".join(WEEKDAYS)
    if sum(day[:3].lower() in folded for day in WEEKDAYS) > 1:
        remedy = "write one row for each day"
    raise Fault(f"{quoted(written)} is not a day of the week", remedy)


def call_routing(written: str) -> CallRouting:
    """`Sequential` or `Simultaneous`, in any case."""
    for kind in CallRouting:
        if written.strip().lower() == kind.lower():
            return kind
    remedy = did_you_mean(written, CallRouting) or "write " + " or ".join(CallRouting)
    raise Fault(f"{quoted(written)} is not a way of routing calls", remedy)


def start_time(written: str) -> int:
    """A time of day in seconds since midnight, before `24:00`."""
    seconds = _time_of_day(written)
    if seconds == DAY_SECONDS:
        raise Fault("24:00 is the end of a day and cannot be a start", 'write it as "00:00"')
    return seconds


def end_time(written: str) -> int:
    """A time of day in seconds since midnight, up to and including `24:00`."""
    return _time_of_day(written)


def _time_of_day(written: str) -> int:
    match = _TIME.fullmatch(written.strip())
    if match:
        hour, minute, second = (int(group or 0) for group in match.groups())
        seconds = hour * 3600 + minute * 60 + second
        if minute < 60 and second < 60 and seconds <= DAY_SECONDS:
            return seconds
    raise Fault(f"{quoted(written)} is not a time of day", _time_remedy(written))


def _time_remedy(written: str) -> str:
    """The time that was probably meant, as it should be written."""
    match = _NEARLY_TIME.fullmatch(written.strip())
    if match:
        hour, minute, suffix = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
        if suffix.startswith(("a", "p")) and 1 <= hour <= 12:
            hour = hour % 12 + (12 if suffix.startswith("p") else 0)
        elif suffix.startswith(("a", "p")):
            hour = 99
        if hour < 24 and minute < 60:
            return f'write it as "{hour:02}:{minute:02}"'
    return 'write hours and minutes from "00:00" to "24:00", such as "09:30"'


def number(written: str) -> str:
    """A dialled number in the form in which numbers are compared."""
    normal = normalize_number(written)
    words = " " in written.strip() and any(c.isalpha() for c in written)
    if words or not _NUMBER.fullmatch(normal):
        raise Fault(
            f"{quoted(written)} is not a number that can be dialled",
            'write it as "+381111234567" or "700"',
        )
    return normal


def extension(written: str) -> str:
    """An agent's internal number: digits, `*` and `#`, 1 to 20 of them."""
    if not _EXTENSION.fullmatch(written):
        raise Fault(
            f"{quoted(written)} is not an extension", 'write 1 to 20 digits, * or #, such as "1001"'
        )
    return written


def phone(written: str) -> str:
    """An Asterisk dial string for one phone.

    Strict because it goes to Asterisk as it is: `&`, `,`, `|`, `${` and a second `/` would dial
    something else than this phone.
    """
    if not _PHONE.fullmatch(written):
        remedy = "write it as PJSIP/name or PJSIP/number@trunk"
        bare = written.rpartition("/")[2]
        if _ENDPOINT.fullmatch(bare) and written.lower() in (bare.lower(), f"pjsip/{bare.lower()}"):
            remedy = f"write it as PJSIP/{bare}"
        raise Fault(f"{quoted(written)} is not a phone", remedy)
    return written


def skill_level(written: str | int) -> int:
    """How good an agent is at something, 1 to 100."""
    level = _in_range(str(written), *SKILL_LEVELS, "")
    if level != int(level):
        raise Fault(f"{quoted(str(written))} is not a whole number", "write a number from 1 to 100")
    return int(level)


def ring_seconds(written: str | float) -> float:
    """How long one agent is rung, 1 to 600 seconds."""
    return _in_range(str(written), *RING_SECONDS, " seconds")


def max_ring_seconds(written: str | float) -> float:
    """How long a call rings in all, 1 to 3600 seconds."""
    return _in_range(str(written), *MAX_RING_SECONDS, " seconds")


def _in_range(written: str, lowest: int, highest: int, unit: str) -> float:
    remedy = f"write a number from {lowest} to {highest}"
    if not _DECIMAL.fullmatch(written.strip()):
        raise Fault(f"{quoted(written)} is not a number" + (f" of{unit}" if unit else ""), remedy)
    value = float(written)
    if not lowest <= value <= highest:
        raise Fault(f"{quoted(written)} is out of range", f"{remedy}{unit}")
    return value
