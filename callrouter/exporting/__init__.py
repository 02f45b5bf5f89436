"""The call log as a file: which columns, in which form; used by the API and the command line."""
