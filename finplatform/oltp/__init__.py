"""The operational schema of a bank's core system, as SQLAlchemy models and migrations.

Belongs here: tables that business applications write to. Does not belong here: derived tables.
"""
