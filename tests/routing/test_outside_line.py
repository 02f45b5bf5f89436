"""Which outside numbers may be dialled, and how."""

import pytest

from callrouter.routing.model import OutsideLine

LINE = OutsideLine("provider", ("+38111*", "0038164123456", "112"))


@pytest.mark.parametrize(
    ("number", "allowed"),
    [
        ("+381111234567", True),
        ("00381 11 123-4567", True),
        ("+38111", True),
        ("+38164123456", True),
        ("+381641234567", False),
        ("112", True),
        ("1121", False),
        ("+3811", False),
        ("", False),
        ("+", False),
        ("+38111*", False),
        ("+38111@elsewhere", False),
        ("+38111&PJSIP", False),
        ("+38111٣", False),
    ],
)
def test_only_plain_numbers_that_the_configuration_allows_are_dialled(
    number: str, allowed: bool
) -> None:
    assert LINE.allows(number) is allowed


def test_an_outside_number_is_dialled_through_the_trunk() -> None:
    assert LINE.phone("00381 11 1234") == "PJSIP/+381111234@provider"
