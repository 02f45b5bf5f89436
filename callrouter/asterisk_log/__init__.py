"""What Asterisk has written down by itself: of calls that no router saw, wholly or to their end."""
