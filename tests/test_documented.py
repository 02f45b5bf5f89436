"""What is told to those who watch the router is in the documentation, and nothing else is."""

import re
from pathlib import Path

import pytest
import yaml

from callrouter.console.live.content import IncidentKind
from callrouter.monitoring.alarms import Alarm
from callrouter.monitoring.metrics import families
from tests.monitoring.watched import listener, watch

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
RULES = DOCS / "callrouter-alerts.yml"
_METRIC = re.compile(r"\b(?:callrouter|process)_[a-z_]+\b")
_PARTS = re.compile(r"_(bucket|sum|count)$")


@pytest.fixture
async def told(tmp_path: Path) -> dict[str, set[str]]:
    """Every metric and its labels."""
    looked = watch(tmp_path, listener("http://one"))
    looked.asterisk.request("GET", "/channels", 0.1, "")
    await looked._look_at_disks()
    return {
        each.name: {name for sample in each.samples for name, _ in sample.labels} - {"le"}
        for each in families(looked)
    }


def rows(document: str) -> list[list[str]]:
    lines = (DOCS / document).read_text().splitlines()
    cells = [
        [each.strip() for each in line.strip("|").split("|")] for line in lines if line[:1] == "|"
    ]
    return [row for row in cells if "`" in row[0]]


def test_each_alarm_is_explained(told: dict[str, set[str]]) -> None:
    explained = {row[0].strip("`"): row[1:] for row in rows("alarms.md")}
    assert list(explained) == [*Alarm]
    assert all(meaning and remedy for meaning, remedy in explained.values())


def test_each_alarm_has_words_on_the_live_board() -> None:
    words = (ROOT / "callrouter/console/static/js/board_words.js").read_text()
    said = set(re.findall(r'case "(\w+)": return _\(', words))
    elsewhere = {
        *{Alarm.STARTING, Alarm.STOPPING},  # there are no calls to look at; the dot says it
        *{Alarm.ASTERISK_AWAY, Alarm.DATABASE_AWAY, Alarm.CONFIGURATION_REFUSED},  # incidents
    }
    assert {each for each in Alarm if each not in said} == elsewhere
    assert {IncidentKind.ASTERISK_AWAY, IncidentKind.CONFIGURATION_REFUSED} <= elsewhere


def test_each_metric_is_explained_with_its_labels(told: dict[str, set[str]]) -> None:
    explained = {
        name: set(re.findall(r"`(\w+)`", row[1]))
        for row in rows("metrics.md")
        for name in re.findall(r"`(\w+)`", row[0])
    }
    assert explained == told


def test_the_sample_alerts_name_metrics_labels_and_alarms_that_are_there(
    told: dict[str, set[str]],
) -> None:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    assert len({rule["alert"] for rule in group["rules"]}) == len(group["rules"])
    alarms = set()
    for rule in group["rules"]:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        names = {_PARTS.sub("", each) for each in _METRIC.findall(rule["expr"])}
        assert names <= told.keys()
        assert names or rule["expr"].startswith("up{")
        for name, label, words in re.findall(r'(\w+)\{(\w+)=~?"([^"]*)"', rule["expr"]):
            if name in told:
                assert label in told[name]
            if label == "alarm":
                alarms |= set(words.split("|"))
        for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
            assert label == "instance" or any(label in told[name] for name in names)
    assert alarms <= set(Alarm)
