"""Python assets of the analytics layer.

Belongs here: thin asset functions, one module for each kind of analysis, and their source tables.
Does not belong here: statistics (see `finplatform.analytics` and `finplatform.ml`).
"""
