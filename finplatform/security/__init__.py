"""Security: keys, sealing of direct identifiers, tokens, masks and the search for leaks.

Pure functions over bytes and Polars frames, without Dagster; databases come in as
frames or callables. What a role may read belongs to the warehouse's grants, not here.
"""
