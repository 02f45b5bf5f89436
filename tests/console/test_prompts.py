"""Messages and sounds through the API, and what forms offer."""

import io
import wave
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from sqlalchemy import text

from callrouter.config.load import load_file
from callrouter.console.api import choices, prompts
from callrouter.console.bench.sounds import safe_name
from callrouter.console.bench.voice import spoken_now
from callrouter.db.api_tokens import Scope
from callrouter.db.engine import transaction
from callrouter.routing.model import Prompt
from tests.console.conftest import Client
from tests.console.test_configuration import office, saved

NOISE = np.random.default_rng(1).uniform(-0.3, 0.3, 8_000).astype(np.float32)


def recording(kind: str = "WAV", rate: int = 8_000) -> bytes:
    written = io.BytesIO()
    soundfile.write(written, NOISE, rate, format=kind)
    return written.getvalue()


async def upload(api: Client, name: str, content: bytes, **headers: str) -> Any:
    return await api.ask("POST", f"/configuration/sounds?name={name}", content=content,
                         headers=headers)  # fmt: skip


@pytest.mark.postgres
async def test_every_message_says_where_it_is_and_who_hears_it(stored_api: Client) -> None:
    document = office()
    document["holiday_calendars"] = {
        "serbia": {"country": "RS", "message": "A holiday. We open again {reopens_at}."}
    }
    settings = document["incoming_call_settings"]["head-office"]
    settings["holidays"] = ["serbia"]
    settings["language"] = "sr"
    await saved(stored_api, document)
    answer = (await stored_api.ask("GET", "/configuration/prompts")).json()
    prompts.PromptsOut.model_validate(answer)
    shown = {tuple(each["path"]): each for each in answer["prompts"]}
    own = shown["incoming_call_settings", "head-office", "closed_message"]
    assert (own["text"], own["language"], own["placeholder"], own["used_by"]) == (
        *("We are closed.", "sr", False, ["head-office"]),
    )
    holiday = shown["holiday_calendars", "serbia", "message"]
    assert (holiday["language"], holiday["placeholder"], holiday["used_by"]) == (
        *("en", True, ["head-office"]),
    )


@pytest.mark.postgres
async def test_a_text_is_heard_as_a_caller_hears_it(stored_api: Client) -> None:
    await saved(stored_api, office())
    asked = {"text": "Closed. We open again {reopens_at}.", "language": "en",
             "settings": "head-office"}  # fmt: skip
    answer = await stored_api.ask("POST", "/configuration/prompts/listen", json=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert sound.getframerate() == 16_000
        assert sound.getnframes() > 16_000
    unknown = await stored_api.ask(
        "POST", "/configuration/prompts/listen", json={"text": "x", "language": "qq"}
    )
    assert unknown.status_code == 422
    assert "does not speak" in unknown.json()["detail"]


@pytest.mark.postgres
@pytest.mark.parametrize(
    "sound", ["../../../etc/passwd", "/etc/passwd", "none.wav", "\x00", ".", "a" * 900]
)
async def test_only_sounds_of_the_folder_are_heard(stored_api: Client, sound: str) -> None:
    await saved(stored_api, office())
    answer = await stored_api.ask("POST", "/configuration/prompts/listen", json={"sound": sound})
    assert answer.status_code in (404, 422), answer.text
    assert "root:" not in answer.text


def test_the_placeholder_says_the_present_answer(tmp_path: Path) -> None:
    file = tmp_path / "callrouter.yaml"
    file.write_text(
        "timezone: Europe/Belgrade\nagents: {a: {extension: 1001}}\n"
        "agent_groups: {g: {members: [a]}}\nincoming_call_settings:\n  s:\n    numbers: [700]\n"
        "    agent_unavailable_message: Nobody.\n    call_handling_schedule:\n"
        "      - {days: Mon-Fri, from_time: 09:00, to_time: 17:00, agent_group: g}\n"
    )
    table = load_file(file).table
    prompt = Prompt(text="We open {reopens_at}.", language="en")
    closed = datetime(2026, 11, 21, 12, tzinfo=UTC)  # a Saturday
    opened = datetime(2026, 11, 23, 12, tzinfo=UTC)
    said = [spoken_now(prompt, table, table.settings["s"], now).text for now in (closed, opened)]
    assert said == ["We open on Monday at nine.", "We open tomorrow at nine."]
    assert spoken_now(prompt, None, None, closed).text == "We open tomorrow at nine."
    plain = Prompt(text="Closed.", language="en")
    assert spoken_now(plain, table, None, closed) is plain


@pytest.mark.postgres
@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
async def test_a_recording_is_kept_listed_played_and_removed(stored_api: Client, kind: str) -> None:
    await saved(stored_api, office())
    kept = await upload(stored_api, f"closed.{kind.lower()}", recording(kind))
    assert kept.status_code == 201, kept.text
    assert kept.json()["sound"] == "closed.wav"
    (listed,) = (await stored_api.ask("GET", "/configuration/sounds")).json()["sounds"]
    assert (listed["name"], listed["used_by"]) == ("closed.wav", [])
    assert listed["seconds"] == pytest.approx(1.0, abs=0.2)
    document = office()
    document["incoming_call_settings"]["head-office"]["closed_message"] = {"sound": "closed.wav"}
    await saved(stored_api, document)
    heard = await stored_api.ask(
        "POST", "/configuration/prompts/listen", json={"sound": "closed.wav"}
    )
    assert heard.status_code == 200, heard.text
    used = await stored_api.ask("DELETE", "/configuration/sounds/closed.wav")
    assert used.status_code == 409
    assert "head-office.closed_message" in used.json()["detail"]
    await saved(stored_api, office())
    gone = await stored_api.ask("DELETE", "/configuration/sounds/closed.wav")
    assert gone.status_code == 204, gone.text
    assert (await stored_api.ask("GET", "/configuration/sounds/closed.wav")).status_code == 404
    async with transaction(stored_api.engine) as connection:
        rows = await connection.execute(text("SELECT action, subject FROM audit_log ORDER BY id"))
        deeds = [tuple(row) for row in rows if row.action.startswith("prompt.")]
    assert deeds == [("prompt.upload", "closed.wav"), ("prompt.delete", "closed.wav")]


@pytest.mark.postgres
async def test_nothing_is_overwritten_unless_one_says_what(stored_api: Client) -> None:
    first = await upload(stored_api, "closed.wav", recording())
    assert (await upload(stored_api, "closed.wav", recording())).status_code == 412
    wrong = await upload(stored_api, "closed.wav", recording(), **{"If-Match": '"0123"'})
    assert wrong.status_code == 412
    tag = {"If-Match": f'"{first.json()["etag"]}"'}
    assert (
        await upload(stored_api, "closed.wav", recording(rate=16_000), **tag)
    ).status_code == 201
    assert [file.name for file in (stored_api.config / "sounds").iterdir()] == ["closed.wav"]


@pytest.mark.postgres
async def test_what_is_no_recording_is_refused(stored_api: Client) -> None:
    for content in (b"", b"RIFF", b"\x00" * 1000, b"ID3" + b"\xff" * 500, recording()[:5_000]):
        assert (await upload(stored_api, "x.wav", content)).status_code == 422
    reader = await stored_api.token(Scope.READ, name="reader")
    path = "/configuration/sounds?name=x"
    refused = await stored_api.ask("POST", path, content=recording(), secret=reader)
    assert refused.status_code == 403
    large = await stored_api.ask("POST", path, headers={"Content-Length": str(31_000_000)})
    assert large.status_code == 413
    assert list((stored_api.config / "sounds").iterdir()) == []


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("closed.wav", "closed.wav"),
        ("closed.mp3", "closed.wav"),
        ("Zatvoreno (noć) 2.flac", "Zatvoreno (noć) 2.wav"),
        ("مغلق.wav", "مغلق.wav"),
        ("../x.wav", None),
        ("a/b.wav", None),
        ("a\\b.wav", None),
        (".hidden", None),
        ("..", None),
        ("x..wav", "x..wav"),
        ("", None),
        ("\x00.wav", None),
        ("x\n.wav", None),
        ("x" * 200, None),
        ("-rf.wav", None),
    ],
)
def test_names_of_files_are_plain(written: str, kept: str | None) -> None:
    assert safe_name(written) == kept


@pytest.mark.postgres
async def test_what_there_is_to_choose_from(stored_api: Client) -> None:
    offered = (await stored_api.ask("GET", "/configuration/choices")).json()
    choices.ChoicesOut.model_validate(offered)
    assert "Europe/Belgrade" in offered["timezones"]
    assert {"code": "RS", "name": "Serbia"} in offered["countries"]
    assert {"ar", "en", "sr"} <= {each["code"] for each in offered["languages"]}
    assert "longest_idle" in offered["orders"]
    days = await stored_api.ask("GET", "/configuration/holidays?country=RS&year=2026&language=sr")
    choices.HolidaysOut.model_validate(days.json())
    armistice = next(each for each in days.json()["days"] if each["date"] == "2026-11-11")
    assert "Armistice Day" in armistice["names"]
    german = (await stored_api.ask("GET", "/configuration/holidays?country=DE&region=BY")).json()
    assert {"code": "BY", "name": "Bavaria"}.items() <= next(
        each | {"name": "Bavaria"} for each in german["regions"] if each["code"] == "BY"
    ).items()
    unknown = await stored_api.ask("GET", "/configuration/holidays?country=Atlantis")
    assert unknown.status_code == 404


@pytest.mark.postgres
async def test_simulate_by_a_draft_with_pretended_agents(stored_api: Client) -> None:
    document = office()
    asked = {
        "to": "700",
        "at": "2026-11-23T10:00:00+01:00",
        "document": document,
        "paused": [{"agent": "amina", "reason": "lunch"}],
        "busy": ["Bojan Ilić"],
    }
    answer = await stored_api.ask("POST", "/simulate", json=asked)
    assert answer.status_code == 200, answer.text
    skipped = {each["agent"]: each["words"] for each in answer.json()["skipped"]}
    assert skipped.keys() == {"amina", "bojan"}
    assert "lunch" in skipped["amina"]
    nobody = await stored_api.ask("POST", "/simulate", json=asked | {"busy": ["zoran"]})
    assert nobody.status_code == 422
    assert "there is no such agent" in nobody.json()["detail"]
    await saved(stored_api, document)
    stored = await stored_api.ask("POST", "/simulate", json={"to": "700"})
    assert stored.json()["settings"] == "head-office"


@pytest.mark.postgres
async def test_a_body_that_is_too_large_is_not_read(stored_api: Client) -> None:
    for path, size in (("/configuration/check", 7_000_000), ("/overrides", 400_000)):
        answer = await stored_api.ask("POST", path, content="x" * size)
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
