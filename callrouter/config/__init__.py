"""From what an admin writes to the routing table, with errors that say where and what to do."""
