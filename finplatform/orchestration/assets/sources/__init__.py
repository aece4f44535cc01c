"""Source assets: bronze tables, loaded from the bank's systems by configuration.

Belongs here: one asset per source contract, and the external assets of the source tables. Does not
belong here: reading and validating rows (see `finplatform.ingest`).
"""
