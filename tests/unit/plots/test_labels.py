import numpy as np
import pytest
from scipy.optimize import minimize

from talentstats.plots.labels import add_caption, p_text, percent_axis, printed_width, spread, wrap
from talentstats.plots.style import figure_of, new_axes, sizes_for


@pytest.mark.parametrize(
    ("p_value", "words"),
    [
        (0, "p < 0.001"),
        (0.0009999, "p < 0.001"),
        (0.001, "p = 0.001"),
        (0.0163, "p = 0.016"),
        (0.0996, "p = 0.10"),
        (0.315335, "p = 0.32"),
        (0.9999, "p > 0.99"),
        (1, "p = 1"),
        (float("nan"), ""),
    ],
)
def test_p_value_in_words(p_value, words):
    assert p_text(p_value).replace("\u00a0", " ") == words


def test_p_value_does_not_break_across_lines():
    assert " " not in p_text(0.0163)


def test_percents_without_idle_decimals():
    axes = new_axes(3.4, 2)
    axes.set_xlim(0.75, 0.95)
    axes.set_xticks([0.75, 0.8, 0.875])
    percent_axis(axes.xaxis)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["75%", "80%", "87.5%"]


def test_labels_far_apart_do_not_move():
    assert spread([3.0, 1.0, 2.0], heights=[0.5, 0.5, 0.5]).tolist() == [3.0, 1.0, 2.0]


def test_three_labels_on_one_spot_part_around_it():
    # By hand: middles 1 apart, centred on 5, in the order given.
    assert spread([5, 5, 5], heights=[1, 1, 1]).tolist() == [4, 5, 6]


def test_a_tall_label_takes_its_room():
    # By hand: middles (1 + 3) / 2 = 2 apart, centred on 0.
    assert spread([0, 0], heights=[1, 3]).tolist() == [-1, 1]


def test_labels_stay_within_limits():
    placed = spread([9.9, 9.9, 9.9], heights=[1, 1, 1], low=0, high=10)
    assert placed.tolist() == [8, 9, 10]


def test_moves_are_as_small_as_possible():
    rng = np.random.default_rng(6)
    wanted = np.sort(rng.uniform(0, 5, 8))
    placed = spread(wanted, heights=np.ones(8))
    gaps = {"type": "ineq", "fun": lambda x: np.diff(x) - 1}
    best = minimize(lambda x: ((x - wanted) ** 2).sum(), np.arange(8.0), constraints=gaps)
    assert np.diff(placed).min() >= 1 - 1e-12
    np.testing.assert_allclose(placed, best.x, atol=1e-4)


def test_no_labels_are_no_trouble():
    assert spread([], heights=[]).size == 0


def test_wrapped_lines_are_no_wider_when_drawn():
    axes = new_axes(7, 2)
    words = "Doctorate recipients on temporary visas at graduation, in Clopper-Pearson order"
    text = axes.text(0, 0, wrap(words, width=110, size=7.5), size=7.5)
    assert text.get_text().count("\n") >= 2
    assert text.get_window_extent().width * 72 / axes.figure.dpi <= 110
    assert text.get_text().replace("\n", " ").replace("- ", "-") == words


def test_a_short_bracket_stays_in_one_piece():
    assert wrap("China, 10 years (SEI 2020)", width=90, size=7) == "China, 10 years\n(SEI 2020)"


def test_own_line_breaks_are_kept():
    assert wrap("a\nb", width=100, size=8) == "a\nb"


def test_width_is_that_of_the_longest_line():
    assert printed_width("a\nlonger", 8) == printed_width("longer", 8)


def test_caption_stands_below_the_axes():
    axes = new_axes(3.4, 2)
    axes.set_xlabel("Year")
    add_caption(axes.figure, "Simulated. " * 8, sizes_for(3.4))
    figure_of(axes).draw_without_rendering()
    caption = axes.figure._supxlabel.get_window_extent()
    assert caption.y1 <= axes.xaxis.label.get_window_extent().y0
    assert caption.x0 >= 0
    assert caption.x1 <= axes.figure.bbox.x1
