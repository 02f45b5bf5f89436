"""What cannot be done with an account or a token, in words that the pages can translate."""

from http import HTTPStatus
from typing import Any


def _(message: str) -> str:
    """Marks a text for translation, which happens where it is shown."""
    return message


class Refused(Exception):
    """It cannot be done; `text % values` says why and what to do."""

    def __init__(
        self, text: str, status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY, **values: Any
    ) -> None:
        super().__init__(text % values)
        self.text = text
        self.status = status
        self.values = values


def no_such_user() -> Refused:
    return Refused(_("There is no such user."), HTTPStatus.NOT_FOUND)


def link_is_over() -> Refused:
    return Refused(
        _("This link is not good any more: it was used or replaced, or is too old. Get a new one."),
        HTTPStatus.GONE,
    )
