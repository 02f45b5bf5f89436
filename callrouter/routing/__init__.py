"""Where a call goes and why. Pure: no asyncio, no Asterisk, no database; the clock is an argument."""
