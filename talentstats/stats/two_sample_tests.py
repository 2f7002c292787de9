"""Tests of p1 = p2 for two independent proportions: score, Fisher, Barnard, Boschloo.

`less` always means p1 < p2. The exact tests lay all tables out by (s, i): s people with the
outcome in both groups together, i of them in the first.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from talentstats.stats.binomial import half_deviance, log_pmf
from talentstats.stats.limits import Floats, read_only
from talentstats.stats.score_limits import floats

# Two tables are equally likely when their probabilities agree to this (as in R).
TIE = 1e-7
# Statistics closer than this, relatively, are compared as rationals.
NEAR = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoSampleTest:
    """The p-values of one test of p1 = p2.

    Parameters
    ----------
    less : (...) ndarray
        Against p1 < p2.
    greater : (...) ndarray
        Against p1 > p2.
    two_sided : (...) ndarray
        Against any difference.
    z : (...) ndarray
        Normal statistic, signed as p1 - p2; NaN for the exact tests.
    """

    less: Floats
    greater: Floats
    two_sided: Floats
    z: Floats

    def __post_init__(self) -> None:
        for name in ("less", "greater", "two_sided", "z"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def score(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, bias_corrected: bool
) -> TwoSampleTest:
    """Score test of p1 = p2 (pooled z).

    Parameters
    ----------
    x1, n1, x2, n2 : (...)
        People with the outcome and people in all, in each group; they broadcast.
    bias_corrected : bool
        Whether the variance carries N/(N-1): the test that inverts Miettinen-Nurminen.

    Returns
    -------
    TwoSampleTest
        Shape (...); z = 0 and p = 1 when all or none have the outcome.

    Examples
    --------
    >>> test = score(x1=87, n1=100, x2=90, n2=100, bias_corrected=False)
    >>> print(f"{test.z:.4f} {test.two_sided:.4f}")
    -0.6649 0.5061
    """
    a, m, b, n = floats(x1, n1, x2, n2)
    pooled = (a + b) / (m + n)
    variance = pooled * (1 - pooled) * (1 / m + 1 / n)
    if bias_corrected:
        variance = variance * (m + n) / (m + n - 1)
    z = np.zeros(a.shape)
    np.divide(a / m - b / n, np.sqrt(variance), out=z, where=variance > 0)
    return TwoSampleTest(less=ndtr(z), greater=ndtr(-z), two_sided=2 * ndtr(-np.abs(z)), z=z)


def fisher(*, x1: int, n1: int, x2: int, n2: int) -> TwoSampleTest:
    """Fisher's exact test, given how many have the outcome in both groups together.

    Parameters
    ----------
    x1, n1, x2, n2 : int
        People with the outcome and people in all, in each group.

    Returns
    -------
    TwoSampleTest
        Scalars; `two_sided` adds all tables that are at most as likely as the one seen.

    References
    ----------
    Fisher (1935), Journal of the Royal Statistical Society 98, 39-82.
    https://doi.org/10.2307/2342435

    Examples
    --------
    >>> test = fisher(x1=3, n1=4, x2=1, n2=4)
    >>> print(f"{test.greater:.4f} {test.two_sided:.4f}")
    0.2429 0.4857
    """
    s, total = x1 + x2, n1 + n2
    share = s / total
    mean, spread = s * (n1 / total), math.sqrt(n1 * share * (1 - share))
    # Beyond this distance from both the mean and the table seen, probabilities are 0 in doubles;
    # a table seen far beyond it is as improbable as one there.
    reach = math.ceil(40 * spread + 40)
    seen = round(min(max(x1, mean - reach - 1000), mean + reach + 1000))
    low = max(0, s - n2, math.floor(min(seen, mean)) - reach)
    high = min(n1, s, math.ceil(max(seen, mean)) + reach)
    i = np.arange(low, high + 1)
    rate = _inner_rate(np.array(s), total)
    weight = log_pmf(k=i, n=n1, rate=rate) + log_pmf(k=s - i, n=n2, rate=rate)
    row = np.exp(weight - weight.max())
    row, at = row / row.sum(), seen - low
    two_sided = row[row <= row[at] * (1 + TIE)].sum()
    return _exact(row[: at + 1].sum(), row[at:].sum(), two_sided)


def barnard(*, x1: int, n1: int, x2: int, n2: int, pooled: bool) -> TwoSampleTest:
    """Barnard's unconditional exact test: the worst common rate, tables ordered by z.

    Parameters
    ----------
    x1, n1, x2, n2 : int
        People with the outcome and people in all, in each group.
    pooled : bool
        Whether the variance of z pools the two groups.

    Returns
    -------
    TwoSampleTest
        Scalars; `two_sided` orders by the size of z.

    Notes
    -----
    Equal z are found as rationals, since doubles separate tables that tie; the common
    rate is searched over all of [0, 1].

    References
    ----------
    Barnard (1947), Biometrika 34, 123-138. https://doi.org/10.1093/biomet/34.1-2.123
    Suissa and Shuster (1985), Journal of the Royal Statistical Society A 148, 317-327.
    https://doi.org/10.2307/2981892

    Examples
    --------
    >>> test = barnard(x1=7, n1=15, x2=12, n2=15, pooled=True)
    >>> print(f"{test.less:.4f} {test.two_sided:.4f}")
    0.0341 0.0682
    """
    s, i = np.ogrid[: n1 + n2 + 1, : n1 + 1]
    j = s - i
    distance = (i * n2 - j * n1).astype(np.float64)
    spread = s * (n1 + n2 - s) if pooled else i * (n1 - i) * n2**3 + j * (n2 - j) * n1**3
    with np.errstate(divide="ignore", invalid="ignore"):
        signed = np.where(distance == 0, 0.0, distance * np.abs(distance) / spread)

    def exact(total: int, first: int) -> Fraction:
        second = total - first
        gap = first * n2 - second * n1
        if pooled:
            return Fraction(gap * abs(gap), total * (n1 + n2 - total))
        return Fraction(
            gap * abs(gap), first * (n1 - first) * n2**3 + second * (n2 - second) * n1**3
        )

    seen = (x1 + x2, x1)
    regions = (
        _not_below(-signed, seen, lambda t, f: -exact(t, f)),
        _not_below(signed, seen, exact),
        _not_below(np.abs(signed), seen, lambda t, f: abs(exact(t, f))),
    )
    return _exact(*_worst_rate(regions, n1, n2))


def boschloo(
    *,
    x1: int,
    n1: int,
    x2: int,
    n2: int,
    two_sided: Literal["doubled", "fisher"] = "doubled",
) -> TwoSampleTest:
    """Boschloo's unconditional exact test: the worst common rate, tables ordered by Fisher's p.

    Parameters
    ----------
    x1, n1, x2, n2 : int
        People with the outcome and people in all, in each group.
    two_sided : {"doubled", "fisher"}
        Twice the smaller one-sided p-value, or tables ordered by the two-sided Fisher p.

    Returns
    -------
    TwoSampleTest
        Scalars.

    References
    ----------
    Boschloo (1970), Statistica Neerlandica 24, 1-9.
    https://doi.org/10.1111/j.1467-9574.1970.tb00104.x

    Examples
    --------
    >>> doubled = boschloo(x1=5, n1=9, x2=2, n2=8).two_sided
    >>> ordered = boschloo(x1=5, n1=9, x2=2, n2=8, two_sided="fisher").two_sided
    >>> print(f"{doubled:.4f} {ordered:.4f}")
    0.2473 0.2757
    """
    tables = _conditional(np.arange(n1 + n2 + 1), n1, n2)
    up_to = np.cumsum(tables, axis=1)
    from_on = np.cumsum(tables[:, ::-1], axis=1)[:, ::-1]
    below, above = up_to - tables, from_on - tables
    below[:, 1:], above[:, :-1] = up_to[:, :-1], from_on[:, 1:]
    below[:, 0] = above[:, -1] = 0.0

    ways1 = [math.comb(n1, i) for i in range(n1 + 1)]
    ways2 = [math.comb(n2, j) for j in range(n2 + 1)]

    def exact(total: int, keep: Callable[[int, int], bool]) -> Fraction:
        support = range(max(0, total - n2), min(n1, total) + 1)
        ways = ((i, ways1[i] * ways2[total - i]) for i in support)
        return Fraction(sum(w for i, w in ways if keep(i, w)), math.comb(n1 + n2, total))

    def likely(total: int, first: int) -> Fraction:
        cut = ways1[first] * ways2[total - first] * (1 + Fraction(1, 10**7))
        return exact(total, lambda _, w: w <= cut)

    seen = (x1 + x2, x1)
    regions = [
        # Near 1 a p-value is compared by its complement, which keeps its digits there.
        _not_below(rest if p[seen] > 0.5 else -p, seen, key)
        for p, rest, key in (
            (up_to, above, lambda t, f: -exact(t, lambda i, _: i <= f)),
            (from_on, below, lambda t, f: -exact(t, lambda i, _: i >= f)),
        )
    ]
    if two_sided == "fisher":
        p = np.array([_at_most_as_likely(row) for row in tables])
        regions.append(_not_below(-p, seen, lambda t, f: -likely(t, f)))
        return _exact(*_worst_rate(regions, n1, n2))
    less, greater = _worst_rate(regions, n1, n2)
    return _exact(less, greater, 2 * min(less, greater))


def _exact(less: float, greater: float, two_sided: float) -> TwoSampleTest:
    """Cap rounding above 1; an exact test has no z."""
    return TwoSampleTest(
        less=np.minimum(less, 1.0),
        greater=np.minimum(greater, 1.0),
        two_sided=np.minimum(two_sided, 1.0),
        z=np.array(np.nan),
    )


def _conditional(totals: NDArray[np.int64], n1: int, n2: int) -> Floats:
    """P(i | s) for s in totals (r,), i in 0..n1: shape (r, n1+1), 0 where impossible."""
    s, i = totals[:, None], np.arange(n1 + 1)[None, :]
    j = s - i
    possible = (j >= 0) & (j <= n2)
    rate = _inner_rate(s, n1 + n2)
    j = np.clip(j, 0, n2)
    weight = _log_height(n1)[i] - half_deviance(k=i, n=n1, rate=rate)
    weight = weight + _log_height(n2)[j] - half_deviance(k=j, n=n2, rate=rate)
    weight = np.where(possible, weight, -np.inf)
    table = np.exp(weight - weight.max(axis=1, keepdims=True))
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def _inner_rate(s: NDArray[np.int64], total: int) -> Floats:
    """Common rate at which to work: any gives the same conditional law, s/N keeps most digits."""
    return np.clip(s / total, 0.25 / total, 1 - 0.25 / total)


def _log_height(n: int) -> Floats:
    """Log P(k | n, rate k/n) for k = 0..n; less the half deviance it is that of any rate."""
    inner = np.arange(1, n)
    return np.concatenate([[0.0], log_pmf(k=inner, n=n, rate=inner / n), [0.0]])


def _at_most_as_likely(row: Floats) -> Floats:
    """Two-sided Fisher p of every table (n1+1,) of one total."""
    ordered = np.sort(row)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    return sums[np.searchsorted(ordered, row * (1 + TIE), side="right")]


def _not_below(
    values: Floats, seen: tuple[int, int], exact: Callable[[int, int], Fraction]
) -> NDArray[np.bool_]:
    """Tables (N+1, n1+1) whose value is at least that of the table seen; ties by rationals."""
    observed = values[seen]
    region = np.asarray(values >= observed)
    if observed != 0 and np.isfinite(observed):
        target = exact(*seen)
        near = np.abs(values - observed) <= NEAR * abs(observed)
        n1, n2 = values.shape[1] - 1, values.shape[0] - values.shape[1]
        for s, i in np.argwhere(near).tolist():
            if 0 <= s - i <= n2 and i <= n1:
                region[s, i] = exact(s, i) >= target
    return region


def _worst_rate(regions: Sequence[NDArray[np.bool_]], n1: int, n2: int) -> list[float]:
    """Largest probability of each region over the common rate.

    P(rate) = sum over s of P(region | s) Binomial(s; N, rate). Binomial kernels are about
    1/(2 sqrt N) wide in the angle asin(sqrt(rate)), so a grid with 20 points to that width
    sees every hill; the hills are then zoomed into.
    """
    tables = _conditional(np.arange(n1 + n2 + 1), n1, n2)
    total = n1 + n2
    weights = np.array([(tables * region).sum(axis=1) for region in regions])
    log_height = _log_height(total)

    def probability(angle: NDArray[Any], weight: Floats) -> Floats:
        rate = np.sin(angle)[..., None] ** 2
        kernel = np.exp(log_height - half_deviance(k=np.arange(total + 1), n=total, rate=rate))
        return np.asarray(kernel @ weight)

    points = 64 * math.isqrt(total) + 64
    grid = (np.arange(points) + 0.5) * (np.pi / 2 / points)
    heights = probability(grid, weights.T)
    best = []
    for weight, height in zip(weights, heights.T, strict=True):
        if max(weight[0], weight[-1]) >= 1.0:
            best.append(1.0)
            continue
        padded = np.concatenate([[-1.0], height, [-1.0]])
        peak = (height >= padded[:-2]) & (height >= padded[2:]) & (height >= 0.99 * height.max())
        middle, reach = grid[peak], grid[1] - grid[0]
        for _ in range(8):
            fine = middle[:, None] + reach * np.linspace(-1, 1, 17)
            value = probability(np.clip(fine, 1e-7, np.pi / 2 - 1e-7), weight)
            middle = fine[np.arange(len(fine)), value.argmax(axis=1)]
            reach /= 8
        best.append(float(max(weight[0], weight[-1], value.max())))
    return best
