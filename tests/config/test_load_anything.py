"""Whatever stands in the file: a configuration or a ConfigError, never anything else."""

import random
import tempfile
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from callrouter.config import document
from callrouter.config.load import ConfigError, load_file
from tests.config.companies import COMPANY

SECTIONS = [
    each
    for each in vars(document).values()
    if isinstance(each, type) and issubclass(each, document.Section)
]
FIELDS = sorted(
    {field.alias or name for each in SECTIONS for name, field in each.model_fields.items()}
)
WORDS = st.sampled_from([*FIELDS, "<<", "[key]", "a", ""])
VALUES = st.sampled_from(
    [
        "09:00",
        "Monday",
        "1001",
        "PJSIP/1",
        "a",
        "~",
        "../x",
        "UTC",
        "Europe",
        "Mon-Fri",
        "06-01",
        "2026-12-31",
        "last Friday of May",
        "true",
        "RS",
        "Labor Day",
        "2026-12-24 12:00",
        "We open {reopens_at}.",
        "+38111*",
        "+381641234567",
        "7",
    ]
)
TREES = st.recursive(
    st.one_of(WORDS, VALUES, st.text(max_size=8), st.none(), st.integers()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=25,
)


def load_or_refuse(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "c.yaml")
        file.write_bytes(content)
        try:
            problems = load_file(file).warnings
        except ConfigError as error:
            problems = error.problems
            usable = False
        else:
            usable = True
        assert usable or problems
        assert all(str(problem).isprintable() for problem in problems)


@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    load_or_refuse(content)


@given(st.text(max_size=200))
def test_any_text(content: str) -> None:
    load_or_refuse(content.encode("utf-8", "replace"))


@given(TREES)
@settings(max_examples=200)
def test_any_tree(tree: object) -> None:
    load_or_refuse(yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "replace"))


@given(st.integers(0, len(COMPANY)), st.integers(0, 12), st.text(max_size=5))
@settings(max_examples=200)
def test_any_small_damage_to_a_good_file(place: int, length: int, instead: str) -> None:
    damaged = COMPANY[:place] + instead + COMPANY[place + length :]
    load_or_refuse(damaged.encode("utf-8", "replace"))


@given(st.randoms(use_true_random=False), st.sampled_from([None, "'", '"']), st.booleans())
@settings(max_examples=40)
def test_the_order_of_names_and_the_kind_of_quotes_mean_nothing(
    shuffle: random.Random, quotes: str | None, flow: bool
) -> None:
    sections = list(yaml.load(COMPANY, yaml.BaseLoader).items())  # noqa: S506 - strings only
    shuffle.shuffle(sections)
    with tempfile.TemporaryDirectory() as folder:
        one, other = Path(folder, "one.yaml"), Path(folder, "other.yaml")
        one.write_text(COMPANY)
        other.write_text(
            yaml.dump(
                dict(sections), default_style=quotes, default_flow_style=flow, sort_keys=False
            )
        )
        assert load_file(one).table == load_file(other).table
