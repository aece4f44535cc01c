"""Expected credit losses under IFRS 9: stages, lifetime losses and the movement of allowances.

Belongs here: accounting figures from point-in-time estimates. Capital's own expected loss, with its
floors and through-the-cycle PD, is `finplatform.risk.irb`; the two are never mixed.
"""
