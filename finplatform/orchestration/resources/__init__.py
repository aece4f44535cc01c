"""Resources: what assets, checks and sensors are given to work with.

Belongs here: thin typed handles that Dagster hands over. Does not belong here: logic, which is in
the packages that the handles open.
"""
