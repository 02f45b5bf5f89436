"""`python -m callrouter`: the same as the `callrouter` command."""

import sys

from callrouter.cli import main

sys.exit(main())
