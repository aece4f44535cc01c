"""Liquidity: the coverage ratio over 30 days and the net stable funding ratio.

Haircuts, flows and factors on totals by kind, in decimals. The caller classifies positions by kind.
"""
