"""Who may sign in, and how: the same for the pages, the API and `callrouter user`."""
