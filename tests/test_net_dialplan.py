"""The safety net as dialplan: what is in it, and what never is."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from callrouter.asterisk_conf.net import absent_variable, net_dialplan
from callrouter.routing.hours import Hours, Weekday
from callrouter.routing.model import AgentGroup, CallRouting, Prompt, RoutingTable, ScheduleRow
from tests.test_asterisk_conf import AMINA, BOJAN, table

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SENTENCE = Prompt(text="Nobody is here.", media="/srv/prompts/abc")


def staffed(**more: object) -> RoutingTable:
    """Amina and Bojan are on duty all the time."""
    always = ScheduleRow(Hours(tuple(Weekday), 0, 86_400), ("sales",))
    plain = table(AMINA, BOJAN)
    settings = replace(
        plain.settings["head-office"],
        call_handling_schedule=(always,),
        agent_unavailable_message=SENTENCE,
        **more,  # type: ignore[arg-type]
    )
    groups = {"sales": AgentGroup("sales", ("amina", "bojan"))}
    return replace(plain, settings={"head-office": settings}, agent_groups=groups)


def test_every_way_to_dial_a_number_goes_to_its_settings_and_they_to_what_holds() -> None:
    assert net_dialplan(table(message=SENTENCE), NOW).splitlines() == [
        "exten => to700,1,Goto(s0,1)",
        "exten => say700,1,Goto(s0,say)",
        "exten => to+381111234567,1,Goto(s0,1)",
        "exten => say+381111234567,1,Goto(s0,say)",
        "exten => to00381111234567,1,Goto(s0,1)",
        "exten => say00381111234567,1,Goto(s0,say)",
        "exten => s0,1,Set(CHANNEL(accountcode)=callrouter-away)",
        " same => n,Gosub(callrouter-note,s,1(settings head-office))",
        " same => n,Goto(w0,1)",
        " same => n(say),Gosub(callrouter-note,s,1(nobody unavailable agent_unavailable_message))",
        " same => n,Set(SENTENCE=/srv/prompts/abc)",
        " same => n,Goto(callrouter-speak,s,1)",
        "exten => w0,1,Gosub(callrouter-note,s,1(plan closed Europe%2FBelgrade    ))",
        " same => n,Goto(p0,1)",
        "exten => p0,1,NoOp()",
        " same => n,Gosub(callrouter-note,s,1(nobody closed agent_unavailable_message))",
        " same => n,Set(SENTENCE=/srv/prompts/abc)",
        " same => n,Goto(callrouter-speak,s,1)",
    ]


def test_one_agent_after_another_rings_where_his_phone_is_free() -> None:
    off = absent_variable("amina")
    said = net_dialplan(staffed(), NOW).splitlines()

    dials = [line for line in said if "Dial(" in line]
    assert dials == [" same => n,Dial(${FREE:1},20,i)"] * 2
    assert f" same => n,Set(STATE=${{DEVICE_STATE(PJSIP/1001)}}${{{off}}})" in said
    assert not any("provider" in line for line in said)


def test_all_at_once_is_one_dial() -> None:
    said = net_dialplan(staffed(call_routing=CallRouting.SIMULTANEOUS), NOW)

    assert said.count("Dial(") == 1
    assert said.count("DEVICE_STATE") == 2


def test_equal_plans_of_many_settings_are_written_once() -> None:
    plain = staffed()
    many = {f"s{n}": replace(plain.settings["head-office"], name=f"s{n}") for n in range(20)}
    said = net_dialplan(replace(plain, settings=many, numbers={"700": "s7"}), NOW)

    assert said.count("DEVICE_STATE") == 2
    assert "exten => to700,1,Goto(s7,1)" in said


@pytest.mark.parametrize("media", ["/a&/b", "/${SHELL(x)}", "/a;b", "/a,b", "/a\nb", None])
def test_a_path_asterisk_would_misread_is_left_out(media: str | None) -> None:
    said = net_dialplan(table(message=Prompt(media=media)), NOW)

    assert " same => n,Set(SENTENCE=${UNAVAILABLE_SOUND})" in said.splitlines()
    assert media is None or media not in said


def test_a_phone_asterisk_would_misread_is_left_out() -> None:
    plain = staffed()
    phones = ("PJSIP/1&PJSIP/2", "PJSIP/${X}", "Local/1001", "PJSIP/1,2")
    amina = replace(AMINA, phones=phones)
    said = net_dialplan(replace(plain, agents={"amina": amina, "bojan": BOJAN}), NOW)

    assert not any(phone in said for phone in phones)
    assert said.count("DEVICE_STATE") == 1


def test_an_agent_s_own_number_speaks_and_notes_whose_settings_hold() -> None:
    plain = staffed()
    agents = {**plain.agents, "bojan": replace(BOJAN, settings="head-office")}
    said = net_dialplan(replace(plain, agents=agents, extensions={"1002": "bojan"}), NOW)

    assert "exten => to1002,1,Goto(d0,1)\n" in said
    assert "exten => d0,1,Gosub(callrouter-note,s,1(settings head-office))\n" in said
    assert " same => n,Goto(s0,say)\n" in said
