"""What a caller chooses: name, number, dialled number, keys. He gets one record and no power."""

import re

from hypothesis import given
from hypothesis import strategies as st

from callrouter.ari.http import _caller_id
from callrouter.asterisk_conf.site import plain, quoted
from callrouter.call_record import record_of
from callrouter.commands.terminal import visible
from callrouter.commands.why_words import sentence
from callrouter.db.rows import storable
from callrouter.facts import decode_fact, encode_fact
from callrouter.routing.numbers import NumberPlan
from tests.calls.company import Company, a_day
from tests.fakes.phones import Answers, phone
from tests.fuzz import bounded
from tests.fuzz.json_values import TEXTS

# As Asterisk hands them on: text without lone surrogates, of at most 80 bytes or so.
GIVEN = TEXTS.map(lambda text: text.encode("utf-8", "replace").decode()[:80])


@bounded
@given(GIVEN, GIVEN, st.one_of(st.just("700"), GIVEN))
def test_any_caller_has_one_record_that_can_be_kept_and_shown(
    number: str, name: str, dialled: str
) -> None:
    def script(here: Company) -> None:
        here.asterisk.call(dialled, number, name)
        here.asterisk.hang_up_at("caller", 6.0)

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002")], seconds=60.0)
    record = day.record
    assert (record.caller_number, record.caller_name, record.number) == (number, name, dialled)
    assert visible(sentence(record)).isprintable()
    for fact in day.facts[0]:
        kind, body = storable(fact)
        assert kind
        assert "\x00" not in body
        assert "\\u0000" not in body
        assert decode_fact(encode_fact(fact)) == fact
    assert record_of(day.facts[0]) == record


@bounded
@given(GIVEN, GIVEN)
def test_a_caller_id_that_we_send_is_one_name_and_one_number(name: str, number: str) -> None:
    sent = _caller_id(name, number)
    assert re.fullmatch(r'"[^"<>\\]{0,80}" <[0-9A-Za-z+*#._-]{0,80}>', sent)
    assert sent.isprintable()


@bounded
@given(TEXTS)
def test_nothing_that_is_put_into_an_asterisk_file_ends_its_line_or_its_quotes(text: str) -> None:
    assert not re.search(r"[\x00-\x1f\x7f;]", plain(text))
    assert not re.search(r'[\x00-\x1f\x7f;"\\<>]', quoted(text))


@bounded
@given(TEXTS, st.sampled_from([NumberPlan(), NumberPlan("381"), NumberPlan("1", "1")]))
def test_any_number_is_compared_in_a_short_form(text: str, plan: NumberPlan) -> None:
    assert 0 < len(plan.caller(text)) <= 50
