"""Liquidity: the coverage ratio over 30 days and the net stable funding ratio.

Belongs here: haircuts, flows and factors on totals by kind, in decimals. Which position is of which
kind is decided by whoever knows the contracts; `lines` reads totals from a table.
"""
