"""The whole stack on one machine without root: Asterisk, PostgreSQL, router, software phones."""
