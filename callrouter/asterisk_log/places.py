"""Where in Asterisk's log folder is what we read."""

LOG_DIR = "/var/log/asterisk"
"""Asterisk's log folder, where nothing else is said."""

CALL_RECORDS = "cdr-csv"
"""The folder in it, which Asterisk's own call records have anyway: it is there, and writable."""

NOTES = f"{CALL_RECORDS}/callrouter-away.notes"
"""What the dialplan notes of calls while no router is there."""

LOOKED = f"{CALL_RECORDS}/callrouter-looked"
"""Its time of change: until when all callers of that time are known to be in the call log."""

CDR = f"{CALL_RECORDS}/Master.csv"
"""Asterisk's own records of all calls."""
