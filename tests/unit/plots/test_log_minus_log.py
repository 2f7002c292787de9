import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError
from talentstats.plots.log_minus_log import plot_log_minus_log
from talentstats.summaries.spells import Spells
from talentstats.survival.curve import survival_curve


def exponential(rates, at=(0.5, 1, 2, 4, 8)):
    frames = [
        pd.DataFrame({"group": name, "time": at, "estimate": np.exp(-rate * np.array(at))})
        for name, rate in rates.items()
    ]
    return pd.concat(frames, ignore_index=True)


def test_proportional_hazards_are_a_constant_apart():
    axes = plot_log_minus_log(exponential({"slow": 0.05, "fast": 0.1}))
    slow, fast = (line.get_ydata() for line in axes.lines)
    assert fast - slow == pytest.approx(np.full(5, np.log(2)))
    # log H = log rate + log time.
    assert slow == pytest.approx(np.log(0.05) + np.log([0.5, 1, 2, 4, 8]))
    assert axes.get_xscale() == "log"
    assert {"slow", "fast"} <= {text.get_text() for text in axes.texts}


@pytest.mark.parametrize("width", [2.8, 3.4, 7.0])
def test_text_of_a_real_curve(width, check_text):
    rng = np.random.default_rng(2)
    exits = rng.exponential(10, 300)
    spells = Spells.from_arrays(
        exit=np.minimum(exits, 9),
        event=exits < 9,
        covariates={"stage": np.array(["early career", "late career"])[rng.integers(0, 2, 300)]},
        clock="years since doctorate",
    )
    axes = plot_log_minus_log(survival_curve(spells, by="stage"), width=width, caption="Simulated.")
    check_text(axes)
    assert axes.get_xlabel() == "Years since doctorate, log scale"


def test_nothing_to_draw():
    with pytest.raises(InputError, match="0 or 1 at all positive times"):
        plot_log_minus_log(survival_curve(Spells.from_arrays(exit=[3], event=[0])))
