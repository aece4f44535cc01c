"""Source assets: bronze tables, loaded from the bank's systems by configuration.

Belongs here: making one asset per source contract, and the external assets that stand for the
source tables themselves. How rows are read and judged is in `finplatform.ingest.connectors` and
`finplatform.ingest`.
"""
