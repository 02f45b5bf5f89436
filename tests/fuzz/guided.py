"""The same tests, guided by the code they reach: `python -m tests.fuzz.guided TEST --seconds 60`.

Needs atheris (`pip install atheris`), which `make fuzz` brings. Without a TEST it lists them. What
breaks is printed, and hypothesis keeps it for the next run of the test itself.
"""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator

import tests.fuzz


def fuzzed() -> Iterator[tuple[str, Callable[..., object]]]:
    """The property tests of this folder, by name."""
    for module in pkgutil.iter_modules(tests.fuzz.__path__):
        if module.name.startswith("test_"):
            found = importlib.import_module(f"tests.fuzz.{module.name}")
            for name, test in vars(found).items():
                if hasattr(test, "hypothesis"):
                    yield name, test


def main() -> int:
    parser = argparse.ArgumentParser(prog="guided")
    parser.add_argument("test", nargs="?", help="which; without it they are listed")
    parser.add_argument("--seconds", type=int, default=60)
    args = parser.parse_args()
    if args.test is None:
        print("\n".join(name for name, _ in fuzzed()))
        return 0
    import atheris  # type: ignore[import-untyped]

    with atheris.instrument_imports(include=["callrouter"]):
        known = dict(fuzzed())
    if args.test not in known:
        print(f"guided: there is no test {args.test}", file=sys.stderr)
        return 2
    test = known[args.test].hypothesis.fuzz_one_input  # type: ignore[attr-defined]
    atheris.Setup([sys.argv[0], f"-max_total_time={args.seconds}", "-timeout=60"], test)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
