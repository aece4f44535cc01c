"""What a run loaded.

Belongs here: reading `ops.loads`.
"""

from finplatform.api.database import Session

_LOADED = """
select table_name, sum(rows_loaded)::bigint as rows
from ops.loads where run_id = %(run_id)s group by table_name
"""


async def rows_loaded(session: Session, run_id: str) -> dict[str, int]:
    """Rows that a run loaded, by table of bronze."""
    found = await session.rows(_LOADED, {"run_id": run_id})
    return {row["table_name"]: row["rows"] for row in found}
