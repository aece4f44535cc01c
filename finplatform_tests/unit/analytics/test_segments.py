import numpy as np

from finplatform.analytics.segments import find_segments, standardise


def _clouds(sizes: list[int], seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = np.array([[0.0, 0.0, 0.0], [9.0, 0.0, 9.0], [0.0, 9.0, -9.0]])
    parts = (
        centre + rng.normal(size=(size, 3)) for centre, size in zip(centres, sizes, strict=False)
    )
    return np.vstack(list(parts))


def test_three_clouds_are_three_segments_the_largest_first() -> None:
    found = find_segments(_clouds([60, 120, 90]))
    assert max(found.silhouettes, key=found.silhouettes.__getitem__) == 3
    clouds = slice(0, 60), slice(60, 180), slice(180, 270)
    assert [set(found.labels[cloud]) for cloud in clouds] == [{3}, {1}, {2}]
    assert found.profiles.shape == (3, 3)


def test_equal_data_give_equal_segments() -> None:
    values = np.random.default_rng(1).normal(size=(300, 4))
    first, second = find_segments(values, seed=7), find_segments(values, seed=7)
    assert (first.labels == second.labels).all()
    assert first.silhouettes == second.silhouettes


def test_few_or_equal_customers_are_one_segment() -> None:
    assert set(find_segments(np.random.default_rng(2).normal(size=(20, 3))).labels) == {1}
    assert set(find_segments(np.ones((200, 3))).labels) == {1}
    assert find_segments(np.empty((0, 3))).labels.size == 0


def test_what_is_missing_is_the_median_and_what_nobody_has_is_nothing() -> None:
    values = np.array([[1.0, np.nan], [2.0, np.nan], [3.0, np.nan], [np.nan, np.nan]])
    design = standardise(values)
    assert np.isfinite(design).all()
    assert design[3, 0] == design[1, 0]
    assert (design[:, 1] == 0).all()


def test_a_customer_far_from_all_is_an_outlier() -> None:
    values = np.random.default_rng(3).normal(size=(500, 3))
    values[0] = [6.0, -6.0, 6.0]
    p_values = find_segments(values).outlier_p_values
    assert p_values[0] < 1e-6
    assert 0.02 < (p_values < 0.05).mean() < 0.09
