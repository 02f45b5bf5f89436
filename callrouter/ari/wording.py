"""How a request to ARI is written, and what an answer says. Pure."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

from callrouter.ari.errors import AriError, Gone, Refused, Unavailable

T = TypeVar("T")


def decoded(what: str, content: bytes, answer: type[T]) -> T:
    """What was asked for; raises Unavailable where it looks otherwise than `answer`."""
    try:
        return msgspec.json.decode(content, type=answer)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unavailable(f"{what}: an answer that is not understood: {error}") from None


def quoted(text: str) -> str:
    """As part of a path or query. Most of what we send says what it says."""
    return text if _SAYS_WHAT_IT_SAYS.fullmatch(text) else quote(text, safe="")


_SAYS_WHAT_IT_SAYS = re.compile(r"[A-Za-z0-9_.~(),-]+")


def target_of(path: str, query: Mapping[str, str] | None) -> str:
    """What is asked for, below the address, quoted."""
    if not query:
        return path
    return f"{path}?{'&'.join(f'{name}={quoted(value)}' for name, value in query.items())}"


def content_of(body: Mapping[str, Any] | None) -> bytes | None:
    """A request's body as JSON."""
    return None if body is None else msgspec.json.encode(body)


def address_of(url: str) -> str:
    """Where ARI is. A name and password in the URL are dropped: they have settings of their own."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if host and not host.isascii():
            host = host.encode("idna").decode("ascii")
    except ValueError:  # a UnicodeError is one
        host = port = None
    if not host or parts.scheme not in ("http", "https"):
        raise Refused("The address of an Asterisk server must look like http://127.0.0.1:8088")
    host = f"[{host}]" if ":" in host else host
    place = host if port is None else f"{host}:{port}"
    return urlunsplit((parts.scheme, place, parts.path.rstrip("/") + "/ari", "", ""))


def error_of(status: int, text: str, means: Mapping[str, type[AriError]]) -> AriError:
    """What `text` means: by words of its own that `means` has, else by its status."""
    for words, error in means.items():
        if words in text:
            return error(text)
    if status in (404, 409, 412):
        return Gone(text)
    return Unavailable(text) if status >= 500 else Refused(text)


def message_of(content: bytes) -> str:
    """Why, in Asterisk's words."""
    try:
        answer = msgspec.json.decode(content)
        return str(answer.get("message") or answer.get("error") or answer)
    except (msgspec.DecodeError, AttributeError, RecursionError):
        return content[:200].decode(errors="replace")
