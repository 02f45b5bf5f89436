"""The directory Asterisk reads, made from the configuration: what is in it, and what never is."""

import os
import re
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callrouter import cli
from callrouter.asterisk_conf.directory import (
    GENERATED,
    STATIC_FILES,
    AsteriskConfError,
    AsteriskSite,
    agent_phones,
    render_table,
    update_agents,
    write_conf,
)
from callrouter.asterisk_conf.net import net_dialplan
from callrouter.asterisk_conf.secrets import AsteriskSecrets
from callrouter.routing.model import (
    Agent,
    CallRouting,
    IncomingCallSettings,
    Prompt,
    RoutingTable,
)

AMINA = Agent("amina", "Amina Haddad", "1001", ("PJSIP/1001",))
BOJAN = Agent("bojan", "Bojan Ilić", "1002", ("PJSIP/1002", "PJSIP/0641234567@provider"))


def table(*agents: Agent, message: Prompt | None = None) -> RoutingTable:
    settings = IncomingCallSettings(
        name="head-office",
        numbers=("700", "+381111234567"),
        timezone="Europe/Belgrade",
        call_routing=CallRouting.SEQUENTIAL,
        call_handling_schedule=(),
        agent_unavailable_message=message,
    )
    return RoutingTable(
        version="v1",
        agents={agent.id: agent for agent in agents},
        agent_groups={},
        settings={"head-office": settings},
        numbers=dict.fromkeys(settings.numbers, "head-office"),
    )


NET = net_dialplan(table(AMINA), datetime.now(UTC))


@pytest.fixture
def secrets(tmp_path: Path) -> AsteriskSecrets:
    return AsteriskSecrets(tmp_path / "phone-secrets.json")


def lines(text: str) -> list[str]:
    """Without comments and blank lines."""
    return [line for line in text.splitlines() if line and not line.startswith(";")]


def test_an_agent_s_phone(secrets: AsteriskSecrets) -> None:
    files = render_table(table(AMINA), AsteriskSite(qualify_seconds=60), secrets, "")
    assert lines(files["pjsip_agents.conf"]) == [
        "[1001](agent-phone)",
        "auth = 1001",
        "aors = 1001",
        'callerid = "Amina Haddad" <1001>',
        "[1001](agent-phone-auth)",
        "username = 1001",
        f"password = {secrets.phone('1001')}",
        "[1001](agent-phone-aor)",
        "qualify_frequency = 60",
    ]
    assert lines(files["extensions_agents.conf"]) == [
        "exten => 1001,1,Set(COLLEAGUE=1)",
        " same => n,Dial(PJSIP/1001,30,i)",
        " same => n,Hangup()",
    ]


def test_a_phone_behind_a_trunk_is_not_an_account_here() -> None:
    assert set(agent_phones(table(AMINA, BOJAN))) == {"1001", "1002"}


@pytest.mark.parametrize(
    "name",
    ["Eve; [global]", "Eve\n[global]\ntype=global", 'Eve" <999>', "Eve\\", "\x00\x1b[2J", "; "],
    ids=["comment", "new section", "another number", "backslash", "control signs", "nothing"],
)
def test_a_name_cannot_say_anything_to_asterisk(secrets: AsteriskSecrets, name: str) -> None:
    plain = render_table(table(AMINA), AsteriskSite(), secrets, "")
    hostile = render_table(table(replace(AMINA, name=name)), AsteriskSite(), secrets, "")
    for file in plain:
        assert len(hostile[file].splitlines()) == len(plain[file].splitlines())
        expected = [line for line in lines(plain[file]) if not line.startswith("callerid")]
        assert [
            line for line in lines(hostile[file]) if not line.startswith("callerid")
        ] == expected
    callers = [line for line in lines(hostile["pjsip_agents.conf"]) if "callerid" in line]
    assert all(re.fullmatch(r'callerid = "[^"\\;<>\x00-\x1f]*" <1001>', line) for line in callers)


@pytest.mark.parametrize("phone", ["PJSIP/10 01", "PJSIP/a]b", "PJSIP/", "PJSIP/a\nb", "PJSIP/a;b"])
def test_a_phone_that_cannot_be_an_account_is_an_error(phone: str) -> None:
    with pytest.raises(AsteriskConfError, match="amina"):
        agent_phones(table(replace(AMINA, phones=(phone,))))


def test_an_extension_that_cannot_be_dialled_is_an_error(secrets: AsteriskSecrets) -> None:
    with pytest.raises(AsteriskConfError, match="cannot be dialled"):
        render_table(table(replace(AMINA, extension="1,2")), AsteriskSite(), secrets, "")


def test_only_a_stack_on_one_machine_lets_calls_in_without_a_password(
    secrets: AsteriskSecrets,
) -> None:
    assert "pjsip_local.conf" not in render_table(table(AMINA), AsteriskSite(), secrets, "")
    local = render_table(table(AMINA), AsteriskSite(local=True), secrets, "")["pjsip_local.conf"]
    assert "match = 127.0.0.1" in lines(local)
    assert "[2001](agent-phone)" in lines(local)


def test_who_only_calls_himself_a_trunk_still_needs_a_password(secrets: AsteriskSecrets) -> None:
    """What has no password is recognised by its address alone."""
    local = render_table(table(AMINA), AsteriskSite(local=True), secrets, "")["pjsip_local.conf"]
    trunk = (STATIC_FILES / "pjsip_trunk.conf.sample").read_text()
    for text in (local.partition("[loopback-trunk]")[2], trunk.partition("type = endpoint")[2]):
        endpoint = text.partition("\n[")[0]
        assert "identify_by = ip\n" in endpoint
        assert "\nauth = " not in endpoint


def test_an_agent_s_account_is_not_made_twice(secrets: AsteriskSecrets) -> None:
    outside = replace(AMINA, extension="2001", phones=("PJSIP/2001",))
    local = render_table(table(outside), AsteriskSite(local=True), secrets, "")["pjsip_local.conf"]
    assert "[2001](agent-phone)" not in local


def test_passwords_are_made_once_and_are_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "phone-secrets.json"
    first = AsteriskSecrets(path).phone("1001")
    assert re.fullmatch("[a-z2-9]{20}", first)
    assert AsteriskSecrets(path).phone("1001") == first
    assert AsteriskSecrets(path).phone("1002") != first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_directory_is_whole_and_its_secrets_private(
    tmp_path: Path, secrets: AsteriskSecrets
) -> None:
    output = tmp_path / "etc"
    write_conf(output, table(AMINA), AsteriskSite(), secrets, "p4ss")
    included = {
        name
        for file in output.glob("*.conf")
        for name in re.findall(r"^#include (\S+)", file.read_text(), re.MULTILINE)
    }
    assert included
    assert all((output / name).exists() for name in included)
    for file in (output / GENERATED).iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert not list(output.rglob(".*"))


def test_one_s_own_files_survive(tmp_path: Path, secrets: AsteriskSecrets) -> None:
    own = tmp_path / "etc" / "pjsip_trunk.conf"
    own.parent.mkdir()
    own.write_text("mine")
    write_conf(tmp_path / "etc", table(AMINA), AsteriskSite(), secrets, "p4ss")
    assert own.read_text() == "mine"


def test_a_stack_s_accounts_do_not_stay_when_it_becomes_another(
    tmp_path: Path, secrets: AsteriskSecrets
) -> None:
    write_conf(tmp_path, table(AMINA), AsteriskSite(local=True), secrets, "p4ss")
    write_conf(tmp_path, table(AMINA), AsteriskSite(), secrets, "p4ss")
    assert not (tmp_path / GENERATED / "pjsip_local.conf").exists()


def test_a_change_says_which_modules_to_reload(tmp_path: Path, secrets: AsteriskSecrets) -> None:
    site = AsteriskSite(local=True, local_networks=("10.0.0.0/8",))
    write_conf(tmp_path, table(AMINA), site, secrets, "p4ss")
    before = (tmp_path / GENERATED / "pjsip_agents.conf").read_text()
    assert update_agents(tmp_path, table(AMINA), NET) == ()
    assert update_agents(tmp_path, table(AMINA, BOJAN), NET) == ("res_pjsip.so", "pbx_config.so")
    after = (tmp_path / GENERATED / "pjsip_agents.conf").read_text()
    assert set(before.splitlines()) < set(after.splitlines())
    assert update_agents(tmp_path, table(AMINA, BOJAN), "exten => to7,1,Goto(s0,1)\n") == (
        "pbx_config.so",
    )


CONFIG = """
timezone: Europe/Belgrade
agents: {amina: {name: Amina, extension: "1001"}}
agent_groups: {sales: {members: [amina]}}
incoming_call_settings:
  head-office:
    numbers: ["700"]
    call_routing: Sequential
    call_handling_schedule:
      - {day_of_week: Monday, from_time: "09:00", to_time: "17:00", agent_group: sales}
"""


def test_the_command_writes_the_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "callrouter.yaml"
    config.write_text(CONFIG)
    monkeypatch.setenv("CALLROUTER_ARI_PASSWORD", "from-the-environment")
    output = tmp_path / "etc"
    arguments = ["--config", str(config), "--output", str(output), "--rtp-ports", "20000-20099"]
    assert cli.main(["asterisk-conf", *arguments]) == 0
    assert "password = from-the-environment" in (output / GENERATED / "ari_user.conf").read_text()
    assert "rtpend = 20099" in (output / GENERATED / "rtp_ports.conf").read_text()
    printed = capsys.readouterr()
    assert "from-the-environment" not in printed.out + printed.err
    assert AsteriskSecrets(output / "phone-secrets.json").phone("1001") not in printed.out


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--config", str(tmp_path / "none.yaml"), "--output", str(tmp_path / "etc")]
    assert cli.main(["asterisk-conf", *arguments]) == 1
    assert "none.yaml" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["asterisk-conf", "--output", "x", "--rtp-ports", "5-4"])


def test_what_was_written_before_an_error_is_reloaded_later(
    tmp_path: Path, secrets: AsteriskSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_conf(tmp_path, table(AMINA), AsteriskSite(), secrets, "p4ss")
    assert update_agents(tmp_path, table(AMINA), NET) == ()
    written: list[str] = []

    def fills_up(path: Path, text: str, *, mode: int = 0o600) -> None:
        if len(written) == 3:  # the mark, one file, the mark again
            raise OSError("disk full")
        written.append(path.name)
        path.write_text(text)

    bojan = replace(AMINA, id="bojan", extension="1002", phones=("PJSIP/1002",))
    with monkeypatch.context() as patch:
        patch.setattr("callrouter.asterisk_conf.directory._write", fills_up)
        with pytest.raises(OSError, match="disk full"):
            update_agents(tmp_path, table(AMINA, bojan), NET)
    assert update_agents(tmp_path, table(AMINA, bojan), NET) == ("res_pjsip.so", "pbx_config.so")
    assert update_agents(tmp_path, table(AMINA, bojan), NET) == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_s_files_belong_to_the_directory_s_owner(
    tmp_path: Path, secrets: AsteriskSecrets
) -> None:
    generated = tmp_path / GENERATED
    generated.mkdir()
    os.chown(generated, 65534, 65534)
    write_conf(tmp_path, table(AMINA), AsteriskSite(), secrets, "p4ss")
    assert (generated / "ari_user.conf").stat().st_uid == 65534


def test_an_older_dialplan_gets_a_net_without_notes(
    tmp_path: Path, secrets: AsteriskSecrets, caplog: pytest.LogCaptureFixture
) -> None:
    write_conf(tmp_path, table(AMINA), AsteriskSite(), secrets, "secret")
    static = tmp_path / "extensions.conf"
    static.write_text(static.read_text().replace("callrouter-note", "something-else"))

    assert update_agents(tmp_path, table(AMINA), NET) == ("pbx_config.so",)
    net = (tmp_path / "generated" / "extensions_away.conf").read_text()
    assert "callrouter-note" in NET
    assert "callrouter-note" not in net
    assert net.count("\n") == NET.count("\n") + 3
    assert "run `callrouter asterisk-conf` again" in caplog.text
