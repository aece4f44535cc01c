"""Anti-money-laundering: from movements to alerts, cases and reports to the authority.

Signals (`signals`, `graph`) are weighed into alerts (`alerts`) by dated rules (`rules`); alerts
become cases (`cases`), cases reports (`narrative`, `fincen`). Cash reports (`currency_reports`)
follow the regulation alone. Nothing here stops a payment, and nothing is shown to whom it is about.
"""
