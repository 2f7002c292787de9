"""Compiled once, refitted on any numbers, heard of, and stopped without a trace."""

import io
import re
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest

from talentstats.bayes import sampling
from talentstats.bayes.convergence import summary
from talentstats.bayes.sampling import (
    Progress,
    Sampling,
    check_sampling,
    first_on_this_machine,
    sample,
    speak,
)
from talentstats.errors import InputError, SamplingInterrupted

SETTINGS = Sampling(draws=400, tune=400, chains=4, seed=3)


def no_compile(model, **options):
    raise AssertionError(f"compiled {model}")


def summaries(sampled):
    b0 = sampled.draws["b0"]
    return b0.mean(axis=(0, 1)), summary(draws=b0).mcse_mean


def test_a_second_fit_of_a_structure_does_not_compile(make_problem, sampled_fit, monkeypatch):
    problem = sampled_fit.problem
    hits = sampling._compile.cache_info().hits
    # Other counts, other priors, another coding of the outcomes: only shapes decide.
    other = replace(
        problem,
        counts=problem.counts[::-1],
        contrasts=np.eye(3)[:, 1:],
        prior=replace(problem.prior, b0_sd=problem.prior.b0_sd * 2),
    )
    import nutpie

    monkeypatch.setattr(nutpie, "compile_pymc_model", no_compile)
    made = sample(other, Sampling(draws=50, tune=50, chains=2))
    assert sampling._compile.cache_info().hits == hits + 1
    assert made.draws["b0"].shape == (2, 50, 2)
    with pytest.raises(AssertionError, match="compiled"):
        sample(make_problem("softmax"), SETTINGS)  # with a fixed effect: another structure


def test_a_refit_is_a_fresh_fit(sampled_fit):
    # The fixture compiled on placeholders; a refit on other counts and back must agree with it.
    problem = sampled_fit.problem
    away = sample(replace(problem, counts=problem.counts * 10), SETTINGS)
    back = sample(problem, replace(SETTINGS, seed=8))
    first, error = summaries(sampled_fit.sampled)
    again, other_error = summaries(back)
    apart = (again - first) / np.hypot(error, other_error)
    assert np.abs(apart).max() < 4
    assert np.abs(summaries(away)[0] - first).max() > 4 * error.max()


def test_the_posterior_follows_its_data(sampled_fit):
    # Laplace's method on the intercepts alone would be crude; many people leave no doubt.
    problem = replace(sampled_fit.problem, counts=np.tile([8_700.0, 1_000.0, 300.0], (6, 1)))
    made = sample(problem, Sampling(draws=400, tune=400, seed=4))
    logits = made.draws["b0"].mean(axis=(0, 1)) @ problem.contrasts.T
    share = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(share, [0.87, 0.1, 0.03], atol=0.01)


def test_the_same_seed_gives_the_same_draws_in_one_process(sampled_fit):
    one, two = (sample(sampled_fit.problem, SETTINGS) for _ in range(2))
    np.testing.assert_array_equal(one.draws["b0"], two.draws["b0"])


def test_what_is_sampled_is_kept_as_it_came(sampled_fit):
    sampled = sampled_fit.sampled
    assert set(sampled.draws) == {"b0", "sd", "z"}
    assert sampled.draws["z"].shape == (4, 400, 3, 2)
    assert sampled.divergent.shape == sampled.energy.shape == sampled.depth.shape == (4, 400)
    assert (sampled.depth >= 1).all()
    assert re.match(r"NUTS by nutpie \d", sampled.sampler)
    assert not sampled.draws["b0"].flags.writeable


def test_progress_is_told(sampled_fit):
    heard = []
    sample(sampled_fit.problem, SETTINGS, listen=heard.append)
    assert {p.stage for p in heard} == {"sampling"}
    assert heard[-1].total == 4 * 800
    assert [p.done for p in heard] == sorted(p.done for p in heard)


class Running:
    """A sampler that Ctrl-C stops."""

    cancelled = False

    def __init__(self, *args, progress_callback, **options):
        self.callback = progress_callback

    def wait(self):
        self.callback([SimpleNamespace(finished_draws=120, divergences=0)] * 4)
        raise KeyboardInterrupt

    def cancel(self):
        Running.cancelled = True


def test_ctrl_c_while_sampling_keeps_nothing(sampled_fit, monkeypatch, tmp_path):
    import nutpie

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(nutpie, "sample", Running)
    with pytest.raises(SamplingInterrupted) as stopped:
        sample(sampled_fit.problem, SETTINGS)
    assert "after 480 of 3,200 draws (warm-up included); none is kept" in str(stopped.value)
    assert "no file was written" in str(stopped.value)
    assert "The compiled model is kept" in str(stopped.value)
    # An `except KeyboardInterrupt` of the caller stops it too.
    assert isinstance(stopped.value, KeyboardInterrupt)
    assert Running.cancelled
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert sample(sampled_fit.problem, Sampling(draws=50, tune=50)).draws["b0"].shape == (4, 50, 2)


def test_ctrl_c_while_compiling_keeps_nothing(make_problem, monkeypatch):
    import nutpie

    def stopped(*args, **options):
        raise KeyboardInterrupt

    size = sampling._compile.cache_info().currsize
    monkeypatch.setattr(nutpie, "compile_pymc_model", stopped)
    with pytest.raises(SamplingInterrupted, match="compiling the model was interrupted; nothing"):
        sample(make_problem("reference"), SETTINGS, listen=lambda _: None)
    assert sampling._compile.cache_info().currsize == size


@pytest.fixture
def without_nutpie(monkeypatch):
    monkeypatch.setattr(
        sampling, "find_spec", lambda name: None if name == "nutpie" else find_spec(name)
    )


def test_pymc_stands_in_and_says_so(sampled_fit, without_nutpie):
    heard = []
    settings = Sampling(draws=150, tune=200, chains=2, seed=5)
    made = sample(sampled_fit.problem, settings, listen=heard.append)
    assert re.match(r"NUTS by pymc \d", made.sampler)
    assert made.draws["z"].shape == (2, 150, 3, 2)
    assert made.depth.shape == (2, 150)
    assert heard[-1].done == heard[-1].total == 700
    found, error = summaries(made)
    known, known_error = summaries(sampled_fit.sampled)
    assert np.abs((found - known) / np.hypot(error, known_error)).max() < 4


def test_ctrl_c_stops_pymc_in_its_first_chain(sampled_fit, without_nutpie):
    # PyMC itself would go on with the next chain, and return what there is.
    calls = []

    def stop(progress):
        if progress.stage == "sampling":
            calls.append(progress.done)
            if progress.done == 30:
                raise KeyboardInterrupt

    with pytest.raises(SamplingInterrupted, match="after 30 of 300 draws") as stopped:
        sample(sampled_fit.problem, Sampling(draws=50, tune=50, chains=3, seed=5), listen=stop)
    assert calls == list(range(1, 31))
    assert "compiled model is kept" not in str(stopped.value)


def test_the_first_compile_on_a_machine_is_known(monkeypatch, tmp_path):
    config = SimpleNamespace(base_compiledir=str(tmp_path))
    monkeypatch.setattr("pytensor.configdefaults.config", config)
    assert first_on_this_machine()
    (tmp_path / "numba").mkdir()
    assert first_on_this_machine()
    (tmp_path / "numba" / "one.nbi").touch()
    assert not first_on_this_machine()


@pytest.mark.parametrize("first", [True, False])
def test_the_first_compile_is_heard_of_though_nobody_listens(
    sampled_fit, monkeypatch, capsys, first
):
    compiled = sampling._compile(sampled_fit.problem.structure)

    class Slow:
        cache_info = staticmethod(sampling._compile.cache_info)

        def __call__(self, structure):
            time.sleep(0.5)
            return compiled

    monkeypatch.setattr(sampling, "first_on_this_machine", lambda: first)
    monkeypatch.setattr(sampling, "_compile", Slow())
    sample(sampled_fit.problem, Sampling(draws=50, tune=50, chains=2))
    said = capsys.readouterr().err
    if first:
        assert said == "compiling the model, 0 s so far (about 40 s the first time on a machine)\n"
    else:
        assert said == ""


def test_what_is_printed():
    out = io.StringIO()
    listen = speak(out)
    for seconds in (0.2, 5.0, 12.0, 14.0):
        listen(Progress(stage="compiling", seconds=seconds, first=True))
    listen(Progress(stage="sampling", done=0, total=800))
    listen(Progress(stage="sampling", done=200, total=800, seconds=2.0))
    listen(Progress(stage="sampling", done=201, total=800, seconds=2.0))
    listen(Progress(stage="sampling", done=800, total=800, divergences=3, seconds=9.0))
    assert out.getvalue().splitlines() == [
        "compiling the model, 0 s so far (about 40 s the first time on a machine)",
        "compiling the model, 12 s so far (about 40 s the first time on a machine)",
        "200 of 800 draws, 6 s left, 0 divergences",
        "800 of 800 draws, 0 s left, 3 divergences",
    ]
    assert np.isnan(Progress(stage="sampling", total=5).seconds_left)


def test_lines_go_to_stderr_unless_told(capsys):
    speak()(Progress(stage="sampling", done=10, total=20, seconds=1.0))
    assert capsys.readouterr().err == "10 of 20 draws, 1 s left, 0 divergences\n"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"draws": 10}, "draws=10 is too small; allowed is a whole number of 50 or more"),
        ({"tune": 2.5}, "tune=2.5 is a fraction"),
        ({"chains": 1}, "one chain cannot show that it converged"),
        ({"target_accept": 90}, "is this a percentage"),
        ({"seed": -1}, "seed=-1 is too small"),
    ],
)
def test_bad_settings_are_said(settings, message):
    with pytest.raises(InputError, match=message):
        Sampling(**settings)


def test_settings_are_checked():
    assert check_sampling(None) == Sampling()
    assert check_sampling(SETTINGS) is SETTINGS
    with pytest.raises(InputError, match=r"sampling=1000 is not allowed; give Sampling\("):
        check_sampling(1000)


def test_importing_the_room_imports_no_sampler():
    import subprocess

    code = (
        "import sys, talentstats.bayes.posterior;"
        "print([m for m in ('pymc','nutpie','arviz_stats','xarray','zarr','pandas') "
        "if m in sys.modules])"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "[]"
