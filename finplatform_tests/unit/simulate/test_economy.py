import numpy as np
import polars as pl

from finplatform.simulate import Bank


def test_prices_have_fat_tails_volatility_clusters_and_a_common_factor(bank: Bank) -> None:
    rows = bank.table("market_data").with_columns(pl.col("close_price").cast(pl.Float64))
    wide = rows.pivot(on="symbol", index="data_date", values="close_price").sort("data_date")
    prices = wide.drop("data_date").to_numpy()
    returns = np.diff(np.log(prices), axis=0)
    standard = (returns - returns.mean(0)) / returns.std(0)
    assert (standard**4).mean() > 3.5
    size = np.abs(standard)
    lagged = np.mean([np.corrcoef(size[1:, k], size[:-1, k])[0, 1] for k in range(size.shape[1])])
    assert lagged > 0.03
    market = wide.columns.index("FPX500") - 1
    links = [np.corrcoef(returns[:, market], returns[:, k])[0, 1] for k in range(6, 20)]
    assert np.mean(links) > 0.3


def test_a_days_prices_lie_between_low_and_high(bank: Bank) -> None:
    rows = bank.table("market_data")
    inside = rows.filter(
        (pl.col("low_price") <= pl.min_horizontal("open_price", "close_price"))
        & (pl.col("high_price") >= pl.max_horizontal("open_price", "close_price"))
        & (pl.col("low_price") > 0)
    )
    assert len(inside) == len(rows)
    assert rows["data_date"].dt.weekday().max() <= 5
    assert rows["symbol"].n_unique() == 20


def test_the_economy_slows_down_once_and_work_follows(bank: Bank) -> None:
    economy = bank.world.economy
    growth, idle = economy.growth[:, 0], economy.unemployment[:, 0]
    assert np.corrcoef(growth[:-3], idle[3:])[0, 1] < -0.6
    assert growth[economy.lead :].min() < growth[: economy.lead].mean() - 0.8
