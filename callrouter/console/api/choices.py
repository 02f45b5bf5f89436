"""What there is to choose from when a configuration is edited."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from callrouter.console.access import ConfigurationReader
from callrouter.console.api.answers import InvalidOut
from callrouter.console.api.configuration import REFUSED, answered, bench_of
from callrouter.console.bench.asked import Language
from callrouter.console.workbench import Answered, Asking

router = APIRouter(tags=["configuration"], prefix="/configuration")

Country = Annotated[str, Query(min_length=1, max_length=64)]


class CodeOut(BaseModel):
    """A code and its English name."""

    code: str
    name: str


class ChoicesOut(BaseModel):
    """For each field what may be written in it; `languages` are those that can be spoken."""

    timezones: list[str]
    languages: list[CodeOut]
    countries: list[CodeOut]
    days: list[str]
    call_routing: list[str]
    orders: list[str]
    greet: list[str]
    ringback: list[str]
    phones_ring: list[str]
    override_kinds: list[str]
    feature_codes: list[str]


class HolidayOut(BaseModel):
    """A day, or a part of it; `names` are all that a calendar may call it."""

    date: date
    weekday: str
    name: str
    names: list[str]
    from_: str = Field(alias="from")
    to: str


class HolidaysOut(BaseModel):
    """The public holidays of a country or region in one year, and the country's regions."""

    country: str
    region: str | None
    year: int
    days: list[HolidayOut]
    regions: list[CodeOut]


@router.get("/choices", responses={200: {"model": ChoicesOut}})
async def show_choices(request: Request, _: ConfigurationReader) -> Response:
    """Time zones, languages, countries, and the words of the configuration's fields."""
    known: Answered | None = getattr(request.app.state, "choices", None)
    if known is None:
        known = request.app.state.choices = await bench_of(request).ask("choices")
    return answered(known)


@router.get(
    "/holidays", responses=REFUSED | {200: {"model": HolidaysOut}, 404: {"model": InvalidOut}}
)
async def show_holidays(
    request: Request,
    _: ConfigurationReader,
    country: Country,
    region: Annotated[str | None, Query(max_length=64)] = None,
    year: Annotated[int | None, Query(ge=1970, le=2199)] = None,
    language: Annotated[Language, Query()] = "en",
) -> Response:
    """A country's holidays, by its code (`RS`) or name, with their names in a language."""
    args = {
        "country": country,
        "region": region or None,
        "year": year or datetime.now(UTC).year,
        "language": language,
    }
    return answered(await bench_of(request).ask("holidays", b"", Asking(args=args)))
