"""The live board: what is going on now, computed once and handed to every viewer."""
