"""Errors of the capital engine, one class for each cause that a caller handles separately."""

from finplatform.errors import FinplatformError


class RiskInputError(FinplatformError):
    """An invalid input: missing, out of range, or of an unknown class."""


class MissingRuleError(FinplatformError):
    """No rule of that name is in force on the requested date."""
