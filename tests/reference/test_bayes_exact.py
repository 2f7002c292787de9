"""Closed forms and quadrature of destinations and hazards against independent code.

`bayes_make.py` made the values, each with the tolerance that its own grids allow.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from talentstats.stats import dirichlet, dirichlet_multinomial, hazard_prior, softmax_prior
from talentstats.stats import misclassification as misclassified
from talentstats.stats.unknown_status import share_bounds, unknown_status

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "bayes_exact_reference.json").read_text(encoding="utf-8")
)["cases"]
TAILS = [0.025, 0.5, 0.975]


def share_moments(law):
    return {f"p{k}_mean": m for k, m in enumerate(law.mean)} | {
        f"p{k}_sd": s for k, s in enumerate(law.std_dev)
    }


def difference(law, i, j):
    spread = law.covariance
    return law.mean[i] - law.mean[j], np.sqrt(spread[i, i] + spread[j, j] - 2 * spread[i, j])


def quantiles(values, name="p"):
    return dict(zip((f"{name}_q2.5", f"{name}_q50", f"{name}_q97.5"), values, strict=True))


def dirichlet_answer(y, a, i=1, j=2):
    law = dirichlet.posterior(counts=y, prior=a)
    mean, std_dev = difference(law, i, j)
    spread = law.covariance
    found = share_moments(law) | {
        f"P(p{i}>p{j})": law.probability_exceeds(i, j),
        f"E(p{i}-p{j})": mean,
        f"sd(p{i}-p{j})": std_dev,
        f"cor(p{i},p{j})": spread[i, j] / np.sqrt(spread[i, i] * spread[j, j]),
        "log_evidence": law.log_evidence,
    }
    for k, column in enumerate(law.quantile(TAILS).T):
        found |= quantiles(column, f"p{k}")
    return found


def poststrat_dirichlet_answer(Y, a, N):
    mean, std_dev = dirichlet.poststratified(counts=Y, prior=a, weight=N)
    return {f"E_p{k}": m for k, m in enumerate(mean)} | {
        f"sd_p{k}": s for k, s in enumerate(std_dev)
    }


def logit_normal_answer(y, n, mu, sd):
    found = softmax_prior.logit_normal(k=y, n=n, mean=mu, std_dev=sd)
    return {
        "p_mean": found.mean,
        "p_sd": found.std_dev,
        "eta_mean": found.log_odds_mean,
        "eta_sd": found.log_odds_std_dev,
        "log_evidence": found.log_evidence,
    } | quantiles(found.quantile(TAILS))


def softmax3_answer(y, sd, par="ref", mu=(0.0, 0.0)):
    mean, covariance = (
        softmax_prior.zero_sum_prior(categories=3, std_dev=sd)
        if par == "zs"
        else softmax_prior.reference_prior(mean=mu, std_dev=sd)
    )
    law = softmax_prior.softmax_posterior(counts=y, mean=mean, covariance=covariance)
    mean, std_dev = difference(law, 1, 2)
    return share_moments(law) | {
        "E(p1-p2)": mean,
        "sd(p1-p2)": std_dev,
        "log_evidence": law.log_evidence,
    }


def retention_prior_answer(mu, sd, years=5):
    found = hazard_prior.retention_prior(mean=mu, std_dev=sd, years=years)
    return {"R_mean": found.mean, "R_sd": found.std_dev} | quantiles(found.quantile(TAILS), "R")


def hazard_two_answer(events, exposure, x, link, mu_a, sd_a, sd_b, years=5):
    found = hazard_prior.hazard_line(
        events=events,
        exposure=exposure,
        x=x,
        at=[0, 1],
        link=link,
        intercept_mean=mu_a,
        intercept_std_dev=sd_a,
        slope_std_dev=sd_b,
        years=years,
    )
    kept, spread = found.retention_mean, found.retention_covariance
    return {
        "a_mean": found.mean[0],
        "b_mean": found.mean[1],
        "b_sd": np.sqrt(found.covariance[1, 1]),
        "log_evidence": found.log_evidence,
        "R(x=0)_mean": kept[0],
        "R(x=1)_mean": kept[1],
        "R(x=0)_sd": np.sqrt(spread[0, 0]),
        "R(x=1)_sd": np.sqrt(spread[1, 1]),
        "E(R(1)-R(0))": kept[1] - kept[0],
        "sd(R(1)-R(0))": np.sqrt(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1]),
    }


def competing_two_answer(stay, A, B, mu, sd, years=5):
    found = hazard_prior.competing_hazards(
        counts=np.transpose([stay, A, B]), mean=mu, std_dev=sd, years=years
    )
    named = {"retention_mean": found.retention_mean, "retention_sd": found.retention_std_dev}
    for i, event in enumerate("AB"):
        named |= {
            f"h{event}_mean": found.hazard_mean[i],
            f"h{event}_sd": found.hazard_std_dev[i],
            f"CIF_{event}_mean": found.incidence_mean[i],
            f"CIF_{event}_sd": found.incidence_std_dev[i],
        }
    return named | {"log_evidence": found.log_evidence}


def unknown_status_answer(known, unknown, a, resp):
    law = unknown_status(known=known, unknown=unknown, prior=a, found=resp)
    bounds = share_bounds(known=known, unknown=unknown)
    return (
        share_moments(law)
        | {f"bound{k}_lo": x for k, x in enumerate(bounds.lower)}
        | {f"bound{k}_hi": x for k, x in enumerate(bounds.upper)}
    )


def misclass2_answer(pos, neg, a, b, sens, spec):
    found = misclassified.misclassified_pair(
        positive=pos, negative=neg, prior=[a, b], sensitivity=sens, specificity=spec
    )
    return {
        "p_mean": found.shares.mean[0],
        "p_sd": found.shares.std_dev[0],
        "se_mean": found.sensitivity,
        "sp_mean": found.specificity,
    } | quantiles(found.shares.quantile(TAILS)[:, 0])


def misclass3_answer(y, M, a):
    return share_moments(misclassified.misclassified_triple(counts=y, matrix=M, prior=a))


def loco_dirichlet_answer(Y, a):
    found = dirichlet_multinomial.left_out(counts=Y, prior=a)
    return {f"elpd_cell{i}": x for i, x in enumerate(found.cells)} | {
        "elpd_loco": found.cell,
        "elpd_lopo": found.person,
    }


def dm_overdispersed_answer(y, p, conc):
    a = conc * np.array(p)
    return {
        "logpmf": dirichlet_multinomial.log_pmf(counts=y, concentration=a),
        "var0": dirichlet_multinomial.variance(people=sum(y), concentration=a)[0],
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_value_at_its_stated_tolerance(case):
    found = globals()[f"{case['family']}_answer"](**case["inputs"])
    assert set(found) == set(case["values"])
    for name, expected in case["values"].items():
        assert found[name] == pytest.approx(expected["value"], abs=expected["tol"], rel=0), name
