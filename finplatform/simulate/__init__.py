"""The synthetic bank: people, accounts, behaviour, defaults, fraud, laundering and data defects.

`generate` makes a bank from a `SimulationConfig`; `load_bank` writes it to PostgreSQL;
`write_feeds` writes the files that come from outside the core system; `inject` adds defects to
transaction files.

Does not belong here: anything that reads the warehouse or evaluates the generated data.
"""

from finplatform.simulate.bank import Bank, generate
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.defects import inject
from finplatform.simulate.feeds import write_feeds
from finplatform.simulate.load import load_bank

__all__ = ["Bank", "SimulationConfig", "generate", "inject", "load_bank", "write_feeds"]
