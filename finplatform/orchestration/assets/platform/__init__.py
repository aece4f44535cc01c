"""The group `platform`: operational metadata of the platform.

Does not belong here: the bank's data.
"""
