"""Errors of the capital engine, one class for each thing a user can mend.

Belongs here: what callers may want to tell apart. Does not belong here: the checks that raise them.
"""

from finplatform.errors import FinplatformError


class RiskInputError(FinplatformError):
    """An input that no formula can take: missing, out of range, or of an unknown class."""


class MissingRuleError(FinplatformError):
    """No rule of that name is in force on the date asked for."""
