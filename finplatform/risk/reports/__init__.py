"""From the bank's books to reported figures: rows of the warehouse in, rows of a report out.

Belongs here: choosing the rows of a reporting date, giving them to the formulas, and rounding once.
Does not belong here: any formula (the other modules of `finplatform.risk`), and reading or storing
tables (`finplatform.orchestration.assets.risk`).
"""
