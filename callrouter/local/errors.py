"""What goes wrong on the machine itself, said so that a person knows what to do about it."""


class LocalError(Exception):
    """The stack cannot start or go on; the message is for the user and names the remedy."""
