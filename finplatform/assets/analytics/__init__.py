"""Analytics assets: thin around `finplatform.analytics`.

Belongs here: which tables they read. Does not belong here: any statistics.
"""
