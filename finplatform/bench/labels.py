"""True labels of the simulated bank, for evaluating detection. No asset reads them."""

import polars as pl

from finplatform.errors import FinplatformError
from finplatform.warehouse import bulk

LAUNDERING = "select transaction_id::text, case_id, typology from simulate.laundering_labels"


def true_frauds(url: str) -> pl.DataFrame:
    """`transaction_id` of the frauds.

    Args:
        url: libpq URL of the warehouse.

    Raises:
        FinplatformError: The bank is none of the simulator.
    """
    with bulk.connect(url) as connection:
        if bulk.fetch_value(connection, "select to_regclass('simulate.fraud_labels')") is None:
            raise FinplatformError(
                "There are no labels of a simulator here.", "Leave out --truth on a real bank."
            )
        return bulk.read_frame(
            connection, "select labels.transaction_id::text from simulate.fraud_labels as labels"
        )
