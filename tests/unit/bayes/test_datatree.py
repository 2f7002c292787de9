"""What is written is what is read, bit for bit, and what is read is what was fitted."""

import json
from dataclasses import dataclass, fields

import numpy as np
import pytest
import xarray as xr
from pandas.testing import assert_frame_equal

from talentstats.bayes.datatree import load
from talentstats.bayes.likelihood import row_log_likelihood
from talentstats.bayes.posterior import PosteriorFit
from talentstats.bayes.state import from_json, to_json
from talentstats.errors import InputError, OutputError

KINDS = ("softmax", "reference", "cloglog", "unknown", "known", "validated", "clustered", "wide")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NamedPosterior(PosteriorFit):
    place: str
    steps: tuple[int, ...]
    wide: np.ndarray | None


@pytest.fixture
def fit(make_problem, make_fit):
    return make_fit(
        make_problem("unknown"),
        kind=NamedPosterior,
        place="美国",
        steps=(1, 2),
        wide=np.array(["a", None], dtype=object),
    )


def equal(one, other):
    """All fields of two dataclasses, arrays bit for bit and of one type."""
    assert type(one) is type(other)
    if hasattr(one, "__dataclass_fields__"):
        for field in fields(one):
            equal(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist() or np.array_equal(one, other, equal_nan=True)
    elif isinstance(one, tuple | list):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            equal(a, b)
    elif hasattr(one, "items"):
        assert list(one) == list(other)
        for key in one:
            equal(one[key], other[key])
    else:
        assert one == other or (one != one and other != other)


@pytest.mark.parametrize("kind", KINDS)
def test_written_and_read_without_loss(make_problem, make_fit, tmp_path, kind):
    fit = make_fit(make_problem(kind))
    read = PosteriorFit.load(fit.save(tmp_path / "fit.zarr"))
    equal(fit, read)
    assert_frame_equal(fit.tidy("parameter"), read.tidy("parameter"), check_exact=True)
    assert_frame_equal(fit.tidy("cell", level=0.8), read.tidy("cell", level=0.8), check_exact=True)
    assert [p.name for p in tmp_path.iterdir()] == ["fit.zarr"]


def test_fields_of_a_subclass_are_kept(fit, tmp_path):
    read = NamedPosterior.load(fit.save(tmp_path / "fit.zarr"))
    equal(fit, read)
    assert read.steps == (1, 2)
    assert read.provenance.arguments["prior"]["sd"] == float("inf")
    assert not read.sampled.draws["b0"].flags.writeable


def test_another_class_is_refused(fit, tmp_path):
    path = fit.save(tmp_path / "fit.zarr")
    with pytest.raises(
        InputError, match=r"holds a NamedPosterior, not a PosteriorFit. Hint: Named"
    ):
        PosteriorFit.load(path)


def test_another_version_is_refused(fit, tmp_path):
    path = fit.save(tmp_path / "fit.zarr")
    # The consolidated copy is what xarray reads; both must agree.
    for name in (".zattrs", ".zmetadata"):
        held = json.loads((path / name).read_text())
        attributes = held["metadata"][".zattrs"] if name == ".zmetadata" else held
        attributes |= {"talentstats_schema": 99, "talentstats_version": "9.1"}
        (path / name).write_text(json.dumps(held))
    with pytest.raises(
        InputError, match=r"saved by talentstats 9\.1 as version 99 of the layout.*fit again"
    ):
        NamedPosterior.load(path)


def test_a_class_that_has_changed_is_refused(fit):
    text = to_json(fit.provenance)
    held = json.loads(text)
    held["gone"] = held.pop("seed")
    with pytest.raises(InputError, match="has other fields than the saved one: gone, seed"):
        from_json(json.dumps(held), type(fit.provenance))


def test_what_is_not_a_saved_fit_is_refused(fit, tmp_path):
    with pytest.raises(InputError, match="is not a saved fit; allowed is a folder"):
        NamedPosterior.load(tmp_path / "nothing.zarr")
    other = tmp_path / "paper"
    other.mkdir()
    (other / "draft.tex").write_text("mine")
    with pytest.raises(InputError, match="exists and is not a saved fit, so it is not replaced"):
        fit.save(other)
    with pytest.raises(InputError, match="is not a saved fit"):
        NamedPosterior.load(other)
    assert (other / "draft.tex").read_text() == "mine"


@pytest.mark.parametrize("part", ["posterior/b0/0.0.0", "state/json/0"])
@pytest.mark.parametrize("how", ["gone", "spoilt"])
def test_a_damaged_fit_is_said_to_be(fit, tmp_path, part, how):
    path = fit.save(tmp_path / "fit.zarr")
    # A chunk that is gone reads as NaN or 0, without an error from zarr.
    (path / part).unlink()
    if how == "spoilt":
        (path / part).write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"is damaged .*copy it again, or refit"):
        NamedPosterior.load(path)


def test_an_earlier_fit_is_replaced_and_kept_if_writing_fails(
    fit, make_problem, make_fit, tmp_path, monkeypatch
):
    path = fit.save(tmp_path / "fit.zarr")
    other = make_fit(make_problem("softmax"))

    def full(self, *args, **options):
        (tmp_path / ".fit.zarr.part").mkdir(exist_ok=True)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(xr.DataTree, "to_zarr", full)
        with pytest.raises(OutputError, match="No space left on device"):
            other.save(path)
    (tmp_path / ".fit.zarr.part").rmdir()
    equal(fit, NamedPosterior.load(path))
    other.save(path)
    equal(other, load(path, PosteriorFit))
    assert [p.name for p in tmp_path.iterdir()] == ["fit.zarr"]


def test_ctrl_c_while_writing_leaves_nothing(fit, tmp_path, monkeypatch):
    to_zarr = xr.DataTree.to_zarr

    def stopped(self, path, **options):
        to_zarr(self, path, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(xr.DataTree, "to_zarr", stopped)
    with pytest.raises(KeyboardInterrupt):
        fit.save(tmp_path / "fit.zarr")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_said(fit, tmp_path, monkeypatch):
    monkeypatch.setattr(
        xr.DataTree, "to_zarr", lambda *a, **k: (_ for _ in ()).throw(OSError(13, "denied"))
    )
    with pytest.raises(OutputError, match=r"could not be written.*denied.*may you write"):
        fit.save(tmp_path / "no" / "fit.zarr")


def test_what_cannot_be_kept_is_refused():
    @dataclass(frozen=True, kw_only=True)
    class Odd:
        what: object

    with pytest.raises(InputError, match="a set cannot be saved"):
        to_json(Odd(what={1}))


def test_groups_and_labels(make_problem, make_fit):
    fit = make_fit(make_problem("unknown"))
    tree = fit.to_datatree()
    posterior = tree["posterior"].dataset
    assert posterior["p"].dims == ("chain", "draw", "cell", "outcome")
    assert posterior["p"].sel(cell="state, 2020", outcome="China").shape == fit.shape
    np.testing.assert_array_equal(
        posterior["p"].to_numpy().reshape(-1, 6, 3), fit.prob, strict=True
    )
    assert posterior["sd"].dims == ("chain", "draw", "term", "spread")
    assert posterior["lost"].coords["outcome"].to_numpy().tolist() == list(fit.outcomes)
    # Covariates group cells; one that is called as a dimension is gets another name.
    assert posterior["p"].groupby("sector").mean().sizes["sector"] == 3
    assert posterior["cell_"].to_numpy().tolist() == [2019, 2020] * 3
    likelihood = tree["log_likelihood"].dataset["counts"]
    rows = row_log_likelihood(fit.problem, fit.sampled, fit.prob)
    assert likelihood.coords["cell"].to_numpy().tolist() == [
        label for label in fit.labels if label != "state, 2019"
    ]
    np.testing.assert_array_equal(likelihood.sel(cell="state, 2020").to_numpy().ravel(), rows[:, 5])
    assert tree["observed_data"]["counts"].sel(cell="academia, 2019", outcome="China") == 8
    assert tree["observed_data"]["unknown"].sum() == 11
    assert {"X", "Z", "contrasts", "b0_sd", "weight"} <= set(tree["constant_data"].data_vars)
    assert set(tree["sample_stats"].data_vars) == {"diverging", "energy", "tree_depth"}
    assert json.loads(tree.attrs["provenance"])["function"] == "destination_model"
    assert tree.attrs["sampler"] == "prior"


def test_wide_ends_are_in_the_likelihood(make_problem, make_fit):
    fit = make_fit(make_problem("wide"))
    likelihood = fit.to_datatree()["log_likelihood"].dataset
    total = likelihood["counts"].sum("cell") + likelihood["wide_ends"].sum("interval")
    np.testing.assert_allclose(total.to_numpy().ravel(), fit.log_likelihood(), rtol=1e-12)


def test_spreads_of_each_destination_carry_its_name(make_problem, make_fit):
    posterior = make_fit(make_problem("reference")).to_datatree()["posterior"].dataset
    assert posterior["sd"].coords["contrast"].to_numpy().tolist() == ["China", "other"]


def test_arviz_reads_it(make_problem, make_fit):
    import arviz_plots
    import arviz_stats
    import matplotlib.pyplot as plt

    fit = make_fit(make_problem("softmax"), draws=200)
    tree = fit.to_datatree()
    table = arviz_stats.summary(tree, var_names=["p"], ci_prob=0.95, ci_kind="eti", round_to="none")
    tidy = fit.tidy("cell")
    # ArviZ numbers the rows cell by cell as well.
    np.testing.assert_allclose(table["mean"].to_numpy(dtype=float), tidy["mean"], rtol=1e-10)
    np.testing.assert_allclose(table["r_hat"].to_numpy(dtype=float), tidy["rhat"], rtol=1e-10)
    np.testing.assert_allclose(
        table["ess_bulk"].to_numpy(dtype=float), tidy["ess_bulk"], rtol=1e-10
    )
    low = [name for name in table.columns if name.endswith("lb")]
    np.testing.assert_allclose(table[low[0]].to_numpy(dtype=float), tidy["conf_low"], atol=5e-3)
    arviz_plots.plot_rank(tree, var_names=["sd"], backend="matplotlib")
    plt.close("all")


def test_a_posterior_of_destinations_is_kept(destination_posterior_by_hand, tmp_path):
    fit = destination_posterior_by_hand
    read = type(fit).load(fit.save(tmp_path / "fit.zarr"))
    equal(fit, read)
    for what in ("cell", "margin", "population", "contrast", "parameter"):
        assert_frame_equal(fit.tidy(what), read.tidy(what), check_exact=True)
    assert_frame_equal(fit.glance(), read.glance(), check_exact=True)
    assert read.sentence == fit.sentence


def test_a_posterior_of_hazards_is_kept(tmp_path, make_fit, monkeypatch):
    from talentstats import RiskCells, Spells, bayes_hazard_model
    from talentstats.bayes.sampling import Sampling

    def drawn(problem, sampling, *, listen=None):
        return make_fit(problem, chains=2, draws=60).sampled

    monkeypatch.setattr("talentstats.survival.bayes_hazard_model.sample", drawn)
    spells = Spells.from_arrays(
        lower=[1, 2, 3, 0, 1, 4],
        upper=[1, 4, np.inf, 3, np.inf, 4],
        destination=["China", "China", None, "other", None, "other"],
        covariates={"sector": ["industry", "academia", "academia"] * 2},
    )
    cells = RiskCells.from_spells(spells)
    assert cells.wide.any()
    fit = bayes_hazard_model(cells, vary=["sector"], sampling=Sampling(draws=60, tune=60, chains=2))
    assert fit.problem.wide is not None
    read = type(fit).load(fit.save(tmp_path / "fit.zarr"))
    equal(fit, read)
    for what in ("cell", "margin", "population", "contrast", "parameter"):
        assert_frame_equal(fit.tidy(what), read.tidy(what), check_exact=True)
    assert read.sentence == fit.sentence
