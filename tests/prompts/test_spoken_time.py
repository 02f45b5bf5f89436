"""When it opens, in the words of a language, as they stand in a sentence."""

from datetime import datetime, timedelta

import pytest

from callrouter.prompts.spoken_time import spoken_opening

SUNDAY = datetime(2026, 11, 22, 20, 0)  # noqa: DTZ001 - what a clock shows

WORDS = [
    # days from today, time, English, Serbian, Arabic
    (0, "21:00", "today at nine in the evening", "danas u dvadeset jedan",
     "اليوم الساعة التاسعة مساءً"),
    (1, "09:00", "tomorrow at nine", "sutra u devet", "غدًا الساعة التاسعة صباحًا"),
    (1, "09:30", "tomorrow at half past nine", "sutra u devet i trideset",
     "غدًا الساعة التاسعة والنصف صباحًا"),
    (1, "08:15", "tomorrow at a quarter past eight", "sutra u osam i petnaest",
     "غدًا الساعة الثامنة والربع صباحًا"),
    (1, "08:45", "tomorrow at a quarter to nine", "sutra u osam i četrdeset pet",
     "غدًا الساعة التاسعة إلا ربعًا صباحًا"),
    (1, "07:00", "tomorrow at seven in the morning", "sutra u sedam ujutru",
     "غدًا الساعة السابعة صباحًا"),
    (1, "00:00", "tonight at midnight", "noćas u ponoć", "الليلة عند منتصف الليل"),
    (1, "00:30", "tonight at half past midnight", "noćas u ponoć i trideset",
     "الليلة الساعة الثانية عشرة والنصف بعد منتصف الليل"),
    (2, "09:00", "on Tuesday at nine", "u utorak u devet", "يوم الثلاثاء الساعة التاسعة صباحًا"),
    (2, "00:00", "on Tuesday, right after midnight", "u utorak odmah posle ponoći",
     "يوم الثلاثاء بعد منتصف الليل مباشرة"),
    (3, "14:00", "on Wednesday at two in the afternoon", "u sredu u četrnaest",
     "يوم الأربعاء الساعة الثانية بعد الظهر"),
    (4, "12:00", "on Thursday at noon", "u četvrtak u podne",
     "يوم الخميس الساعة الثانية عشرة ظهرًا"),
    (4, "12:45", "on Thursday at a quarter to one", "u četvrtak u dvanaest i četrdeset pet",
     "يوم الخميس الساعة الواحدة إلا ربعًا ظهرًا"),
    (5, "02:12", "on Friday at two twelve in the morning", "u petak u dva i dvanaest posle ponoći",
     "يوم الجمعة الساعة الثانية واثنتي عشرة دقيقة صباحًا"),
    (6, "09:05", "on Saturday at nine oh five", "u subotu u devet i pet",
     "يوم السبت الساعة التاسعة وخمس دقائق صباحًا"),
    (6, "23:45", "on Saturday at a quarter to midnight", "u subotu u dvadeset tri i četrdeset pet",
     "يوم السبت الساعة الثانية عشرة إلا ربعًا مساءً"),
    (6, "22:22", "on Saturday at ten twenty-two at night", "u subotu u dvadeset dva i dvadeset dva",
     "يوم السبت الساعة العاشرة واثنتين وعشرين دقيقة مساءً"),
    (6, "00:01", "on Saturday at one minute past midnight", "u subotu u ponoć i jedan",
     "يوم السبت الساعة الثانية عشرة ودقيقة بعد منتصف الليل"),
    (7, "09:20", "on Sunday the twenty-ninth of November at nine twenty",
     "u nedelju, dvadeset devetog novembra u devet i dvadeset",
     "يوم الأحد التاسع والعشرين من نوفمبر الساعة التاسعة والثلث صباحًا"),
    (8, "09:40", "on Monday the thirtieth of November at nine forty",
     "u ponedeljak, tridesetog novembra u devet i četrdeset",
     "يوم الاثنين الثلاثين من نوفمبر الساعة العاشرة إلا ثلثًا صباحًا"),
    (9, "17:50", "on Tuesday the first of December at five fifty in the afternoon",
     "u utorak, prvog decembra u sedamnaest i pedeset",
     "يوم الثلاثاء الأول من ديسمبر الساعة الخامسة وخمسين دقيقة مساءً"),
    (19, "13:11", "on Friday the eleventh of December at one eleven in the afternoon",
     "u petak, jedanaestog decembra u trinaest i jedanaest",
     "يوم الجمعة الحادي عشر من ديسمبر الساعة الواحدة وإحدى عشرة دقيقة بعد الظهر"),
    (43, "09:00", "on Monday the fourth of January at nine",
     "u ponedeljak, četvrtog januara u devet",
     "يوم الاثنين الرابع من يناير الساعة التاسعة صباحًا"),
    (300, "09:02", "on Saturday the eighteenth of September 2027 at nine oh two",
     "u subotu, osamnaestog septembra dve hiljade dvadeset sedme godine u devet i dva",
     "يوم السبت الثامن عشر من سبتمبر عام 2027 الساعة التاسعة ودقيقتين صباحًا"),
]  # fmt: skip


def on(days: int, time: str) -> datetime:
    hour, minute = map(int, time.split(":"))
    return (SUNDAY + timedelta(days=days)).replace(hour=hour, minute=minute)


@pytest.mark.parametrize(("days", "time", "english", "serbian", "arabic"), WORDS)
def test_said_on_a_sunday_evening(
    days: int, time: str, english: str, serbian: str, arabic: str
) -> None:
    opens = on(days, time)
    assert spoken_opening(opens, SUNDAY, "en") == english
    assert spoken_opening(opens, SUNDAY, "sr") == serbian
    assert spoken_opening(opens, SUNDAY, "ar") == arabic


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        pytest.param("en-gb", "", "tomorrow at nine", id="a form of English"),
        pytest.param("sr", "Отварамо поново {reopens_at}.", "сутра у девет", id="Cyrillic text"),
        pytest.param("sr", "Otvaramo ponovo {reopens_at}.", "sutra u devet", id="Latin text"),
        pytest.param("sr-cyrl", "", "сутра у девет", id="Cyrillic by its code"),
        pytest.param("ar-lb", "", "غدًا الساعة التاسعة صباحًا", id="a form of Arabic"),
        pytest.param("de", "", "Montag, 23. November 09:00", id="as the CLDR has it"),
        pytest.param("pt_BR", "", "segunda-feira, 23 de novembro 09:00", id="a form of another"),
        pytest.param("tlh", "", "tomorrow at nine", id="a language nobody knows"),
    ],
)
def test_other_codes(language: str, sentence: str, expected: str) -> None:
    assert spoken_opening(on(1, "09:00"), SUNDAY, language, sentence) == expected


def test_all_letters_of_serbian_become_cyrillic() -> None:
    spoken = spoken_opening(on(43, "09:00"), SUNDAY, "sr-cyrl")
    assert spoken == "у понедељак, четвртог јануара у девет"


def test_months_have_their_names_of_the_levant_there() -> None:
    assert "تشرين الثاني" in spoken_opening(on(8, "09:00"), SUNDAY, "ar-jo")
    assert "نوفمبر" in spoken_opening(on(8, "09:00"), SUNDAY, "ar-eg")


def test_a_year_is_said_only_when_it_is_far_away() -> None:
    assert "2027" not in spoken_opening(on(43, "09:00"), SUNDAY, "en")
    assert "2027" in spoken_opening(on(300, "09:00"), SUNDAY, "en")


def test_seconds_are_rounded_up_to_the_next_minute_when_it_is_certainly_open() -> None:
    opens = on(1, "08:59").replace(second=30)
    assert spoken_opening(opens, SUNDAY, "en") == "tomorrow at nine"


@pytest.mark.parametrize("language", ["en", "sr", "sr-cyrl", "ar", "de"])
def test_every_minute_of_a_year_has_words_of_its_own(language: str) -> None:
    said: dict[str, datetime] = {}
    opens = SUNDAY
    while opens < SUNDAY + timedelta(days=366):
        words = spoken_opening(opens, SUNDAY, language)
        assert said.setdefault(words, opens) == opens
        assert words == words.strip()
        assert "  " not in words
        opens += timedelta(minutes=37)
