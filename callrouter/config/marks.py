"""A configuration's mark: it changes with any change of what is written in it.

Law: the mark of a usable configuration is found again at the version that says the same.
"""

import hashlib

MARK_LENGTH = 16


def mark_of(document: str | bytes) -> str:
    """Of the plain values in JSON as a version keeps them, or of a file's bytes."""
    content = document.encode() if isinstance(document, str) else document
    return hashlib.sha256(content).hexdigest()[:MARK_LENGTH]


def mark_of_unusable(document: str) -> str:
    """Of rows that are no configuration: no version says the same."""
    return mark_of(f"unusable {document}")
