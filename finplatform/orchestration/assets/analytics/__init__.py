"""Assets of the analytics layer that Python makes.

Belongs here: thin asset functions, a kind of question a module, and which tables they read. Does
not belong here: any statistics (see `finplatform.analytics` and `finplatform.ml`).
"""
