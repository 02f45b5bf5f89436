"""Single values: what is accepted, what is refused, and what is proposed instead."""

from collections.abc import Callable
from typing import Any

import pytest

from callrouter.config import values, values_phone, values_time
from callrouter.config.problems import Fault
from callrouter.routing.hours import DAY_SECONDS, Weekday
from callrouter.routing.model import CallRouting


@pytest.mark.parametrize(
    ("accept", "written", "expected"),
    [
        (values_time.start_time, "09:00", 32_400),
        (values_time.start_time, "9:00", 32_400),
        (values_time.start_time, "09:00:30", 32_430),
        (values_time.start_time, "10:30", 37_800),
        (values_time.start_time, "00:00", 0),
        (values_time.end_time, "24:00", DAY_SECONDS),
        (values_time.end_time, "23:59:59", DAY_SECONDS - 1),
        (values_time.days, "Monday", {Weekday.MONDAY}),
        (values_time.days, "monday", {Weekday.MONDAY}),
        (values_time.days, "SUN", {Weekday.SUNDAY}),
        (values.call_routing, "simultaneous", CallRouting.SIMULTANEOUS),
        (values_phone.number, "+381 (11) 123-4567", "+381111234567"),
        (values_phone.number, "00381111234567", "+381111234567"),
        (values_phone.number, "0641234567", "0641234567"),
        (values_phone.number, "*70#", "*70#"),
        (values_phone.extension, "*21#", "*21#"),
        (values_phone.phone, "PJSIP/1001", "PJSIP/1001"),
        (values_phone.phone, "PJSIP/+381641234567@trunk", "PJSIP/+381641234567@trunk"),
        (values.language, "sr-Latn", "sr-latn"),
        (values.language, "en_US", "en-us"),
        (values_time.time_zone, "Europe/Belgrade", "Europe/Belgrade"),
        (values_time.time_zone, "UTC", "UTC"),
        (values.name, "علی\u200cرضا", "علی\u200cرضا"),
        (values.name, "Đorđe (noćna smena) 🌙", "Đorđe (noćna smena) 🌙"),
        (values.sentence, "  Hello.\nBye. ", "Hello.\nBye."),
        (values.ring_seconds, "20", 20.0),
        (values.ring_seconds, "600", 600.0),
        (values.max_ring_seconds, "3600", 3600.0),
        (values.ring_seconds, "7.5", 7.5),
        (values.skill_level, "100", 100),
    ],
)
def test_accepted(accept: Callable[[str], Any], written: str, expected: object) -> None:
    assert accept(written) == expected


@pytest.mark.parametrize(
    ("accept", "written", "remedy"),
    [
        (values_time.start_time, "24:00", 'write it as "00:00"'),
        (values_time.end_time, "24:01", '"00:00" to "24:00"'),
        (values_time.end_time, "25:00", '"00:00" to "24:00"'),
        (values_time.end_time, "09:60", '"00:00" to "24:00"'),
        (values_time.end_time, "9.30", 'write it as "09:30"'),
        (values_time.end_time, "9h30", 'write it as "09:30"'),
        (values_time.end_time, "9am", 'write it as "09:00"'),
        (values_time.end_time, "12am", 'write it as "00:00"'),
        (values_time.end_time, "5:30 pm", 'write it as "17:30"'),
        (values_time.end_time, "17", 'write it as "17:00"'),
        (values_time.end_time, "13pm", '"00:00" to "24:00"'),
        (values_time.end_time, "٠٩:٠٠", '"00:00" to "24:00"'),
        (values_time.end_time, "", '"00:00" to "24:00"'),
        (values_time.days, "Mnday", 'did you mean "Monday"?'),
        (values_time.days, "Feiertag", "write one of Monday, Tuesday"),
        (values.call_routing, "Sequental", 'did you mean "Sequential"?'),
        (values_phone.number, "call us", "write it as"),
        (values_phone.number, "", "write it as"),
        (values_phone.number, "+", "write it as"),
        (values_phone.number, "700\x00", "write it as"),
        (values_phone.number, "7" * 41, "write it as"),
        (values_phone.number, "٧٠٠", "write it as"),
        (values_phone.extension, "10 01", "write 1 to 20 digits"),
        (values_phone.extension, "1" * 21, "write 1 to 20 digits"),
        (values_phone.phone, "1001", "write it as PJSIP/1001"),
        (values_phone.phone, "pjsip/1001", "write it as PJSIP/1001"),
        (values_phone.phone, "SIP/1001", "write it as PJSIP/name"),
        (values_phone.phone, "PJSIP/1&PJSIP/2", "write it as PJSIP/name"),
        (values_phone.phone, "PJSIP/1,30", "write it as PJSIP/name"),
        (values_phone.phone, "PJSIP/1|x", "write it as PJSIP/name"),
        (values_phone.phone, "PJSIP/${EXTEN}", "write it as PJSIP/name"),
        (values_phone.phone, "PJSIP/trunk/sip:x@example.com", "write it as PJSIP/name"),
        (values_phone.phone, "PJSIP/1\n", "write it as PJSIP/name"),
        (values_phone.phone, "Local/1@ctx", "write it as PJSIP/name"),
        (values.language, "English!", "write a code such as"),
        (values_time.time_zone, "Belgrade", 'did you mean "Europe/Belgrade"?'),
        (values_time.time_zone, "../etc/passwd", "write a name such as"),
        (values_time.time_zone, "Europe", "did you mean"),
        (values_time.time_zone, "", "write a name such as"),
        (values_time.time_zone, "A" * 5000, "write a name such as"),
        (values_time.days, "Mondya", 'did you mean "Monday"?'),
        (values_time.time_zone, "GMT+1", "write a name such as Europe/Belgrade or UTC"),
        (values.name, "", "write a name"),
        (values.name, "a" * 65, "shorten it"),
        (values.name, " a", "remove the space"),
        (values.name, "a\x00b", "remove it"),
        (values.name, "a\u202eb", "remove it"),
        (values.sentence, " \n ", "or remove the field"),
        (values.sentence, "a" * 2001, "shorten it"),
        (values.sentence, "a\x07", "remove it"),
        (values.file_path, " ", "or remove the field"),
        (values.file_path, "a\x00.wav", "write the path of a file"),
        (values.ring_seconds, "0", "from 1 to 600"),
        (values.ring_seconds, "601", "from 1 to 600"),
        (values.ring_seconds, "-5", "from 1 to 600"),
        (values.ring_seconds, "nan", "from 1 to 600"),
        (values.ring_seconds, "1e2", "from 1 to 600"),
        (values.ring_seconds, "20s", "from 1 to 600"),
        (values.max_ring_seconds, "3601", "from 1 to 3600"),
        (values.skill_level, "0", "from 1 to 100"),
        (values.skill_level, "2.5", "from 1 to 100"),
    ],
)
def test_refused_with_a_remedy(accept: Callable[[str], Any], written: str, remedy: str) -> None:
    with pytest.raises(Fault) as caught:
        accept(written)
    assert remedy in caught.value.remedy
    assert caught.value.message.isprintable()
