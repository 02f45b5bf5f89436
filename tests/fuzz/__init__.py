"""Hostile input of every kind: whatever comes in, nothing breaks that is not its own.

`CALLROUTER_TEST_FUZZ_EXAMPLES` says how many inputs each test tries (usually 60). `make fuzz` runs
them longer, guided by what code they reach (`guided.py`).
"""

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("CALLROUTER_TEST_FUZZ_EXAMPLES", "60"))

bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
