"""The API and, on top of it, the console: a process of its own, which never touches a call."""
