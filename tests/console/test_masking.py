"""What those see of callers who may not know who called."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.console.masking import HIDDEN, masked_name, masked_number, masked_text

TELEPHONE = st.from_regex(r"\A\+?[0-9]{6,15}\Z")
ANYTHING = st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+381641234567", "+38164•••••67"),
        ("0641234567", "064•••••67"),
        ("00381641234567", "0038164•••••67"),
        ("5551234", "•••••34"),
        ("123456", "••••56"),
        ("1001", "1001"),
        ("70012", "70012"),
        ("*45", "*45"),
        ("", ""),
        ("anonymous", HIDDEN),
        ("+381 64 123 4567", HIDDEN),
        ("+", HIDDEN),
        ("+38164123456789012", HIDDEN),
        ("٠٦٤١٢٣٤٥٦٧", HIDDEN),
        ("<script>alert(1)</script>", HIDDEN),
        ("12345\x00", HIDDEN),
        ("12345\n", HIDDEN),
        ("\u202e123456", HIDDEN),
        ("1" * 10_000, HIDDEN),
    ],
    ids=repr,
)
def test_numbers(number: str, shown: str) -> None:
    assert masked_number(number) == shown


@given(TELEPHONE)
def test_at_least_four_digits_of_a_telephone_number_are_hidden(number: str) -> None:
    shown = masked_number(number)
    assert len(shown) == len(number)
    assert shown.count("•") == min(5, len(number.removeprefix("+")) - 2)
    assert all(a == b for a, b in zip(shown, number, strict=True) if a != "•")


@given(ANYTHING)
def test_of_anything_else_nothing_is_shown(number: str) -> None:
    if not re.fullmatch(r"\+?[0-9]{6,15}|[0-9*#]{0,5}", number):
        assert masked_number(number) == HIDDEN


@pytest.mark.parametrize("name", ["Ana", "x" * 10_000, "\u202eevil", "0641234567"], ids=str.isalpha)
def test_names_are_hidden_whole(name: str) -> None:
    assert masked_name(name) == HIDDEN


@pytest.mark.parametrize("name", ["", "  "])
def test_without_a_name_there_is_nothing_to_hide(name: str) -> None:
    assert masked_name(name) == name


def test_a_sentence_says_everything_else() -> None:
    text = "Rang Amina of sales (Monday 09:00-17:00); +381641234567 (Petar Petrović) left."
    assert masked_text(text, ["+381641234567"], ["Petar Petrović"]) == (
        "Rang Amina of sales (Monday 09:00-17:00); +38164•••••67 (•••) left."
    )


def test_a_number_is_found_in_its_other_forms() -> None:
    text = "064/1234567, 0641234567 and 00381641234567 rang 700 at 2026-11-24 10:00"
    assert masked_text(text, ["+381641234567"], []) == (
        "064/•••••67, 064•••••67 and 0038164•••••67 rang 700 at 2026-11-24 10:00"
    )


def test_what_a_terminal_would_obey_is_found_where_it_is_written_out() -> None:
    text = r"from \x1b[2J\u202eevil"
    assert masked_text(text, ["\x1b[2J\u202eevil"], []) == f"from {HIDDEN}"


def test_an_extension_and_a_short_name_leave_a_sentence_readable() -> None:
    text = "Rang Amina at 1001; a caller left after 100 s."
    assert masked_text(text, ["1001", ""], ["", "a"]) == (
        f"Rang Amina at 1001; {HIDDEN} caller left after 100 s."
    )


@given(before=ANYTHING, number=TELEPHONE, name=ANYTHING, after=ANYTHING)
def test_no_sentence_holds_the_number_or_the_name(
    before: str, number: str, name: str, after: str
) -> None:
    shown = masked_text(f"{before} {number} ({name}) {after}", [number], [name])
    assert number not in shown
    if len(name.strip()) >= 4 and "•" not in name:
        assert name.strip() not in shown
