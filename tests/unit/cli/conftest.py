"""The command line run in this process."""

import contextlib
import importlib
import json

import numpy as np
import pytest

from talentstats.bayes.prior_draws import prior_draws
from talentstats.bayes.sampling import Progress, Sampled
from talentstats.cli.main import main

# By name, since two of the modules are called as the functions that packages export.
model, bayes_hazard_model, prior_sensitivity = (
    importlib.import_module(f"talentstats.{name}")
    for name in (
        "destinations.model",
        "survival.bayes_hazard_model",
        "bayes.prior_sensitivity",
    )
)


class Run:
    """What a command printed, and how it ended."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def document(self):
        def refuse(name):
            raise AssertionError(f"{name} is not JSON")

        return json.loads(self.out, parse_constant=refuse)


@pytest.fixture
def run(capsys):
    def call(*words):
        capsys.readouterr()
        status = 0
        try:
            main([str(word) for word in words])
        except SystemExit as end:
            status = end.code or 0
        printed = capsys.readouterr()
        return Run(status, printed.out, printed.err)

    return call


@pytest.fixture(scope="session")
def from_the_prior():
    """Return a context in which models are answered by draws from their prior, at once."""

    def sample(problem, sampling, *, listen=None):
        size = (sampling.chains, sampling.draws)
        drawn = prior_draws(problem, draws=size[0] * size[1], seed=sampling.seed)
        if listen is not None:
            listen(Progress(stage="sampling", done=1, total=2, seconds=1.0))
        rng = np.random.default_rng(1)
        return Sampled(
            draws={name: x.reshape(*size, *x.shape[2:]) for name, x in drawn.items()},
            divergent=np.zeros(size, dtype=bool),
            energy=rng.standard_normal(size),
            depth=np.full(size, 3),
            sampler="draws from the prior",
        )

    @contextlib.contextmanager
    def instead():
        with pytest.MonkeyPatch.context() as patch:
            for module in (model, bayes_hazard_model, prior_sensitivity):
                patch.setattr(module, "sample", sample)
            yield

    return instead
