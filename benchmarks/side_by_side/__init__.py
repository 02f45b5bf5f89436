"""callrouter beside what a user would take instead: the same calls, the same Asterisk, one run.

`python -m benchmarks.side_by_side` (or `make bench`); `--help` says how to make it shorter.
"""
