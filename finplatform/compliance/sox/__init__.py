"""Controls over financial reporting (Sarbanes-Oxley 302 and 404): months closed, duties, controls.

Belongs here: what may be done by whom, and what speaks for a control. Does not belong here: rows of
the database (`finplatform.warehouse`) and the graph (`finplatform.orchestration`).
"""
