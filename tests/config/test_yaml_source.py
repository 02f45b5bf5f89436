"""The tree: text as it was written, with lines, whatever the file looks like."""

import time

import pytest
import yaml

from callrouter.config import yaml_source, yaml_words
from callrouter.config.load import ConfigError
from callrouter.config.yaml_source import ListNode, MapNode, Node, ScalarNode, read_tree


def plain(node: Node) -> object:
    match node:
        case ScalarNode(text):
            return text
        case ListNode(_, items):
            return [plain(item) for item in items]
        case MapNode(_, entries):
            return {name: plain(value) for name, (_, value) in entries.items()}


def values(text: str) -> object:
    return plain(read_tree(text.encode(), "c.yaml")[0])


def complaint(source: str | bytes) -> str:
    content = source if isinstance(source, bytes) else source.encode()
    with pytest.raises(ConfigError) as caught:
        read_tree(content, "c.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    "written",
    [
        "10:30",
        "no",
        "0641234567",
        "1e3",
        "0x1F",
        "1_000",
        "2026-11-23",
        "true",
        "+381",
        "0o17",
        ".5",
    ],
)
def test_a_value_without_quotes_is_the_text_that_was_written(written: str) -> None:
    assert values(f"a: {written}") == {"a": written}
    assert values(f"{written}: a") == {written: "a"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a: &x [1, 2]\nb: *x\n", {"a": ["1", "2"], "b": ["1", "2"]}, id="anchors"),
        pytest.param(
            "a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\n",
            {"a": {"p": "1", "q": "2"}, "b": {"q": "3", "p": "1"}},
            id="merged fields give way to own ones",
        ),
        pytest.param("\ufeffa: 1", {"a": "1"}, id="a byte order mark is skipped"),
        pytest.param("---\na: 1\n...\n", {"a": "1"}, id="document marks around one document"),
        pytest.param("a: 1\r\nb: 2\r\n", {"a": "1", "b": "2"}, id="Windows line ends"),
        pytest.param("a: >-\n  one\n  two\n", {"a": "one two"}, id="folded text"),
        pytest.param("a: !!str 1", {"a": "1"}, id="the string tag says nothing new"),
        pytest.param("a: مرحبا 🙂", {"a": "مرحبا 🙂"}, id="any script"),
    ],
)
def test_what_yaml_allows_and_admins_use(text: str, expected: object) -> None:
    assert values(text) == expected


def test_every_value_knows_its_line() -> None:
    root, _ = read_tree(b"# one\na:\n  - x\n  - {b: c}\n", "c.yaml")
    assert isinstance(root, MapNode)
    key, items = root.entries["a"]
    assert isinstance(items, ListNode)
    assert (key.line, [item.line for item in items.items]) == (2, [3, 4])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("", "c.yaml:1: the file is empty", id="an empty file"),
        pytest.param("# nothing\n\n", "c.yaml:1: the file is empty", id="only comments"),
        pytest.param("a: 1\n---\nb: 2\n", "c.yaml:2: a second document begins", id="two documents"),
        pytest.param("a:\n\tb: 1\n", "c.yaml:2: a tab is used for indentation", id="a tab"),
        pytest.param(b"a: 1\nb: caf\xe9\n", "c.yaml:2: the file is not UTF-8; save", id="latin-1"),
        pytest.param("a: 1".encode("utf-16"), "c.yaml:1: the file is not UTF-8", id="UTF-16"),
        pytest.param(b"a: 1\nb: \x00\n", "c.yaml:2: the character U+0000", id="a NUL byte"),
        pytest.param(
            "a: !!python/object/apply:os.system [ls]",
            "c.yaml:1: a: the tag '!!python/object/apply:os.system' is not allowed",
            id="a Python tag",
        ),
        pytest.param("a: !secret x", "c.yaml:1: a: the tag '!secret'", id="a tag of one's own"),
        pytest.param("a: &x [*x]", "`*x` stands inside the very thing", id="an alias of itself"),
        pytest.param(
            "a: *12", 'put quotes around it: "*12"', id="an extension that looks like one"
        ),
        pytest.param("{a: 1}: 2", "a field's name is expected", id="a mapping as a name"),
        pytest.param(
            "a: b: c",
            "c.yaml:1: a second ': ' on this line; if it belongs to a text, put quotes",
            id="a colon in a text",
        ),
        pytest.param(
            'a: "b\nc: 1\n', "c.yaml:1: the quotes around a text are not closed", id="an open quote"
        ),
        pytest.param(
            "a: [1, 2\nb: 3\n", "c.yaml:1: a list in [ ] is not finished", id="an open list"
        ),
        pytest.param("a: {b: 1\nc", "a mapping in { } is not finished", id="an open mapping"),
        pytest.param(
            "a: 1\n  b: 2\n",
            "c.yaml:2: this line belongs to the text above it; check its indentation",
            id="wrong indentation",
        ),
        pytest.param(
            'a: "b\nc: 1\nd: "e"\nf: 1\n',
            "c.yaml:1: the quotes opened here are closed only on line 3; close them where",
            id="quotes closed by the next ones",
        ),
        pytest.param(
            "a:\n  b: |\n    text\n c: 1\n",
            "c.yaml:4: this line does not fit the lines above",
            id="a block of text is not in quotes",
        ),
        pytest.param("a: @b", "put quotes around it", id="a reserved character"),
        pytest.param("a: {<<: 5}", "`<<` takes the fields of another mapping", id="a bad merge"),
    ],
)
def test_what_is_not_a_configuration(source: str | bytes, expected: str) -> None:
    assert expected in complaint(source)


def test_names_written_twice_are_all_told_and_do_not_hide_the_rest() -> None:
    root, problems = read_tree(b"a: 1\nb: {c: 1, c: 2}\na: 2\n", "c.yaml")
    assert plain(root) == {"a": "1", "b": {"c": "1"}}
    assert [str(problem) for problem in problems] == [
        "c.yaml:2: b.c: 'c' is written twice, first on line 2; keep only one of them",
        "c.yaml:3: a: 'a' is written twice, first on line 1; keep only one of them",
    ]


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)
)


@pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "the pure parser"])
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("[" * 100_000, "levels of nesting", id="100,000 open brackets"),
        pytest.param("{a: " * 100_000, "levels of nesting", id="100,000 open braces"),
        pytest.param("- " * 100_000, "levels of nesting", id="100,000 dashes on a line"),
        pytest.param("? " * 100_000, "a field's name is expected", id="100,000 complex keys"),
        pytest.param(LAUGHS, "aliases stand for more than", id="a billion laughs"),
        pytest.param("#" * 11_000_000, "larger than 10 MB", id="a huge file"),
    ],
)
def test_hostile_files_are_refused_at_once(
    source: str, expected: str, pure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if pure:
        monkeypatch.setattr(yaml_source, "YamlLoader", yaml.BaseLoader)
        monkeypatch.setattr(yaml_words, "YamlLoader", yaml.BaseLoader)
    start = time.process_time()
    assert expected in complaint(source)
    assert time.process_time() - start < 2  # seconds of work; usually far less than 0.1
