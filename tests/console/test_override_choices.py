"""The usual ends of an override, as a clock on the wall and a schedule have them."""

from dataclasses import replace
from datetime import UTC, datetime

from callrouter.console.override_choices import settings_open, usual_ends, zone_of
from callrouter.routing.model import Override, OverrideKind
from tests.routing.company import OFFICE, TABLE
from tests.routing.rows import row

MONDAY = datetime(2026, 11, 23, 9, 30, 20, tzinfo=UTC)  # 10:30 in Belgrade
DUBAI = replace(
    OFFICE,
    name="dubai",
    timezone="Asia/Dubai",
    call_handling_schedule=(row("Tuesday 08:00-12:00 sales"),),
)
COMPANY = replace(TABLE, settings={"head-office": OFFICE, "dubai": DUBAI})
CLOSED = Override("x", OverrideKind.CLOSED, settings=("head-office",), live=True)


def ends(*settings: str, now: datetime = MONDAY) -> dict[str, str]:
    return {
        str(name): at.astimezone(UTC).isoformat(" ", "minutes").removesuffix("+00:00")
        for name, at in usual_ends(COMPANY, settings, now)
    }


def test_ends_are_full_minutes_and_of_the_settings_own_clock() -> None:
    assert ends("dubai") == {
        "half_hour": "2026-11-23 10:01",
        "hour": "2026-11-23 10:31",
        "end_of_today": "2026-11-23 20:00",
        "next_opening": "2026-11-24 04:00",
    }


def test_the_end_of_today_on_the_day_the_clocks_go_back_is_a_later_midnight() -> None:
    assert ends("head-office", now=datetime(2026, 10, 25, 0, 30, tzinfo=UTC))["end_of_today"] == (
        "2026-10-25 23:00"
    )


def test_settings_that_never_open_have_no_next_opening() -> None:
    never = replace(COMPANY, settings={"never": replace(OFFICE, call_handling_schedule=())})
    assert [str(name) for name, _ in usual_ends(never, (), MONDAY)] == [
        "half_hour",
        "hour",
        "end_of_today",
    ]


def test_an_override_in_force_does_not_change_when_it_opens_by_itself() -> None:
    closed = replace(OFFICE, overrides=(CLOSED,))
    table = replace(COMPANY, settings={"head-office": closed, "dubai": DUBAI})
    assert dict(usual_ends(table, ("head-office",), MONDAY)) == dict(
        usual_ends(COMPANY, ("head-office",), MONDAY)
    )


def test_the_zone_is_the_one_that_all_share_or_the_companys() -> None:
    assert zone_of(COMPANY, ["dubai"]) == "Asia/Dubai"
    assert zone_of(COMPANY, []) == TABLE.timezone


def test_settings_are_open_as_what_people_have_set_says() -> None:
    def told(*live: Override) -> dict[str, bool]:
        return {each.name: is_open for each, is_open in settings_open(COMPANY, live, MONDAY)}

    assert told() == {"head-office": True, "dubai": False}
    assert told(CLOSED) == {"head-office": False, "dubai": False}
