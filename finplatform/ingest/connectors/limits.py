"""Limits on files and responses, against faulty or hostile content such as decompression bombs.

Belongs here: the limits, their settings and the error. Does not belong here: measuring the content
(see the readers).
"""

from dataclasses import dataclass

from finplatform.errors import FinplatformError
from finplatform.settings import Settings

KIB = 1024
MIB = 1024 * KIB

SMALL_BYTES = 128 * MIB
"""Unpacked size up to which the ratio is not limited."""

LOOKUP_BYTES = 128 * MIB
"""Most memory of a lookup, which is held in memory during the load."""


@dataclass(frozen=True)
class Limits:
    """The limits, each a setting.

    Attributes:
        columns: Columns of a table, attributes of an element.
        header_bytes: Bytes of the line that names the columns.
        depth: Levels of nested elements or values.
        element_bytes: Bytes of one XML record or one Parquet value.
        unpacked_bytes: Bytes that a compressed file unpacks to.
        unpacked_ratio: Unpacked bytes per packed one, beyond `SMALL_BYTES`; small values count for
            more than their bytes.
        answer_bytes: Bytes of one response of an API.
        rejected_rows: Pieces of one file that cannot be read as rows.
    """

    columns: int = 2_000
    header_bytes: int = 1_024 * KIB
    depth: int = 100
    element_bytes: int = 4 * MIB
    unpacked_bytes: int = 4_096 * MIB
    unpacked_ratio: int = 100
    answer_bytes: int = 32 * MIB
    rejected_rows: int = 100_000

    def check_columns(self, count: int) -> None:
        """Refuses a table that is too wide.

        Raises:
            FinplatformError: If it has more columns than the limit.
        """
        if count > self.columns:
            raise too_much(f"It has more than {self.columns} columns", "MAX_COLUMNS")

    def check_depth(self, depth: int) -> None:
        """Refuses what is nested too deeply.

        Raises:
            FinplatformError: If it has more levels than the limit.
        """
        if depth > self.depth:
            raise too_much(f"It is nested more than {self.depth} levels deep", "MAX_DEPTH")

    def check_unpacked(self, unpacked: int, packed: int) -> None:
        """Refuses content that is far larger than the file that holds it.

        Args:
            unpacked: Bytes of content so far.
            packed: Bytes of the file.

        Raises:
            FinplatformError: If the content, or its ratio to the file, is beyond its limit.
        """
        if unpacked > self.unpacked_bytes:
            size = self.unpacked_bytes // MIB
            raise too_much(f"It unpacks to more than {size} MiB", "MAX_UNPACKED_MB")
        self.check_ratio(unpacked, packed)

    def check_ratio(self, weight: int, packed: int) -> None:
        """Refuses content that takes far more time or memory than the size of its file suggests.

        Args:
            weight: Weight of the content so far, in bytes.
            packed: Bytes of the file.

        Raises:
            FinplatformError: If its ratio to the file is beyond the limit.
        """
        if weight > SMALL_BYTES and weight > self.unpacked_ratio * packed:
            text = f"It unpacks to more than {self.unpacked_ratio} times its size"
            raise too_much(text, "MAX_UNPACKED_RATIO")


DEFAULT = Limits()
"""Limits by the default settings."""


def limits_of(settings: Settings) -> Limits:
    """Limits by the settings."""
    return Limits(
        columns=settings.max_columns,
        header_bytes=settings.max_header_kb * KIB,
        depth=settings.max_depth,
        element_bytes=settings.max_element_mb * MIB,
        unpacked_bytes=settings.max_unpacked_mb * MIB,
        unpacked_ratio=settings.max_unpacked_ratio,
        answer_bytes=settings.max_answer_mb * MIB,
        rejected_rows=settings.max_rejected_rows,
    )


def too_much(what: str, setting: str) -> FinplatformError:
    """The refusal of content beyond a limit.

    Args:
        what: The violation, as a sentence without its full stop.
        setting: Name of the setting, without its prefix.
    """
    return FinplatformError(
        f"{what}.",
        f"Check the file with its supplier; if it is correct, raise FINPLATFORM_{setting}.",
    )
