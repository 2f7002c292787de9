"""The code of the page on extending a model runs, and does what the page says."""

import re
from pathlib import Path

import numpy as np

PAGE = Path(__file__).parents[3] / "docs" / "methods" / "extend_model.md"


def test_the_page_runs():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.S)
    assert len(blocks) == 4
    space = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), space)
    fit, tree, share = space["fit"], space["tree"], space["share"]
    assert [v.name for v in fit.model.free_RVs] == ["b0", "sd", "z"]
    assert fit.labels[:2] == ("academia, 2016", "academia, 2017")
    assert "trend" in tree["posterior"]
    np.testing.assert_allclose(share.sum(axis=2), 1, rtol=1e-12)
    # More and more go to China, in the data and by the slope on the logit.
    logit = np.log(share[..., 1] / share[..., 0])
    slope = (logit[:, 3] - logit[:, 0]) / 3
    assert np.median(slope) > 0.1
    # The fit's own model has no such term.
    assert "trend" not in fit.sampled.draws
