"""Resources of assets, checks and sensors.

Belongs here: thin typed handles. Does not belong here: logic, which is in the packages behind them.
"""
