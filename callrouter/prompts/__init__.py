"""Text or a sound file becomes audio that Asterisk can play, before any call needs it."""
