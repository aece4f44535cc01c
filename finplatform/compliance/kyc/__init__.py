"""Knowing customers: their risk, whether reviews and documents are in time, and who owns companies.

Belongs here: scores, states and alerts as pure functions over frames. Does not belong here: names
on sanctions lists (see `finplatform.compliance.screening`).
"""
