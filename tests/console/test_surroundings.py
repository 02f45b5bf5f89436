"""What the console knows of the configuration: read anew when it has changed, and only then."""

from typing import Any

import pytest
from sqlalchemy import event, text

from callrouter.db.engine import transaction
from tests.console.conftest import Client
from tests.console.test_configuration import office, saved, shown

pytestmark = pytest.mark.postgres

DAY = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:tests
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:{day}
SUMMARY:Move
END:VEVENT
END:VCALENDAR
"""


async def table_of(api: Client) -> Any:
    return await api.app.state.configuration.table(api.engine)


async def test_unchanged_tables_are_not_read_again(stored_api: Client) -> None:
    await saved(stored_api, office())
    first = await table_of(stored_api)
    statements: list[str] = []
    engine = stored_api.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    assert await table_of(stored_api) is first
    assert not [each for each in statements if "json_agg" in each]
    async with transaction(stored_api.engine) as connection:
        await connection.execute(text("UPDATE agents SET name = 'Amina' WHERE id = 'amina'"))
    assert (await table_of(stored_api)).agents["amina"].name == "Amina"


async def test_a_calendar_file_that_changes_is_noticed(stored_api: Client) -> None:
    file = stored_api.config / "sounds" / "days.ics"
    file.write_text(DAY.format(day="20261123"))
    document = office()
    document["holiday_calendars"] = {"days": {"file": "days.ics"}}
    document["incoming_call_settings"]["head-office"]["holidays"] = ["days"]
    await saved(stored_api, document)
    mark = (await shown(stored_api))["mark"]
    before = (await table_of(stored_api)).calendars["days"].days
    file.write_text(DAY.format(day="20261124").replace("Move", "Moving"))
    after = (await table_of(stored_api)).calendars["days"].days
    assert {day + 1 for day in before} == set(after)
    asked = {"settings": "head-office", "from": "2026-11-24", "days": 1}
    preview = await stored_api.ask("POST", "/configuration/preview", json=asked)
    assert preview.json()["days"][0]["holiday"] == "Moving"
    assert (await shown(stored_api))["mark"] == mark, "what is written has not changed"
