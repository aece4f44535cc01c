"""Files that must lie below a folder, wherever names and symbolic links lead.

Belongs here: resolving a path and refusing it. Does not belong here: what is in the file.
"""

from pathlib import Path, PurePosixPath

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.naming import shown_name


def check_inside(relation: str, root: Path) -> None:
    """Refuses a name or glob that leaves the folder by itself.

    Args:
        relation: Name or glob below the folder.
        root: The folder.

    Raises:
        FinplatformError: If it is absolute, goes up, or is none.
    """
    parts = PurePosixPath(relation).parts
    if not parts or ".." in parts or relation.startswith("/") or "\0" in relation:
        raise FinplatformError(
            f"{shown_name(relation)} is no file name below {shown_name(root)}.",
            "Give `read` a name or glob that starts at `root` and stays below it.",
        )


def resolved_below(path: Path, root: Path) -> Path:
    """The file that a path leads to.

    Args:
        path: A path below the folder.
        root: The folder, resolved.

    Raises:
        FinplatformError: If it leads out of the folder, or in a circle.
    """
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise FinplatformError(
            f"{shown_name(path)} leads to no file.", "Replace the symbolic link by the file."
        ) from error
    if not target.is_relative_to(root):
        raise FinplatformError(
            f"{shown_name(path)} is a link that leads out of {shown_name(root)}.",
            "Put the file itself there, or give the source the folder that holds it as `root`.",
        )
    return target
