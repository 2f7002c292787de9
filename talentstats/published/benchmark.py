"""Published stay rates as benchmarks: a rate with its horizon, people, instrument and source."""

import difflib
from dataclasses import dataclass
from typing import Literal, cast

from talentstats import checks
from talentstats.errors import InputError, UnknownNameError
from talentstats.published.hazards import Hazard, Tenure
from talentstats.published.horizon import Alignment, align
from talentstats.published.package import table_rows
from talentstats.published.reading import Qualifier, rate_range

type Basis = Literal["cohort", "stock"]
type Status = Literal["verified", "secondary", "derived", "brief", "user"]
type StdErrorStatus = Literal["published", "approximation", "binomial", "user"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Benchmark:
    """Published share of people still in the host country after a stated time.

    Parameters
    ----------
    id : str
        Short stable name.
    label : str
        Name for tables and figures.
    rate : float or None
        The rate in [0, 1]; the centre of a hedged figure; None when only bounds are known.
    rate_low, rate_high : float
        Lowest and highest rate that the figure can stand for: those that print as it does, by
        the conventions of `published.reading`; equal to `rate` for a benchmark made by hand.
    horizon : float or None
        Years after which it holds; None when the source pools or does not state them.
    horizon_as_printed : str or None
        The source's words about the horizon.
    population, origin, field, cohort : str or None
        Who was counted: degree cohort or years of the stock included.
    instrument : str or None
        How staying was observed.
    basis : {"cohort", "stock"}
        People followed from a common start, or those present at a date whatever their tenure.
    n : int or None
        People counted, at the published horizon; never a weighted count.
    std_error : float or None
        Standard error of `rate`.
    se_status : {"published", "approximation", "binomial", "user"} or None
        Where it comes from: printed; estimated by us from a sampling fraction; computed from `n`
        when the rate was aligned; given by the user.
    status : {"verified", "secondary", "derived", "brief", "user"}
        How the figure was seen; "brief" only in the commentary that commissioned this package.
    qualifier : {"point", "approximate", "at_least", "at_most"}
        What kind of figure it is.
    as_printed : str
        The source's words.
    source_id, place, note : str or None
        Source, place in it, remark.
    alignment : Alignment or None
        How it was moved to `horizon`; None for a figure as published. Once it is set, `n` is
        still the count at the published horizon, so that `std_error` is what remains of it.

    Examples
    --------
    >>> figure = benchmark("sei2024-china-10yr")
    >>> figure.rate, figure.rate_low, figure.rate_high, figure.horizon, figure.n
    (0.81, 0.805, 0.815, 10.0, None)
    """

    id: str
    label: str
    rate: float | None
    rate_low: float
    rate_high: float
    horizon: float | None = None
    horizon_as_printed: str | None = None
    population: str | None = None
    origin: str | None = None
    field: str | None = None
    cohort: str | None = None
    instrument: str | None = None
    basis: Basis = "cohort"
    n: int | None = None
    std_error: float | None = None
    se_status: StdErrorStatus | None = None
    status: Status = "user"
    qualifier: Qualifier = "point"
    as_printed: str = ""
    source_id: str | None = None
    place: str | None = None
    note: str | None = None
    alignment: Alignment | None = None

    @property
    def rate_label(self) -> str:
        """The published rate in percent, whatever it was moved to: "90%", "about 90%"."""
        rate = self.alignment.from_rate if self.alignment else self.rate
        ends = (self.rate_low, self.rate_high) if rate is None else (rate,)
        shown = " to ".join(f"{100 * end:.1f}".removesuffix(".0") + "%" for end in ends)
        return f"about {shown}" if self.qualifier == "approximate" else shown

    @property
    def short_label(self) -> str:
        """Published rate, years and source, where the people are understood.

        Such as "90% at 10 years (SEI 2020)"; the label itself of a rate made by hand.
        """
        if self.status == "user" or self.label.startswith(self.rate_label):
            return self.label
        return f"{self.rate_label} at {self.label.rpartition(', ')[2]}"

    def __post_init__(self) -> None:
        ends = (self.rate_low, self.rate_high if self.rate is None else self.rate, self.rate_high)
        if not (0 <= ends[0] <= ends[1] <= ends[2] <= 1):
            raise InputError(
                f"benchmark {self.id!r}: rate_low={self.rate_low:g}, rate={self.rate}, "
                f"rate_high={self.rate_high:g}; allowed are shares from 0 to 1 in this order. "
                "Hint: 90% is written 0.90."
            )
        if self.horizon is not None:
            checks.finite_number(self.horizon, name="horizon", above=0)
        if self.n is not None:
            checks.whole_number(self.n, name="n", minimum=1)
        if self.std_error is not None:
            checks.finite_number(self.std_error, name="std_error", above=0, below=0.5)

    def required_rate(self) -> float:
        """Rate of a benchmark that must have one to be compared with.

        Returns
        -------
        float
            The rate.

        Raises
        ------
        InputError
            If only bounds are known.
        """
        if self.rate is None:
            raise InputError(
                f"benchmark {self.id!r} is known only as a range, {100 * self.rate_low:g}% to "
                f"{100 * self.rate_high:g}% ({self.as_printed!r}), and cannot be compared as a "
                "point. Hint: compare with a rate of your own inside it, such as "
                f"benchmark({(self.rate_low + self.rate_high) / 2:.3g})."
            )
        return self.rate

    def at_horizon(
        self, horizon: float, *, hazard: Hazard = "constant", tenure: Tenure | None = None
    ) -> "Benchmark":
        """Benchmark moved to another horizon.

        The estimand is S(u + horizon) / S(u), where S passes through this figure and u is the
        tenure already served by the people it is to be compared with. Rounding range and
        standard error (delta method) move along.

        Assumptions: the named hazard; nobody differs in it but by time served. Under a constant
        hazard the tenure does not matter.

        Parameters
        ----------
        horizon : float
            Years to move it to.
        hazard : "constant", Weibull, PublishedCurve or PiecewiseHazard
            Shape of the hazard of leaving.
        tenure : float, TenureDistribution, TenureRange or None
            Years already stayed. 0 is a cohort from its start; a distribution averages over
            the stock; a range stands for an unpublished tenure, and then `rate` is None and
            `rate_low`, `rate_high` are the least and most over it.

        Returns
        -------
        Benchmark
            The figure at the new horizon, with its `alignment`.

        Raises
        ------
        InputError
            If this figure has no single horizon, is a stock under another hazard than the
            constant one, or is aligned already; if the hazard needs a tenure and has none, or
            ends before the years asked for.

        Examples
        --------
        >>> round(benchmark(0.90, horizon=5).at_horizon(6).rate, 10)
        0.8812335261
        >>> from talentstats.published import TenureRange, Weibull
        >>> later = benchmark(0.90, horizon=5).at_horizon(
        ...     6, hazard=Weibull(0.7), tenure=TenureRange(0, 10)
        ... )
        >>> later.rate, round(later.rate_low, 4), round(later.rate_high, 4)
        (None, 0.8872, 0.9355)
        """
        return align(self, horizon, hazard=hazard, tenure=tenure)


def benchmarks(origin: str | None = None) -> tuple[Benchmark, ...]:
    """All published stay rates that a study can be compared with.

    The study of 2025 itself and figures repeated from another table are left out.

    Parameters
    ----------
    origin : str or None
        Only people of this origin, such as "China".

    Returns
    -------
    tuple of Benchmark
        In the order of the table.

    Raises
    ------
    UnknownNameError
        If no benchmark has this origin.

    Examples
    --------
    >>> [b.id for b in benchmarks("India")][:2]
    ['sei2020-india-5yr', 'sei2020-india-10yr']
    """
    every = tuple(_from_row(row) for row in table_rows("stay_rates") if row["benchmark_id"])
    if origin is None:
        return every
    known = dict.fromkeys(name for b in every for name in _origins(b))
    checks.one_of(origin, known, name="origin")
    return tuple(b for b in every if origin in _origins(b))


def benchmark(
    which: str | float,
    *,
    horizon: float | None = None,
    label: str | None = None,
    n: int | None = None,
    std_error: float | None = None,
) -> Benchmark:
    """Benchmark by its id, or one made by hand from a rate.

    Parameters
    ----------
    which : str or float
        An id such as "sei2024-china-10yr", or a rate in (0, 1).
    horizon : float or None
        Years after which a rate made by hand holds; None compares it as it stands.
    label : str or None
        Name for tables, of a rate made by hand.
    n : int or None
        People among whom a rate made by hand was counted.
    std_error : float or None
        Standard error of a rate made by hand; give `n` or this, not both.

    Returns
    -------
    Benchmark
        Frozen; see its class for the columns.

    Raises
    ------
    UnknownNameError
        If no benchmark has this id; names the nearest three.
    InputError
        If the rate is not in (0, 1), or details are given for a published figure.

    Examples
    --------
    >>> benchmark("sei2020-china-10yr").rate
    0.9
    >>> benchmark(0.90, horizon=5).label
    '90% at 5 years'
    """
    if isinstance(which, str):
        if any(given is not None for given in (horizon, label, n, std_error)):
            raise InputError(
                f"{which!r} is a published figure and brings its own horizon, label, n and "
                "standard error. Hint: to move it use .at_horizon(years); for figures of your "
                "own give the rate as a number."
            )
        return _by_id(which)
    rate = checks.rate(which, name="benchmark")
    if horizon is not None:
        horizon = checks.finite_number(horizon, name="horizon", above=0)
    if n is not None and std_error is not None:
        raise InputError(
            f"n={n!r} and std_error={std_error!r} both say how uncertain the benchmark is; "
            "give one of them."
        )
    if n is not None:
        n = checks.whole_number(n, name="n", minimum=1)
    if std_error is not None:
        std_error = checks.finite_number(std_error, name="std_error", above=0, below=0.5)
    shown = f"{100 * rate:.10g}%"
    at = "" if horizon is None else f" at {horizon:g} years"
    return Benchmark(
        id=f"{rate:.10g}" + ("" if horizon is None else f"-{horizon:g}yr"),
        label=label or shown + at,
        rate=rate,
        rate_low=rate,
        rate_high=rate,
        horizon=horizon,
        n=n,
        std_error=std_error,
        se_status=None if std_error is None else "user",
        as_printed=shown,
    )


def _by_id(which: str) -> Benchmark:
    """Look up the benchmark of this id, or help to find it."""
    rows = {row["row_id"]: row for row in table_rows("stay_rates")}
    row = rows.get(which)
    if row is not None and row["benchmark_id"]:
        return _from_row(row)
    if row is not None:
        raise InputError(f"{which!r} is in stay_rates but is no benchmark: {row['role_note']}")
    ids = [r["benchmark_id"] for r in rows.values() if r["benchmark_id"]]
    try:
        number = float(which)
    except ValueError:
        near = ", ".join(difflib.get_close_matches(which.lower(), ids, n=3, cutoff=0))
        raise UnknownNameError(
            f"Unknown benchmark {which!r}. Nearest: {near}. benchmarks() lists all {len(ids)}."
        ) from None
    raise UnknownNameError(
        f"Unknown benchmark {which!r}: an id was expected. Hint: for a rate give the number "
        f"itself, benchmark({number:g}, horizon=5)."
    )


def _from_row(row: dict[str, str]) -> Benchmark:
    """Benchmark from a row of stay_rates; percentages become rates."""
    qualifier = cast(Qualifier, row["qualifier"])
    rate, low, high = rate_range(
        row["as_printed"],
        qualifier=qualifier,
        rounding=_number(row["rounding"]),
        complement=row["complement"] == "true",
    )
    std_error = _number(row["std_error"])
    total = row["total"]
    return Benchmark(
        id=row["benchmark_id"],
        label=row["label"],
        rate=rate,
        rate_low=low,
        rate_high=high,
        horizon=_number(row["horizon_years"]),
        horizon_as_printed=row["horizon_as_printed"] or None,
        population=row["population"] or None,
        origin=row["origin"] or None,
        field=row["field"] or None,
        cohort=row["degree_cohort"] or None,
        instrument=row["instrument"] or None,
        basis=cast(Basis, row["basis"]),
        # A weighted share is no count of these people: they give it no binomial error.
        n=int(total) if total and not row["n_weighted"] else None,
        std_error=None if std_error is None else std_error / 100,
        se_status=cast(StdErrorStatus | None, row["se_status"] or None),
        status=cast(Status, row["status"]),
        qualifier=qualifier,
        as_printed=row["as_printed"],
        source_id=row["source_id"],
        place=row["place"] or None,
        note=row["note"] or None,
    )


def _number(text: str) -> float | None:
    """Read a cell as a number, None when it is missing."""
    return float(text) if text else None


def _origins(one: Benchmark) -> list[str]:
    """Origins that a figure covers; "China and India" covers both."""
    return (one.origin or "").split(" and ")
