import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError
from talentstats.plots.survival_curve import plot_survival
from talentstats.summaries.spells import Spells
from talentstats.survival.curve import survival_curve


@pytest.fixture
def curve():
    rng = np.random.default_rng(3)
    sector = np.array(["academia", "government lab", "industry"])[rng.integers(0, 3, 400)]
    entry = rng.integers(0, 3, 400).astype(float)
    left = entry + np.ceil(rng.exponential(np.where(sector == "industry", 40, 15)))
    return survival_curve(
        Spells.from_arrays(
            entry=entry,
            exit=np.minimum(left, entry + 6),
            event=left <= entry + 6,
            covariates={"sector": sector},
            clock="years since doctorate",
        ),
        by="sector",
    )


def words(axes):
    return [text.get_text() for text in axes.texts]


def test_lines_and_bands_are_the_frame(curve):
    axes = plot_survival(curve)
    frame = curve.tidy()
    for line, band, label in zip(axes.lines, axes.collections[::2], curve.labels, strict=False):
        rows = frame[frame["group"] == label]
        assert line.get_xdata().tolist() == rows["time"].tolist()
        assert line.get_ydata().tolist() == rows["estimate"].tolist()
        assert line.get_drawstyle() == "steps-post"
        drawn = np.concatenate([path.vertices[:, 1] for path in band.get_paths()])
        limits = rows[["conf_low", "conf_high"]].to_numpy()
        assert set(np.round(drawn, 9)) <= set(np.round(limits[np.isfinite(limits)], 9))
    assert axes.get_xlabel() == "Years since doctorate"
    assert len({str(line.get_linestyle()) + line.get_color() for line in axes.lines}) == 3


def test_numbers_below_the_ticks_are_the_risk_table(curve):
    axes = plot_survival(curve, times=[0, 2, 4, 6])
    assert axes.get_xticks().tolist() == [0, 2, 4, 6]
    table = curve.risk_table([0, 2, 4, 6])
    printed = [word for word in words(axes) if word.replace(",", "").isdigit()]
    expected = [
        f"{value:,.0f}"
        for label in curve.labels
        for kind in ("at_risk", "left", "censored")
        for value in table[table["group"] == label][kind]
    ]
    assert printed == expected
    assert words(axes).count("At risk") == words(axes).count("Censored") == 3


def test_benchmark_stands_at_its_horizon_with_its_name(curve):
    axes = plot_survival(curve, horizon=6, benchmark={"as quoted": 0.9, "SDR 2021": 0.88})
    marks = [line for line in axes.lines if line.get_marker() == "D"]
    assert [(m.get_xdata()[0], m.get_ydata()[0]) for m in marks] == [(6, 0.9), (6, 0.88)]
    assert {"as quoted", "SDR 2021", *curve.labels} <= set(words(axes))
    one = plot_survival(curve, horizon=6, benchmark=0.9)
    assert "benchmark 90%" in [word.replace("\n", " ") for word in words(one)]


@pytest.mark.parametrize("width", [2.8, 3.4, 7.0])
def test_no_text_on_top_of_another(curve, width, check_text):
    check_text(
        plot_survival(
            curve,
            horizon=6,
            benchmark={"SDR 2021, ten years": 0.88, "as quoted": 0.9},
            width=width,
            caption="Simulated data. " * 4,
        )
    )


@pytest.mark.parametrize("width", [2.8, 7.0])
def test_many_people_and_one_group(width, check_text):
    spells = Spells.from_arrays(lower=[0, 6], upper=[6, None], count=[130_000, 870_000])
    axes = plot_survival(survival_curve(spells), width=width)
    check_text(axes)
    assert "870,000" in words(axes)
    assert "all" not in words(axes)


def test_before_a_landmark_there_is_a_dash():
    entry, exit = [0.0] * 2 + [2.0] * 30, [1.0, 9.0] + [8.0] * 30
    curve = survival_curve(
        Spells.from_arrays(entry=entry, exit=exit, event=[1, 0] + [1] * 9 + [0] * 21)
    )
    assert curve.groups[0].landmark == 2
    axes = plot_survival(curve, times=[0, 2, 8])
    assert words(axes).count("\N{EN DASH}") == 3


def test_limits_of_the_axes():
    high = survival_curve(Spells.from_arrays(lower=[0, 6], upper=[6, None], count=[13, 87]))
    # The lower limit is 78.8%.
    assert plot_survival(high).get_ylim()[0] == pytest.approx(0.7)
    assert plot_survival(high, horizon=6, benchmark=0.65).get_ylim()[0] == pytest.approx(0.6)
    low = plot_survival(survival_curve(Spells.from_arrays(exit=[1, 2, 3], event=[1, 1, 0])))
    assert low.get_ylim()[0] == 0


def test_a_frame_has_no_risk_table(curve):
    with pytest.raises(InputError, match="no numbers at risk"):
        plot_survival(curve.tidy())
    assert plot_survival(curve.tidy(), risk_table=False).get_xlabel() == "Time"


def test_what_is_refused(curve):
    with pytest.raises(InputError, match="at its horizon"):
        plot_survival(curve, benchmark=0.9)
    with pytest.raises(InputError, match=r"give 0\.9"):
        plot_survival(curve, benchmark=90, horizon=6)
    with pytest.raises(InputError, match="not finite"):
        plot_survival(curve, times=[0, np.nan])
    with pytest.raises(InputError, match="lacks conf_low"):
        plot_survival(pd.DataFrame({"group": ["a"], "time": [1.0], "estimate": [1.0]}))


def test_turnbull_is_drawn(check_text):
    rng = np.random.default_rng(1)
    lower = rng.integers(1, 9, 80).astype(float)
    upper = np.where(rng.random(80) < 0.4, lower + rng.integers(1, 4, 80), np.inf)
    axes = plot_survival(survival_curve(Spells.from_arrays(lower=lower, upper=upper)))
    check_text(axes)
    assert axes.collections


def test_a_horizon_beyond_the_follow_up_is_not_drawn(curve):
    with pytest.raises(InputError, match=r"horizon=60 is beyond .* last usable time is"):
        plot_survival(curve, horizon=60)
