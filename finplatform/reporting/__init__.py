"""Reporting: pages and charts from frames.

Belongs here: HTML that stands alone in one file. Does not belong here: reading tables (the report
assets do) and computing figures (the gold tables have them).
"""
