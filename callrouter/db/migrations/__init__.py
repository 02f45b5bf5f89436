"""The tables' history, one module a step, shipped with callrouter."""
