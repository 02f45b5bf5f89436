"""Where a call goes and why; pure: no asyncio, Asterisk or database, the clock is an argument."""
