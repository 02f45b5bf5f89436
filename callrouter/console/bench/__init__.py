"""The workbench: a process beside the console that reads, checks and compares configurations.

The console asks it through `console/workbench.py` and never waits on its own loop.
"""
