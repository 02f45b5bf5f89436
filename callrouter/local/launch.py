"""Runs in front of a program we start: gives up root, ties the program's life to ours, becomes it.

Law: standard library only; it is run by its path (`python -I -S launch.py …`), not imported.
Arguments: PARENT_PID DEATH_SIGNAL USER|- PROGRAM [ARGUMENT …]
"""

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Replace this process by the program; it gets DEATH_SIGNAL when our parent's thread ends."""
    parent, death_signal, user, *program = sys.argv[1:]
    if user != "-":
        account = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    # After setuid, because a change of user clears it.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("our parent ended before we had begun")
    for ignored_by_python in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(ignored_by_python, signal.SIG_DFL)
    try:
        os.execvp(program[0], program)  # noqa: S606
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
