"""callrouter: inbound call routing on Asterisk."""

__version__ = "0.1.0"
