import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.plots.hazards import plot_hazards
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival.hazard_rates import hazard_rates


@pytest.fixture(scope="module")
def cells():
    """Two sectors, two destinations, eight years."""
    rng = np.random.default_rng(4)
    spells = Spells.from_arrays(
        exit=rng.integers(1, 9, 400).astype(float),
        event=rng.choice(["0", "China", "elsewhere"], 400, p=[0.7, 0.2, 0.1]),
        covariates={"sector": rng.choice(["academia", "government laboratory"], 400)},
    )
    return RiskCells.from_spells(spells)


def bars(axes):
    """Horizontal bars: start, stop and height of each class."""
    segments = np.concatenate([lines.get_segments() for lines in axes.collections])
    flat = segments[segments[:, 0, 1] == segments[:, 1, 1]]
    return sorted((s[0, 0], s[1, 0], s[0, 1]) for s in flat if s[0, 0] != s[1, 0])


def test_bars_lie_over_their_classes_at_the_rates(cells):
    rates = hazard_rates(cells, by="duration")
    axes = plot_hazards(rates, outcome="China")
    frame = rates.tidy()
    frame = frame[(frame["outcome"] == "China") & frame["term"].str.startswith("rate")]
    want = sorted(zip(frame["start"], frame["stop"], frame["estimate"], strict=True))
    np.testing.assert_allclose(bars(axes), want)
    assert axes.get_ylabel().replace("\n", " ") == "Rate per 100 person-years (China)"


def test_any_destination_is_the_default(cells):
    axes = plot_hazards(hazard_rates(cells, by="duration"))
    assert "any destination" in axes.get_ylabel().replace("\n", " ")


@pytest.mark.parametrize("width", [2.8, 3.4, 7.0])
def test_labels_do_not_overlap(cells, width, check_text):
    rates = hazard_rates(cells, by=["sector", "duration"])
    axes = plot_hazards(rates, width=width, caption="Simulated spells. " * 4)
    words = [text.get_text().replace("\n", " ") for text in axes.texts]
    assert {"academia", "government laboratory"} <= set(words)
    check_text(axes)


def test_an_interval_that_would_flatten_the_others_is_cut_with_an_arrow():
    frame = pd.DataFrame(
        {
            "series": "all", "outcome": "China", "term": "rate per 100 person-years",
            "start": [0.0, 1.0], "stop": [1.0, np.inf], "estimate": [2.0, 4.0],
            "conf_low": [1.0, 0.1], "conf_high": [4.0, 300.0],
        }
    )  # fmt: skip
    axes = plot_hazards(frame)
    assert axes.get_ylim() == (0, 16)
    [arrow] = [line for line in axes.lines if line.get_marker() == "^"]
    assert arrow.get_ydata().tolist() == [16]
    # The open class is drawn as wide as the others.
    assert bars(axes)[-1][:2] == (1, 2)


def test_no_events_at_all_can_be_drawn():
    table = pd.DataFrame(
        {"start": [0.0, 1.0], "stop": [1.0, 2.0], "events": [0, 0], "exposure": [10.0, 5.0]}
    )
    axes = plot_hazards(hazard_rates(RiskCells.from_frame(table), by="duration"))
    assert axes.get_ylim()[1] > 70


def test_rates_that_are_not_by_duration_are_refused(cells):
    with pytest.raises(InputError, match="by='duration'"):
        plot_hazards(hazard_rates(cells, by="sector"))
    with pytest.raises(UnknownNameError, match="China"):
        plot_hazards(hazard_rates(cells, by="duration"), outcome="Chinaa")
