"""Which passwords will do, and how those who sign in wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.console.pages.people_words import browser_name
from callrouter.console.people.attempts import LONGEST_WAIT, wait_after
from callrouter.console.people.passwords import LONGEST, Passwords, demand_good
from callrouter.console.people.said import Refused
from tests.console.people import QUICK


@pytest.mark.parametrize(
    "password",
    [
        "seven green tables",
        "correct horse battery staple",
        "lipa cveta maj 77",
        "أربع كلمات عربية",
        "x7#kQ9!mZ2",
        "Šljiva-i-kajsija",
        "aaaaaaaaaab-and-more",
        " spaces are signs too ",
        "a" + "bc" * 5 + "different",
        "y" * 100 + "z7 and so on",
    ],
)
def test_these_will_do(password: str) -> None:
    demand_good(password, "ana", "Ana Anić")


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "too short"),
        ("x7#kQ9!mZ", "too short"),
        ("x" * (LONGEST + 1), "too long"),
        ("password123", "first that are guessed"),
        ("PASSWORD!!!2026", "first that are guessed"),
        ("qwertyuiop", "first that are guessed"),
        ("Qwerty123456", "first that are guessed"),
        ("1234567890", "first that are guessed"),
        ("0987654321", "first that are guessed"),
        ("987654321987654321", "first that are guessed"),
        ("aaaaaaaaaaaaaaa", "first that are guessed"),
        ("abcabcabcabcabc", "first that are guessed"),
        ("abcdefghijklm", "first that are guessed"),
        ("manchester", "first that are guessed"),
        ("monkey123456", "first that are guessed"),
        ("ana_anic_1999", "the name"),
        ("ANA_ANIC!!", "the name"),
        ("callrouter1", "the name"),
        ("Petrović-1234", "the name"),
    ],
)
def test_these_will_not(password: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        demand_good(password, "ana_anic", "Ana Petrović")


def test_a_name_of_digits_forbids_no_other_digits() -> None:
    demand_good("8305517264", "1001")


async def test_the_same_signs_are_the_same_password_however_they_are_typed() -> None:
    passwords = Passwords(QUICK)
    stored = await passwords.hashed("Ana Ani\u0107 svuda")
    assert await passwords.right("Ana Anic\u0301 svuda", stored)
    assert not await passwords.right("Ana Anic svuda", stored)
    passwords.close()


@pytest.mark.parametrize("stored", [None, "", "nonsense", "$argon2id$v=19$m=8,t=1,p=1$x$y"])
async def test_what_is_no_hash_fits_no_password(stored: str | None) -> None:
    passwords = Passwords(QUICK)
    for password in ("", "nobody's", "anything \ud800"):
        assert not await passwords.right(password, stored)
    passwords.close()


async def test_hashes_are_argon2id_with_the_effort_of_rfc_9106() -> None:
    passwords = Passwords()
    assert (await passwords.hashed("x")).startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert passwords.outdated(QUICK.hash("x"))
    passwords.close()


@given(st.integers(0, 10**6))
def test_waits_never_shrink_and_never_end(failures: int) -> None:
    assert wait_after(failures) <= wait_after(failures + 1) <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/142.0 Safari/537.36 Edg/142.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox, Linux",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("<script>" * 100, ("<script>" * 100)[:40]),
        ("", ""),
    ],
)
def test_a_browser_has_the_name_people_know_it_by(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name
