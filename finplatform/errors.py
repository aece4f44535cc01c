"""Errors that a user can act on.

A `FinplatformError` carries a sentence that says what is wrong and one that says what to do. The
command line and the API print these two and hide the traceback; anything else is a defect.
"""


class FinplatformError(Exception):
    """Something the user can mend.

    Args:
        message: What is wrong, in one sentence.
        hint: What to do about it.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class NothingFoundError(FinplatformError):
    """What was asked for does not exist, or the asker may not see it."""


class PassingError(FinplatformError):
    """Something that passes by itself: the same work may succeed when it is tried again."""
