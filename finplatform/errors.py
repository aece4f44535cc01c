"""Errors that a user can act on.

A `FinplatformError` has a message and a hint. The command line and the API print both without a
traceback; any other exception is a defect.
"""


class FinplatformError(Exception):
    """An error that the user can correct.

    Args:
        message: The error, in one sentence.
        hint: The remedy.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class NothingFoundError(FinplatformError):
    """The requested object does not exist, or the user may not read it."""


class PassingError(FinplatformError):
    """A transient error: a retry may succeed."""
