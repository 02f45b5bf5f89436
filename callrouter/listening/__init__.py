"""Listening to Asterisk, for as long as the router runs, whatever becomes of the connection."""
