"""What was written down, perhaps by another version or by a broken disk: facts, the spool."""

import tempfile
import zlib
from pathlib import Path
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from callrouter.call_record import record_of
from callrouter.db.fact_files import Kept
from callrouter.db.rows import storable
from callrouter.db.spool import Spool
from callrouter.facts import Fact, decode_fact, encode_fact
from tests.db.sample_calls import abandoned, answered, call_id
from tests.fuzz import bounded
from tests.fuzz.json_values import DEEP, damaged
from tests.plausible_calls import calls

GOOD = tuple(encode_fact(fact) for fact in (*answered(), *abandoned()))


def read(body: bytes) -> Fact | None:
    try:
        return decode_fact(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


@bounded
@given(st.one_of(st.binary(max_size=200), damaged(GOOD), DEEP))
def test_any_bytes_are_a_fact_or_refused(body: bytes) -> None:
    fact = read(body)
    if fact is not None:
        assert decode_fact(encode_fact(fact)) == fact


@bounded
@given(calls(), st.data())
def test_any_beginning_and_any_order_of_facts_is_a_record(
    facts: list[Fact], data: st.DataObject
) -> None:
    rest = data.draw(st.permutations(facts[1:]))
    record_of([facts[0], *rest])


def line(text: bytes) -> bytes:
    """As the spool writes it: with a checksum that is right."""
    return b"%08x %s\n" % (zlib.crc32(text), text)


LINES = st.one_of(
    st.binary(max_size=80).map(lambda text: line(text.replace(b"\n", b" "))),
    damaged(GOOD).map(
        lambda body: line(b"%s 0 %s" % (call_id(7).hex.encode(), body.replace(b"\n", b" ")))
    ),
    st.binary(max_size=80),
)


@bounded
@given(st.lists(LINES, max_size=6), st.sampled_from(["a.facts", "x-1-1.facts", "3-1-1.facts"]))
def test_whatever_lies_in_the_spool_what_is_good_there_is_found(
    lines: list[bytes], name: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, name).write_bytes(b"".join(lines))
        spool = Spool(Path(folder))
        good = {call_id(1): answered(), call_id(2): abandoned()}
        for call, facts in good.items():
            spool.keep(Kept(call, seq, storable(fact)[1]) for seq, fact in enumerate(facts))
        spool.close()
        other = Spool(Path(folder))
        assert isinstance(other.unfinished(), dict)
        found: dict[UUID, list[Fact]] = {}
        for batch in other.calls():
            found |= batch
        assert {call: found[call] for call in good} == good
        assert list(other.calls()) == []
