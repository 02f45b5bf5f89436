"""A thin asyncio client of the Asterisk REST Interface; knows no routing and no database."""
