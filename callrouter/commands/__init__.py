"""The commands of `callrouter`, one module each: `add_arguments(parser)` and `run(args) -> exit code`."""
