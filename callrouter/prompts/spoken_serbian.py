"""When it opens, in spoken Serbian: `u ponedeljak u devet`, `sutra u devet i trideset`,
`u ponedeljak, četvrtog januara u devet`; in Cyrillic or Latin letters."""

from datetime import datetime

_NUMBERS = (
    "nula jedan dva tri četiri pet šest sedam osam devet deset jedanaest dvanaest trinaest "
    "četrnaest petnaest šesnaest sedamnaest osamnaest devetnaest"
).split()
_TENS = {2: "dvadeset", 3: "trideset", 4: "četrdeset", 5: "pedeset"}
_ORDINALS = (
    "prvog drugog trećeg četvrtog petog šestog sedmog osmog devetog desetog jedanaestog dvanaestog "
    "trinaestog četrnaestog petnaestog šesnaestog sedamnaestog osamnaestog devetnaestog"
).split()
_TENTHS = {
    2: "dvadesetog", 3: "tridesetog", 4: "četrdesetog", 5: "pedesetog",
    6: "šezdesetog", 7: "sedamdesetog", 8: "osamdesetog", 9: "devedesetog",
}  # fmt: skip
_DAYS = "ponedeljak utorak sredu četvrtak petak subotu nedelju".split()
_MONTHS = (
    "januara februara marta aprila maja juna jula avgusta septembra oktobra novembra decembra"
).split()
_CYRILLIC = {
    "lj": "љ", "nj": "њ", "dž": "џ",
    **dict(zip("abcčćdđefghijklmnoprsštuvzž", "абцчћдђефгхијклмнопрсштувзж", strict=True)),
}  # fmt: skip


def in_serbian(opens: datetime, days: int, year: bool, *, cyrillic: bool) -> str:
    """`opens` is so many days from today; `year` is whether its year has to be said."""
    spoken = _spoken(opens, days, year)
    return in_cyrillic(spoken) if cyrillic else spoken


def in_cyrillic(latin: str) -> str:
    """Small Latin letters of Serbian in Cyrillic."""
    for pair in ("lj", "nj", "dž"):
        latin = latin.replace(pair, _CYRILLIC[pair])
    return "".join(_CYRILLIC.get(c, c) for c in latin)


def _spoken(opens: datetime, days: int, year: bool) -> str:
    at_midnight = opens.hour == opens.minute == 0
    if days == 1 and opens.hour == 0:
        return "noćas u ponoć" if at_midnight else f"noćas u {_time(opens)}"
    day = _day(opens, days, year)
    return f"{day} odmah posle ponoći" if at_midnight else f"{day} u {_time(opens)}"


def _day(opens: datetime, days: int, year: bool) -> str:
    if days < 2:
        return ("danas", "sutra")[days]
    weekday = f"u {_DAYS[opens.weekday()]}"
    if days < 7:
        return weekday
    date = f"{weekday}, {_ordinal(opens.day)} {_MONTHS[opens.month - 1]}"
    return f"{date} {_year(opens.year)}" if year else date


def _time(opens: datetime) -> str:
    hour, minute = opens.hour, opens.minute
    if hour == 0:
        return f"ponoć i {_number(minute)}"
    if hour == 12 and minute == 0:
        return "podne"
    clock = _number(hour) + (f" i {_number(minute)}" if minute else "")
    if hour < 4:
        return f"{clock} posle ponoći"
    return f"{clock} ujutru" if hour < 8 else clock


def _number(number: int) -> str:
    if number < 20:
        return _NUMBERS[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f" {_NUMBERS[ones]}" if ones else "")


def _ordinal(number: int) -> str:
    """In the genitive: `četvrtog`, `dvadeset prvog`."""
    if number < 20:
        return _ORDINALS[number - 1]
    tens, ones = divmod(number, 10)
    return f"{_TENTHS[tens][:-2]} {_ORDINALS[ones - 1]}" if ones else _TENTHS[tens]


def _year(year: int) -> str:
    """`dve hiljade dvadeset osme godine`; figures outside of this century."""
    if not 2001 <= year <= 2099:
        return f"{year}. godine"
    *before, last = _ordinal(year - 2000).split()
    return " ".join(["dve hiljade", *before, last[:-2] + "e", "godine"])
