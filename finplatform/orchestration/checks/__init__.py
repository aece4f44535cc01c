"""Asset checks: blocking contract checks of all tables, reconciliations, and checks of files.

Does not belong here: the rules of tables, which are contracts (`finplatform.contracts`) and dbt
tests.
"""
