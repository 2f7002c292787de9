"""A Beta prior raised to a power stays Beta, so every scaled posterior is closed form."""

import numpy as np
import pytest
from scipy.special import betainc, betaincc, betaincinv

from talentstats.bayes.power_scaling import power_scaling
from talentstats.errors import InputError

DRAWS = 20_000


def posterior(a, b, stayed, people, *, prior_power=1.0, likelihood_power=1.0):
    left = people - stayed
    return (
        prior_power * (a - 1) + 1 + likelihood_power * stayed,
        prior_power * (b - 1) + 1 + likelihood_power * left,
    )


def found(a, b, stayed, people):
    # Evenly spaced quantiles of the posterior, shuffled: draws almost free of noise.
    even = (np.arange(DRAWS) + 0.5) / DRAWS
    p = betaincinv(*posterior(a, b, stayed, people), np.random.default_rng(1).permutation(even))
    made = power_scaling(
        draws=p[:, None],
        names=["retention"],
        log_prior=(a - 1) * np.log(p) + (b - 1) * np.log1p(-p),
        log_lik=stayed * np.log(p) + (people - stayed) * np.log1p(-p),
    )
    return made, (p.min(), p.max())


def distance(one, other, span):
    # Nguyen and Vreeken's cumulative Jensen-Shannon distance, over the range of the draws,
    # from the left and from the right, by the trapezoid rule on the exact distributions.
    x = np.linspace(*span, 20_001)

    def directed(p, q):
        middle = (p + q) / 2
        safe = np.where(p > 0, p, 1.0) / np.where(p > 0, middle, 1.0)
        return np.trapezoid(p * np.log2(safe), x) + np.trapezoid(q - p, x) / (2 * np.log(2))

    def both(cdf):
        p, q = cdf(*one, x), cdf(*other, x)
        return ((directed(p, q) + directed(q, p)) / np.trapezoid(p + q, x)) ** 0.5

    return max(both(betainc), both(betaincc))


@pytest.mark.parametrize("case", [(5, 45, 87, 100), (2, 2, 60, 100), (30, 10, 3, 4)])
@pytest.mark.parametrize("component", ["prior", "likelihood"])
def test_against_the_closed_form(case, component):
    made, span = found(*case)
    base = posterior(*case)
    steps = []
    for power in (0.99, 1.01):
        scaled = posterior(*case, **{f"{component}_power": power})
        steps.append(distance(base, scaled, span) / abs(np.log2(power)))
    assert getattr(made, component)[0] == pytest.approx(np.mean(steps), rel=0.02)


@pytest.mark.parametrize("case", [(5, 45, 87, 100), (2, 2, 60, 100), (30, 10, 3, 4)])
def test_shift_of_the_mean_by_calculus(case):
    made, _ = found(*case)
    a, b = posterior(*case)
    std_dev = (a * b / (a + b) ** 2 / (a + b + 1)) ** 0.5
    for component in ("prior", "likelihood"):
        h = 1e-4
        ends = [posterior(*case, **{f"{component}_power": 2.0**s}) for s in (-h, h)]
        means = [end[0] / sum(end) for end in ends]
        expected = (means[1] - means[0]) / (2 * h) / std_dev
        assert getattr(made, f"{component}_shift")[0] == pytest.approx(expected, rel=0.01, abs=1e-4)


def test_diagnoses_in_words():
    conflict, _ = found(5, 45, 87, 100)
    assert conflict.diagnosis == ("prior-data conflict",)
    assert conflict.prior_shift[0] < 0 < conflict.likelihood_shift[0]
    assert conflict.sentence == (
        "Power scaling: prior-data conflict for retention. Report other priors beside this one."
    )
    strong, _ = found(30, 10, 3, 4)
    assert strong.diagnosis == ("strong prior or weak likelihood",)
    fine, _ = found(2, 2, 60, 100)
    assert fine.diagnosis == ("-",)
    assert fine.sentence == ("Power scaling: none of 1 quantities is sensitive to the prior.")


def test_a_flat_prior_has_no_weight():
    p = np.random.default_rng(1).beta(88, 14, size=1000)
    made = power_scaling(
        draws=np.column_stack([p, np.full(1000, 0.5)]),
        names=["retention", "fixed"],
        log_prior=np.zeros(1000),
        log_lik=87 * np.log(p) + 13 * np.log1p(-p),
    )
    assert made.prior[0] == 0
    assert made.likelihood[0] > 0.05
    assert np.isnan(made.prior[1])
    assert np.isnan(made.likelihood_shift[1])
    assert made.diagnosis == ("-", "-")
    assert made.frame()["term"].tolist() == ["retention", "fixed"]


def test_long_lists_are_cut():
    p = np.random.default_rng(1).beta(92, 58, size=1000)
    made = power_scaling(
        draws=np.tile(p[:, None], 8),
        names=list("abcdefgh"),
        log_prior=4 * np.log(p) + 44 * np.log1p(-p),
        log_lik=87 * np.log(p) + 13 * np.log1p(-p),
    )
    assert "conflict for a, b, c, d, e and 3 more." in made.sentence


def test_input_is_checked():
    good = {"draws": np.ones((10, 1)), "names": ["p"], "log_prior": np.zeros(10)}
    with pytest.raises(InputError, match=r"draws have shape \(10, 1\); allowed is \(draws, 2"):
        power_scaling(**good | {"names": ["p", "q"]}, log_lik=np.zeros(10))
    with pytest.raises(InputError, match=r"log_lik has shape \(9,\)"):
        power_scaling(**good, log_lik=np.zeros(9))
    with pytest.raises(InputError, match="log_lik is not finite in 10 draws"):
        power_scaling(**good, log_lik=np.full(10, -np.inf))
