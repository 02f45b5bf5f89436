"""`callrouter block` and `unblock`, with a real PostgreSQL."""

from pathlib import Path

import pytest

from tests.commands.test_live_changes import CONFIG, Ask, ask  # noqa: F401 - a fixture

pytestmark = pytest.mark.postgres

LIMITED = (
    CONFIG
    + """
country_code: "+381"
blocked_callers:
  - {number: "+38190*", answer: busy, note: lottery}
  - anonymous
"""
)


@pytest.fixture(autouse=True)
def limited(ask: Ask, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "callrouter.yaml").write_text(LIMITED)


def test_a_caller_is_blocked_shown_and_let_in_again(ask: Ask) -> None:  # noqa: F811
    said = ask("block", "064 123 4567", "--note", "calls at night", "--by", "sofia")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("0641234567 is blocked, by sofia (calls at night).\n")
    listed = ask("block").out
    assert "0641234567" in listed
    assert "lottery" in listed
    assert "anonymous" in listed
    simulated = ask("simulate", "--to", "700", "--from", "+381641234567", "--live")
    assert "is refused: he is turned away (403)." in simulated.out
    assert "0641234567 is blocked, by sofia (calls at night)" in simulated.out
    ended = ask("unblock", "+381641234567")
    assert (ended.code, ended.out) == (0, "+381641234567 is let in again.\n")
    again = ask("unblock", "+381641234567")
    assert again.code == 2
    assert "nobody has blocked it" in again.err


def test_what_the_configuration_blocks_is_changed_there(ask: Ask) -> None:  # noqa: F811
    said = ask("unblock", "+381901234567")
    assert said.code == 2
    assert "numbers that begin with +38190 are blocked (lottery)" in said.err
    assert "changed there" in said.err


def test_json_and_what_cannot_be_blocked(ask: Ask) -> None:  # noqa: F811
    made = ask("block", "+38165*", "--answer", "busy", "--json").json
    assert (made["number"], made["answer"], made["state"]) == ("+38165*", "busy", "blocked")
    assert {each["number"] for each in ask("block", "--json").json} == {
        "+38165*",
        "+38190*",
        "anonymous",
    }
    refused = ask("block", "${EXTEN}")
    assert refused.code == 1
    assert "neither a number" in refused.err
    without = ask("block", "+38165", "--answer", "message")
    assert (without.code, "blocked_message" in without.err) == (1, True)


def test_simulate_by_the_file_alone(ask: Ask) -> None:  # noqa: F811
    said = ask("simulate", "--to", "700", "--from", "090123456").out
    assert "is refused: he hears the busy tone (486)." in said
    assert "Numbers that begin with +38190 are blocked (lottery)" in said
    hidden = ask("simulate", "--to", "700", "--from", "anonymous").out
    assert "Callers without a number are blocked" in hidden
