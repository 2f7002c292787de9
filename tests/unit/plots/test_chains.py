import numpy as np
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.plots.chains import plot_chains


@pytest.fixture(scope="module")
def fit(make_destination_posterior):
    return make_destination_posterior(divergent=3, fixed=("year",))


# b0 and beta: one a contrast of three destinations; sd: one a term.
TITLES = ["b0, 1", "b0, 2", "beta, year, 1", "beta, year, 2", "sd, sector, shared"]
TITLES += ["sd, stage, shared"]


@pytest.mark.parametrize("kind", ["rank", "trace", "ess"])
def test_a_panel_for_each_parameter_that_has_a_prior(fit, kind):
    from matplotlib.pyplot import get_fignums

    panels = plot_chains(fit, kind=kind)
    assert [panel.get_title().replace("\n", " ") for panel in panels] == TITLES
    assert get_fignums() == []


def test_traces_are_the_draws(fit):
    panels = plot_chains(fit, kind="trace", variables=["b0"])
    drawn = [line.get_ydata() for line in panels[1].lines]
    np.testing.assert_array_equal(drawn[:4], fit.sampled.draws["b0"][:, :, 1])
    assert len({line.get_color() for line in panels[1].lines[:4]}) == 4


def test_ranks_of_a_chain_that_is_elsewhere_have_a_small_p_value(fit):
    import arviz_base

    draws = np.random.default_rng(1).normal(size=(4, 200))
    draws[0] += 1.0
    tree = arviz_base.from_dict({"posterior": {"sd": draws}})
    [panel] = plot_chains(tree)
    assert [text.get_text() for text in panel.texts] == ["p < 0.01"]
    assert len({line.get_linestyle() for line in panel.lines[:4]}) > 1


@pytest.mark.parametrize("kind", ["rank", "trace", "ess"])
@pytest.mark.parametrize("width", [2.8, 7.0])
def test_labels_do_not_overlap(fit, kind, width, check_text):
    check_text(plot_chains(fit, kind=kind, width=width, caption="Simulated."))


def test_too_many_panels(fit):
    # 12 cells of 3 destinations, and 5 columns of 2 contrasts.
    with pytest.raises(InputError, match=r"p, z have 46 parameters; at most 40.*variables="):
        plot_chains(fit, variables=["p", "z"])


def test_unknown_names(fit):
    with pytest.raises(UnknownNameError, match="Unknown variable 'sdd'"):
        plot_chains(fit, variables=["sdd"])
    with pytest.raises(UnknownNameError, match=r"Unknown kind 'ranks'.*rank, trace, ess"):
        plot_chains(fit, kind="ranks")


def test_no_fit():
    with pytest.raises(InputError, match="plot_chains was given a int; allowed is a fit"):
        plot_chains(3)
