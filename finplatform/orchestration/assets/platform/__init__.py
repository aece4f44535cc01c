"""The group `platform`: what the platform knows of itself, for the pages that show how it does.

Belongs here: assets of the group `platform`. Does not belong here: the bank's own data.
"""
