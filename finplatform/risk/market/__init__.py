"""Market risk: value at risk, its backtest, and the simplified standardised charge.

Belongs here: figures from profit and loss, and from positions already netted. Valuation and the
netting of positions belong to the trading systems.
"""
