"""JSON as a hostile or broken sender writes it: odd types, huge, deep, cut off, damaged."""

import json
from typing import Any

from hypothesis import strategies as st

HOSTILE = (
    "",
    "0",
    "\x00",
    "\u202e",
    "\ud800",
    "${EXTEN}",
    "a,b",
    "a|b",
    "a&b",
    "a@b",
    "PJSIP/1001&PJSIP/1002",
    "Local/s@from-trunk",
    "';DROP TABLE calls;--",
    '"<sip:1@x>"',
    "<script>",
    "..%2f..",
    "callrouter-",
    "leg",
    "Ø" * 300,
    "9" * 5000,
)
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20))
SCALARS = st.one_of(
    TEXTS,
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=15,
)
DEEP = st.sampled_from(
    [b"[" * 100_000, b'{"a":' * 50_000, b'{"channel":' + b"[" * 20_000 + b"]" * 20_000 + b"}"]
)


@st.composite
def damaged(draw: st.DrawFn, good: tuple[bytes, ...]) -> bytes:
    """One of these texts: a value in it replaced, cut off, or with other bytes somewhere."""
    text = draw(st.sampled_from(good))
    match draw(st.sampled_from(["replaced", "cut", "bytes"])):
        case "replaced":
            tree = json.loads(text)
            place: Any = tree
            while True:
                keys = list(place) if isinstance(place, dict) else list(range(len(place)))
                if not keys:
                    break
                key = draw(st.sampled_from(keys))
                inside = place[key]
                if isinstance(inside, dict | list) and inside and draw(st.booleans()):
                    place = inside
                    continue
                place[key] = draw(VALUES)
                break
            return json.dumps(tree).encode("utf-8", "surrogatepass")
        case "cut":
            return text[: draw(st.integers(0, len(text)))]
        case _:
            at = draw(st.integers(0, len(text)))
            return text[:at] + draw(st.binary(max_size=8)) + text[at + draw(st.integers(0, 8)) :]
