"""Small realistic frames, and what every figure has to satisfy."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

BENCHMARKS = {
    "83% at 5 years, SDR 2017": 0.7996,
    "85% at 5 years, SDR 2015": 0.8228,
    "88% at 5 years, SDR 2021": 0.8578,
    "89% at 5 years, tax 2009": 0.8695,
    "81% at 10 years, SDR 2021": 0.8812,
    "90% at 5 years, as quoted": 0.8812,
    "90% as a constant": 0.9,
    "93% at 5 years, tax 2003": 0.9166,
    "94% at 5 years, tax 2007": 0.9284,
    "90% at 10 years, SDR 2017": 0.9387,
    "95% at 5 years, tax 2005": 0.9403,
    "96% at 5 years, tax 2001": 0.9522,
}


def _central(rate):
    return np.minimum(
        1, 2 * np.minimum(stats.binom.cdf(87, 100, rate), stats.binom.sf(86, 100, rate))
    )


@pytest.fixture
def compatibility():
    """87 of 100 against every rate, and twelve published benchmarks aligned to six years."""
    rate = np.linspace(0.6, 0.99, 391)
    curve = pd.DataFrame(
        {"group": "", "term": "curve", "estimate": rate, "p_value": _central(rate)}
    )
    marks = pd.DataFrame({"group": list(BENCHMARKS), "estimate": list(BENCHMARKS.values())})
    marks["term"] = "benchmark"
    marks["p_value"] = _central(marks["estimate"].to_numpy())
    marks["conf_low"] = marks["estimate"] - 0.005
    marks["conf_high"] = marks["estimate"] + 0.005
    return pd.concat([marks, curve], ignore_index=True)


def _specifications(design_effects, unknowns):
    tests = ("central", "minimum likelihood")
    rows = []
    for (name, rate), test, unknown, effect in itertools.product(
        BENCHMARKS.items(), tests, unknowns, design_effects
    ):
        estimate = 0.87 - unknown / 200 - rate
        reach = 0.07 * effect**0.5
        p_value = (
            float(_central(rate)) if test == "central" else stats.binomtest(87, 100, rate).pvalue
        )
        verdict = "cannot tell"
        if p_value <= 0.05:
            verdict = "below"
        elif abs(estimate) < 0.01:
            verdict = "equivalent within the margin"
        rows.append(
            {
                "benchmark": name, "alignment": "constant hazard", "test": test,
                "unknowns": unknown, "design_effect": effect, "estimate": estimate,
                "conf_low": estimate - reach, "conf_high": estimate + reach,
                "p_value": p_value, "verdict": verdict,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture
def specifications():
    """24 specifications."""
    return _specifications((1.0,), (0,))


@pytest.fixture
def many_specifications():
    """384 specifications."""
    return _specifications((1.0, 1.25, 1.5, 2.0), (0, 4, 8, 12))


@pytest.fixture
def stay_rates():
    """Five-year stay rates, S&E Indicators 2020 table S3-23: tax records to 2011, then a survey."""
    years = [2003, 2005, 2007, 2009, 2011, 2013, 2015, 2017]
    percents = {
        "Total": [64, 67, 63, 62, 66, 70, 70, 71],
        "China (including Hong Kong)": [93, 95, 94, 89, 85, 84, 85, 83],
        "India": [90, 89, 83, 79, 82, 85, 83, 83],
        "South Korea": [36, 44, 42, 42, 42, 54, 66, 57],
        "Europe": [63, 67, 67, 60, 62, 63, 64, 71],
    }
    frames = [
        pd.DataFrame({"group": group, "time": years, "estimate": np.array(row) / 100})
        for group, row in percents.items()
    ]
    frame = pd.concat(frames, ignore_index=True)
    survey = frame["time"] > 2012
    frame["conf_low"] = np.where(survey, frame["estimate"] - 0.03, np.nan)
    frame["conf_high"] = np.where(survey, frame["estimate"] + 0.03, np.nan)
    frame["instrument"] = np.where(survey, "SDR survey", "SSA tax match (Finn/ORISE)")
    return frame


@pytest.fixture
def coverage():
    """Clopper-Pearson and Wald at two n, from their definitions."""
    rate = np.linspace(0.01, 0.99, 99)
    frames = []
    for method, n in itertools.product(("clopper-pearson", "wald"), (10, 30)):
        k = np.arange(n + 1)
        if method == "wald":
            reach = 1.96 * np.sqrt(k / n * (1 - k / n) / n)
            low, high = k / n - reach, k / n + reach
        else:
            low = np.where(k == 0, 0, stats.beta.ppf(0.025, np.maximum(k, 1), n - k + 1))
            high = np.where(k == n, 1, stats.beta.ppf(0.975, k + 1, np.maximum(n - k, 1)))
        weight = stats.binom.pmf(k, n, rate[:, None])
        inside = (low <= rate[:, None]) & (rate[:, None] <= high)
        frames.append(
            pd.DataFrame(
                {
                    "method": method, "n": n, "rate": rate,
                    "coverage": (weight * inside).sum(axis=1),
                    "expected_length": (weight * (high - low)).sum(axis=1),
                }
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


@pytest.fixture
def power():
    """Power of the central exact test of 90% at two n."""
    rate = np.linspace(0.7, 0.99, 59)
    frames = []
    for n in (100, 300):
        k = np.arange(n + 1)
        p = 2 * np.minimum(stats.binom.cdf(k, n, 0.9), stats.binom.sf(k - 1, n, 0.9))
        rejected = stats.binom.pmf(k, n, rate[:, None])[:, p <= 0.05].sum(axis=1)
        frames.append(
            pd.DataFrame({"group": f"n = {n}", "term": "power", "rate": rate, "estimate": rejected})
        )
    return pd.concat(frames, ignore_index=True)


@pytest.fixture
def forest():
    """Four rows, one without an estimate."""
    return pd.DataFrame(
        {
            "group": ["NeurIPS 2019, China-born authors", "All", "Hong Kong and Macao", "Nobody"],
            "estimate": [0.87, 0.862, 0.78, np.nan],
            "conf_low": [0.79, 0.83, 0.6, np.nan],
            "conf_high": [0.922, 0.89, 0.9, np.nan],
        }
    )


def _texts(drawn):
    from matplotlib.text import Text

    figure = (drawn[0] if isinstance(drawn, tuple) else drawn).figure
    figure.draw_without_rendering()
    undrawn = set()
    for axis in [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]:
        # Ticks outside the view keep labels that are never drawn.
        shown = axis._update_ticks()
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
            if tick not in shown:
                undrawn |= {tick.label1, tick.label2}
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and text not in undrawn:
            yield text, text.get_window_extent()


@pytest.fixture
def check_text():
    """Return a check: all text inside the figure, 7 pt or more, and none on top of another."""

    def check(drawn):
        found = list(_texts(drawn))
        assert found
        figure = found[0][0].get_figure(root=True)
        tolerance = 0.01 * figure.dpi
        for text, box in found:
            words = text.get_text()
            assert text.get_fontsize() >= 7, words
            assert "p = 0.000" not in words.replace("\u00a0", " ")
            assert box.x0 >= -tolerance, words
            assert box.x1 <= figure.bbox.x1 + tolerance, words
            assert box.y0 >= -tolerance, words
            assert box.y1 <= figure.bbox.y1 + tolerance, words
        for (a, one), (b, two) in itertools.combinations(found, 2):
            across = min(one.x1, two.x1) - max(one.x0, two.x0)
            down = min(one.y1, two.y1) - max(one.y0, two.y0)
            assert across <= tolerance or down <= tolerance, (a.get_text(), b.get_text())

    return check
