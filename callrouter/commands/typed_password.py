"""A password as a command gets it: typed unseen, twice, or read from a pipe; never an argument."""

import getpass
import sys


class NoPassword(Exception):
    """There is none that can be used; the text says why."""


def typed_password() -> str:
    """The new password. Raises NoPassword."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise NoPassword("write the password into the standard input, as one line")
        return password
    password = getpass.getpass("New password: ")
    if getpass.getpass("The same again: ") != password:
        raise NoPassword("the two are not the same")
    return password
