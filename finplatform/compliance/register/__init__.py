"""The regulatory register: which returns are due when, and how far each is.

Belongs here: the returns, their calendar and the states of filings. Does not belong here: what
stands in a return (see `finplatform.risk.supervisory`).
"""
