"""Numbers and phones of a configuration: what is dialled, and what rings.

Strict where something goes to Asterisk as it is. See `values` for how these functions work.
"""

import re

from callrouter.config.problems import Fault, quoted
from callrouter.routing.numbers import named_caller, normalize_number

_NUMBER = re.compile(r"\+?[0-9A-Za-z*#_]{1,40}")
_EXTENSION = re.compile(r"[0-9*#]{1,20}")
_PHONE = re.compile(r"PJSIP/[0-9A-Za-z_.+*#-]{1,64}(?:@[0-9A-Za-z_.-]{1,64})?")
_ENDPOINT = re.compile(r"[0-9A-Za-z_.+*#-]{1,64}")
_TRUNK = re.compile(r"[0-9A-Za-z_.-]{1,64}")
_OUTSIDE = re.compile(r"\+?[0-9]{2,30}")
_COUNTRY = re.compile(r"[1-9][0-9]{0,2}")
_PREFIX = re.compile(r"[0-9]{0,4}")
_CODE = re.compile(r"[*#][0-9*#]{1,9}")


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


def trunk(written: str) -> str:
    """The name of the PJSIP endpoint of a provider."""
    if not _TRUNK.fullmatch(written):
        raise Fault(
            f"{quoted(written)} is not the name of a trunk",
            "write the name of its endpoint in pjsip.conf, such as provider",
        )
    return written


def outside_number(written: str) -> str:
    """A number of the outside world, in the form in which it is dialled."""
    normal = normalize_number(written)
    if not _OUTSIDE.fullmatch(normal):
        raise Fault(f"{quoted(written)} is not an outside number", 'write it as "+381641234567"')
    return normal


def allowed_numbers(written: str) -> str:
    """An outside number, or the beginning of outside numbers and a `*`."""
    text = written.strip()
    beginning = normalize_number(text.removesuffix("*"))
    if not _OUTSIDE.fullmatch(beginning):
        raise Fault(
            f"{quoted(written)} is neither a number nor the beginning of numbers",
            'write it as "+381641234567", or "+38111*" for all that begin so',
        )
    return beginning + ("*" if text.endswith("*") else "")


def feature_code(written: str) -> str:
    """What an agent dials to ask for something: `*` or `#`, then digits; 2 to 10 in all.

    With a digit at its beginning the dialplan would take it for a number.
    """
    if not _CODE.fullmatch(written):
        raise Fault(
            f"{quoted(written)} is not a feature code",
            'write * or # and 1 to 9 digits, such as "*11"',
        )
    return written


def pause_digit(written: str) -> str:
    """The digit that is dialled after the pause code."""
    if not (len(written) == 1 and written in "0123456789"):
        raise Fault(f"{quoted(written)} is not a single digit", 'write "0" to "9"')
    return written


def caller(written: str) -> str:
    """A caller's number, the beginning of numbers and a `*`, or `anonymous`."""
    text = named_caller(written)
    if text is None:
        raise Fault(
            f"{quoted(written)} is neither a caller's number nor the beginning of numbers",
            'write it as "+381641234567", "+38190*" for all that begin so, or anonymous',
        )
    return text


def country_code(written: str) -> str:
    """The digits of a country's code: `+381` → `381`."""
    code = normalize_number(written).removeprefix("+")
    if not _COUNTRY.fullmatch(code):
        raise Fault(f"{quoted(written)} is not a country code", 'write one such as "+381"')
    return code


def national_prefix(written: str) -> str:
    """The digits that a number begins with which is dialled within the country; may be none."""
    prefix = written.strip()
    if not _PREFIX.fullmatch(prefix):
        remedy = 'write the digits before a number that is dialled within the country, such as "0"'
        raise Fault(f"{quoted(written)} is not such a prefix", remedy)
    return prefix
