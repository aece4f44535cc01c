"""Asset checks: what must hold of a stored table before anything is built on it.

Belongs here: the factory that makes a blocking contract check per table, and reconciliations. The
rules themselves are contracts (`finplatform.contracts`) and dbt tests.
"""
