"""The synthetic bank: people, accounts, behaviour, defaults, fraud, laundering and data defects.

`generate` makes a bank from a `SimulationConfig`; `load_bank` writes it to PostgreSQL.

Does not belong here: anything that reads the warehouse, or judges what was generated.
"""

from finplatform.simulate.bank import Bank, generate
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.load import load_bank

__all__ = ["Bank", "SimulationConfig", "generate", "load_bank"]
