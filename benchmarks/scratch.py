"""A folder for the time of a benchmark."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Gone afterwards. Others may pass through it: root's PostgreSQL runs as nobody."""
    with tempfile.TemporaryDirectory(prefix="callrouter-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder
