"""What in a valid table is probably not meant, or cannot work: see `lint`."""

from callrouter.routing.lint.all import lint
from callrouter.routing.lint.finding import Finding

__all__ = ["Finding", "lint"]
