"""The built bank's API, with a person of every role."""

from collections.abc import Iterator

import pytest

from finplatform_tests.integration.api.people import Api, add_people, served
from finplatform_tests.integration.bank import BuiltBank


@pytest.fixture(scope="session")
def bank_with_people(built_bank: BuiltBank) -> BuiltBank:
    """The built bank, with a person of every role who may log in."""
    add_people(built_bank.settings)
    return built_bank


@pytest.fixture(scope="module")
def api(bank_with_people: BuiltBank) -> Iterator[Api]:
    """Its API in this process."""
    with served(bank_with_people.settings) as found:
        yield found
