"""docker-compose.yml: valid by the compose schema, and true to the programs it starts."""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from callrouter.commands import asterisk_conf, config, console, migrate, run
from callrouter.settings import AsteriskServer, Settings

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(\w+)(:[-?])?([^}]*)\}")


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


def filled_in(text: str) -> str:
    """Variables with their defaults; those that must be set become `secret`."""
    return VARIABLE.sub(lambda found: found[3] if found[2] == ":-" else "secret", text)


def check(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    return subprocess.run([*command, str(file)], capture_output=True, text=True, check=False)


def test_the_compose_schema_accepts_it(tmp_path: Path) -> None:
    assert check(COMPOSE).returncode == 0
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(COMPOSE.read_text().replace("healthcheck:", "health_check:"))
    assert check(broken).returncode != 0


def test_each_service_is_watched_or_ends(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert ("healthcheck" in service) != (service.get("restart") == "no"), name


def test_passwords_come_from_the_environment_and_must_be_set() -> None:
    text = COMPOSE.read_text()
    passwords = [found for found in VARIABLE.finditer(text) if found[1].endswith("PASSWORD")]
    assert passwords
    assert all(found[2] == ":?" for found in passwords)
    assert {found[1] for found in VARIABLE.finditer(text)} <= set(
        re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    )


def test_only_sip_rtp_and_the_console_are_published_and_by_default_on_loopback(
    services: dict[str, dict[str, Any]],
) -> None:
    published = [port for service in services.values() for port in service.get("ports", ())]
    assert {filled_in(port) for port in published} == {
        "127.0.0.1:5060:5060/udp",
        "127.0.0.1:5060:5060/tcp",
        "127.0.0.1:10000-10199:10000-10199/udp",
        "127.0.0.1:8090:8090/tcp",
    }


def test_the_router_understands_its_environment(
    services: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = services["callrouter"]["environment"]
    known = {f"CALLROUTER_{name}".upper() for name in Settings.model_fields}
    assert set(environment) <= known
    for name, value in environment.items():
        monkeypatch.setenv(name, filled_in(value))
    (server,) = Settings.model_validate({}).servers()
    assert isinstance(server, AsteriskServer)
    assert (server.url, server.password.get_secret_value()) == ("http://asterisk:8088", "secret")
    assert json.loads(environment["CALLROUTER_ASTERISK_SERVERS"])


def test_the_commands_exist_and_take_their_arguments(services: dict[str, dict[str, Any]]) -> None:
    modules = {
        "run": run,
        "console": console,
        "config": config,
        "migrate": migrate,
        "asterisk-conf": asterisk_conf,
    }
    ours = [name for name, service in services.items() if service.get("image") == "callrouter"]
    assert len(ours) == len(modules)
    for name in ours:
        command, *arguments = [filled_in(part) for part in services[name]["command"]]
        parser = argparse.ArgumentParser(exit_on_error=False)
        modules[command].add_arguments(parser)
        parser.parse_args(arguments)


def test_the_images_are_targets_of_the_dockerfile(services: dict[str, dict[str, Any]]) -> None:
    targets = set(re.findall(r"^FROM \S+ AS (\S+)", (ROOT / "Dockerfile").read_text(), re.M))
    used = {service["build"]["target"] for service in services.values() if "build" in service}
    assert used == targets
