"""Treatment effects with intervals, from randomised and from observational assignment.

Belongs here: estimators over arrays, and their diagnostics. Does not
belong here: campaigns or frames (see `campaign_effects`), and anything that predicts.

References: Neyman's variance as in Imbens and Rubin, Causal Inference (2015), ch. 6; the augmented
inverse probability weighted estimator of Robins, Rotnitzky and Zhao (1994), with cross-fitting as
in Chernozhukov et al., Double/debiased machine learning (2018).
"""

from dataclasses import dataclass

import numpy as np

from finplatform.errors import FinplatformError

TRIM = 0.01
"""Propensities are kept this far from 0 and 1, so that no single customer decides the effect."""

LEAST_PER_ARM = 20
"""Fewer treated or untreated units than this are not compared."""

_FOLDS = 5
_LEAST_EVENTS = 2
_COMMON = (0.05, 0.95)
_MOST_OUTSIDE, _MOST_IMBALANCE = 0.05, 0.1


@dataclass(frozen=True)
class Effect:
    """A mean effect of being treated, in units of the outcome.

    Attributes:
        estimate: Treated minus not treated.
        standard_error: Its standard error.
        lower: Lower end of the confidence interval.
        upper: Upper end.
        treated: Units that were treated.
        control: Units that were not.
    """

    estimate: float
    standard_error: float
    lower: float
    upper: float
    treated: int
    control: int

    @property
    def p_value(self) -> float:
        """Two-sided p-value of no effect; 1 if neither effect nor error is there."""
        if self.standard_error == 0:
            return 1.0 if self.estimate == 0 else 0.0
        from scipy.special import ndtr  # type: ignore[import-untyped]

        return float(2 * ndtr(-abs(self.estimate) / self.standard_error))

    def covers(self, value: float) -> bool:
        """Whether the interval holds a value."""
        return self.lower <= value <= self.upper


@dataclass(frozen=True)
class Overlap:
    """Whether treated and untreated are comparable at all.

    Attributes:
        lowest: Lowest propensity, before trimming.
        highest: Highest propensity.
        outside_rate: Share of units with a propensity below 5% or above 95%.
        effective_treated: Kish's effective number of weighted treated units.
        effective_control: The same for the others.
        imbalance_before: Largest standardised difference of a covariate's mean.
        imbalance_after: The same after weighting by the inverse propensity.
    """

    lowest: float
    highest: float
    outside_rate: float
    effective_treated: float
    effective_control: float
    imbalance_before: float
    imbalance_after: float

    @property
    def is_sufficient(self) -> bool:
        """At most 5% of units without a counterpart, and balance after weighting.

        Balanced means within 0.1 standard deviations or, among few units, within two standard
        errors of such a difference (Austin, Statistics in Medicine 2009, both).
        """
        chance = np.sqrt(1 / self.effective_treated + 1 / self.effective_control)
        limit = max(_MOST_IMBALANCE, 2 * float(chance))
        return self.outside_rate <= _MOST_OUTSIDE and self.imbalance_after <= limit


@dataclass(frozen=True)
class Adjusted:
    """An effect adjusted for covariates.

    Attributes:
        effect: The effect over all units.
        overlap: Whether the adjustment had something to compare.
        uplift: Expected effect for each unit by the outcome model alone, in the order given.
        scores: Influence of each unit on the effect. Their mean over all units is the effect, their
            mean over a group known before the treatment is that group's effect.
    """

    effect: Effect
    overlap: Overlap
    uplift: np.ndarray
    scores: np.ndarray


def difference_in_means(
    outcome: np.ndarray, treated: np.ndarray, *, confidence: float = 0.95
) -> Effect:
    """The effect in an experiment: means differ by the effect and by chance.

    Args:
        outcome: One number per unit; yes and no as 1 and 0.
        treated: Whether each unit was treated, decided by lot.
        confidence: Share of intervals that hold the true effect.

    Raises:
        FinplatformError: If the arrays do not fit, or an arm has fewer than 20 units.
    """
    outcome, treated = _checked(outcome, treated)
    yes, no = outcome[treated], outcome[~treated]
    error = np.sqrt(yes.var(ddof=1) / yes.size + no.var(ddof=1) / no.size)
    return _effect(float(yes.mean() - no.mean()), float(error), treated, confidence)


def doubly_robust(
    outcome: np.ndarray,
    treated: np.ndarray,
    covariates: np.ndarray,
    *,
    confidence: float = 0.95,
    seed: int = 0,
) -> Adjusted:
    """The effect where treatment was chosen by the covariates: cross-fitted AIPW.

    It is right if either the model of the choice or that of the outcome is, and if nothing else
    moved both: a hidden reason for the choice biases it, and the interval does not cover that.

    Args:
        outcome: One number per unit; yes and no as 1 and 0.
        treated: Whether each unit was treated.
        covariates: Covariates of the assignment, (units, covariates), known before it.
        confidence: Share of intervals that hold the true effect.
        seed: Seed of the folds.

    Raises:
        FinplatformError: If the arrays do not fit, or an arm has fewer than 20 units.
    """
    outcome, treated = _checked(outcome, treated)
    covariates = np.asarray(covariates, dtype=float)
    if covariates.ndim != 2 or len(covariates) != len(outcome):
        raise FinplatformError(
            "The covariates do not fit the outcomes.", "Give one row of covariates per outcome."
        )
    if not np.isfinite(covariates).all():
        raise FinplatformError(
            "A covariate is missing or infinite.", "Fill it in, or leave the unit out."
        )
    propensity, alone, contacted = _cross_fit(outcome, treated, covariates, seed)
    kept = np.clip(propensity, TRIM, 1 - TRIM)
    score = (
        contacted
        - alone
        + treated * (outcome - contacted) / kept
        - ~treated * (outcome - alone) / (1 - kept)
    )
    error = float(score.std(ddof=1) / np.sqrt(score.size))
    return Adjusted(
        effect=_effect(float(score.mean()), error, treated, confidence),
        overlap=_overlap(treated, covariates, propensity, kept),
        uplift=contacted - alone,
        scores=score,
    )


def placebo_rejection_rate(
    outcome: np.ndarray,
    treated: np.ndarray,
    *,
    draws: int = 200,
    level: float = 0.05,
    seed: int = 0,
) -> float:
    """Share of made-up treatments that a test calls effective; about `level` is right.

    The treatment is dealt out anew at random, so that it cannot have had an effect.

    Args:
        outcome: One number per unit.
        treated: The true treatment; only the number of treated units is used.
        draws: Made-up treatments.
        level: Level of the test.
        seed: Seed of the draws.
    """
    outcome, treated = _checked(outcome, treated)
    rng = np.random.default_rng(seed)
    effects = (difference_in_means(outcome, rng.permutation(treated)) for _ in range(draws))
    return float(np.mean([effect.p_value < level for effect in effects]))


def _checked(outcome: np.ndarray, treated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    outcome, treated = np.asarray(outcome, dtype=float), np.asarray(treated, dtype=bool)
    if outcome.ndim != 1 or outcome.shape != treated.shape:
        raise FinplatformError(
            "Outcomes and treatments are not two lists of one length.",
            "Give one outcome and one treatment per unit.",
        )
    if not np.isfinite(outcome).all():
        raise FinplatformError("An outcome is missing or infinite.", "Leave the unit out.")
    if min(treated.sum(), (~treated).sum()) < LEAST_PER_ARM:
        raise FinplatformError(
            f"{treated.sum()} treated and {(~treated).sum()} untreated units are too few.",
            f"Compare at least {LEAST_PER_ARM} of each.",
        )
    return outcome, treated


def effect_of(
    estimate: float, error: float, treated: int, control: int, confidence: float
) -> Effect:
    """An effect with its normal interval.

    Args:
        estimate: Treated less not treated.
        error: Its standard error.
        treated: Units that were treated.
        control: Units that were not.
        confidence: Share of intervals that hold the true effect.
    """
    from scipy.special import ndtri

    reach = float(ndtri(0.5 + confidence / 2)) * error
    return Effect(estimate, error, estimate - reach, estimate + reach, treated, control)


def _effect(estimate: float, error: float, treated: np.ndarray, confidence: float) -> Effect:
    size = int(treated.sum())
    return effect_of(estimate, error, size, int(treated.size - size), confidence)


def pooled(estimates: np.ndarray, errors: np.ndarray) -> tuple[float, float, float]:
    """One effect from several studies whose true effects may differ (random effects).

    Args:
        estimates: One per study.
        errors: Their standard errors, all above 0.

    Returns:
        The mean effect, its standard error, and the standard deviation of true effects between
        studies (DerSimonian and Laird 1986).
    """
    weight = 1 / errors**2
    common = np.average(estimates, weights=weight)
    excess = float(weight @ (estimates - common) ** 2) - (estimates.size - 1)
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    between = max(excess / scale, 0.0) if estimates.size > 1 else 0.0
    weight = 1 / (errors**2 + between)
    mean = float(np.average(estimates, weights=weight))
    return mean, float(1 / np.sqrt(weight.sum())), float(np.sqrt(between))


def _cross_fit(
    outcome: np.ndarray, treated: np.ndarray, covariates: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Propensity and expected outcome without and with treatment, by models of the other folds."""
    from sklearn.model_selection import StratifiedKFold

    is_binary = bool(np.isin(outcome, (0.0, 1.0)).all())
    # Folds alike in treatment and, for yes and no, in outcome: none is left without conversions.
    strata = 2 * treated + (outcome if is_binary else 0)
    rarest = int(np.unique(strata, return_counts=True)[1].min())
    folds = StratifiedKFold(max(2, min(_FOLDS, rarest)), shuffle=True, random_state=seed)
    propensity, alone, contacted = np.empty((3, len(outcome)))
    features = _features(covariates)
    learn = _choice if is_binary else _amount
    for fit, held_out in folds.split(features, strata if rarest >= _LEAST_EVENTS else treated):
        known, inside, wanted = features[fit], treated[fit], features[held_out]
        propensity[held_out] = _choice(known, inside.astype(float), wanted)
        for values, arm in ((alone, ~inside), (contacted, inside)):
            values[held_out] = learn(known[arm], outcome[fit][arm], wanted)
    return propensity, alone, contacted


def _features(covariates: np.ndarray) -> np.ndarray:
    """Covariates, their squares and products, each with mean 0 and variance 1."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    steps = StandardScaler(), PolynomialFeatures(2, include_bias=False), StandardScaler()
    return np.asarray(make_pipeline(*steps).fit_transform(covariates))


def _choice(known: np.ndarray, result: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Chance of yes by logistic regression."""
    from sklearn.linear_model import LogisticRegression

    if min(result.sum(), (1 - result).sum()) < _LEAST_EVENTS:
        return np.full(len(wanted), result.mean())
    model = LogisticRegression(C=1.0, solver="newton-cholesky").fit(known, result)
    return np.asarray(model.predict_proba(wanted)[:, 1])


def _amount(known: np.ndarray, result: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Expected amount by ridge regression."""
    from sklearn.linear_model import Ridge

    return np.asarray(Ridge(10.0).fit(known, result).predict(wanted))


def _overlap(
    treated: np.ndarray, covariates: np.ndarray, propensity: np.ndarray, kept: np.ndarray
) -> Overlap:
    weight = np.where(treated, 1 / kept, 1 / (1 - kept))
    outside = (propensity < _COMMON[0]) | (propensity > _COMMON[1])
    return Overlap(
        lowest=float(propensity.min()),
        highest=float(propensity.max()),
        outside_rate=float(outside.mean()),
        effective_treated=_kish(weight[treated]),
        effective_control=_kish(weight[~treated]),
        imbalance_before=_imbalance(treated, covariates, np.ones_like(weight)),
        imbalance_after=_imbalance(treated, covariates, weight),
    )


def _kish(weight: np.ndarray) -> float:
    return float(weight.sum() ** 2 / (weight**2).sum())


def _imbalance(treated: np.ndarray, covariates: np.ndarray, weight: np.ndarray) -> float:
    """Largest difference of weighted means in standard deviations of the unweighted arms."""
    yes, no = covariates[treated], covariates[~treated]
    gap = np.average(yes, axis=0, weights=weight[treated]) - np.average(
        no, axis=0, weights=weight[~treated]
    )
    spread = np.sqrt((yes.var(axis=0) + no.var(axis=0)) / 2)
    return float(np.abs(gap / np.where(spread > 0, spread, 1.0)).max())
