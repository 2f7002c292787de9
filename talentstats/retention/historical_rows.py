"""Which published rates enter a historical prior, each with what it weighs and what it shares."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

from talentstats import checks
from talentstats.errors import InputError
from talentstats.published.benchmark import Benchmark
from talentstats.published.benchmark import benchmark as as_benchmark
from talentstats.published.hazards import Hazard, Tenure
from talentstats.results.wording import listed
from talentstats.summaries.counts import RetentionCounts, checked_counts

type Study = Benchmark | str | tuple[str, RetentionCounts]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalStudy:
    """One study of a historical prior, at the common horizon.

    Parameters
    ----------
    id, label : str
        Short name, and the name for tables.
    rate : float
        Stay rate at the common horizon.
    likelihood : {"binomial", "normal on the logit"}
        How it enters: k of n where people were counted at this horizon, else its standard error.
    retained, total : int or None
        The counts of a binomial study.
    std_error : float or None
        Standard error of the aligned rate, a share, of the others.
    source_id : str or None
        Published source.
    figure : Benchmark or None
        The aligned benchmark; None for counts of the user's own.
    note : str
        How it came to be as it is.
    """

    id: str
    label: str
    rate: float
    likelihood: str
    retained: int | None = None
    total: int | None = None
    std_error: float | None = None
    source_id: str | None = None
    figure: Benchmark | None = None
    note: str = ""

    @property
    def logit(self) -> float:
        """Logit of the rate; infinite where all or none stayed."""
        if self.rate in {0.0, 1.0}:
            return math.copysign(math.inf, self.rate - 0.5)
        return math.log(self.rate / (1 - self.rate))

    @property
    def logit_std_error(self) -> float:
        """Standard error of the logit, by the delta method; NaN for a binomial study."""
        if self.std_error is None:
            return math.nan
        return self.std_error / (self.rate * (1 - self.rate))


def studies_of(
    benchmarks: Sequence[Study], *, horizon: float, hazard: Hazard, tenure: Tenure | None
) -> tuple[HistoricalStudy, ...]:
    """Return the studies of a prior, aligned to one horizon.

    Parameters
    ----------
    benchmarks : Sequence of Benchmark, str or (str, RetentionCounts)
        Published figures, their ids, or named counts that hold at the horizon.
    horizon : float
        Years.
    hazard, tenure : Hazard, Tenure or None
        How figures of other horizons are moved.

    Returns
    -------
    tuple of HistoricalStudy
        In the order given.

    Raises
    ------
    InputError
        If there is none, one is given twice, has no horizon, no standard error and no people,
        or no rate inside (0, 1).
    """
    if isinstance(benchmarks, str | Benchmark | Mapping) or not isinstance(benchmarks, Iterable):
        raise InputError(
            f"benchmarks={benchmarks!r} is not a list of studies; give e.g. "
            "['sei2020-china-10yr', ('our pilot', RetentionCounts(43, 50))]."
        )
    found = tuple(_study(one, horizon, hazard, tenure) for one in benchmarks)
    if not found:
        raise InputError("no study given; a historical prior needs at least one benchmark.")
    twice = [s.id for i, s in enumerate(found) if s.id in {t.id for t in found[:i]}]
    if twice:
        raise InputError(
            f"{listed(twice)} given twice: the same people would count double. Hint: name each "
            "study once."
        )
    return found


def study_notes(studies: Sequence[HistoricalStudy]) -> tuple[str, ...]:
    """Return what stands between these studies and independent, exchangeable ones.

    Parameters
    ----------
    studies : Sequence of HistoricalStudy
        The studies.

    Returns
    -------
    tuple of str
        Sentences: people counted twice, shared instruments, derived standard errors, stocks.
    """
    notes = []
    pairs = [(a, b) for a, b in combinations(studies, 2) if _same_instrument(a, b)]
    same = [f"{a.id} and {b.id}" for a, b in pairs if _may_share_people(a, b)]
    if same:
        notes.append(
            f"May count the same people: {'; '.join(same)}. They enter as if independent, so the "
            "prior is too sure; leave one of each out, or look at leave_one_out()."
        )
    instruments = dict.fromkeys(
        str(a.figure.instrument)
        for a, b in pairs
        if a.figure is not None and not _may_share_people(a, b)
    )
    if instruments:
        notes.append(
            f"Several studies use one instrument ({listed(instruments)}): what it gets wrong they "
            "share, and the spread between studies does not show it."
        )
    derived = [
        s.id for s in studies if s.figure is not None and s.figure.se_status == "approximation"
    ]
    if derived and any(s.std_error is not None for s in studies):
        notes.append(f"Standard error estimated by us, not published: {listed(derived)}.")
    stocks = [s.id for s in studies if s.figure is not None and s.figure.basis == "stock"]
    if stocks:
        notes.append(
            f"A stock, not a cohort: {listed(stocks)}; people present have survived their early "
            "exits."
        )
    if len(studies) == 1:
        notes.append("One study: the spread between studies is known from its prior alone.")
    return tuple(notes)


def _study(one: Study, horizon: float, hazard: Hazard, tenure: Tenure | None) -> HistoricalStudy:
    """Align one study, or say why it cannot enter."""
    if isinstance(one, tuple):
        return _counted(one)
    figure = as_benchmark(one) if isinstance(one, str) else one
    if not isinstance(figure, Benchmark):
        raise InputError(
            f"{one!r} is not a study; allowed are a Benchmark, its id, or a pair such as "
            "('our pilot', RetentionCounts(43, 50)). Hint: benchmark(0.90, horizon=5, n=400)."
        )
    if figure.n is None and figure.std_error is None:
        raise InputError(
            f"'{figure.id}' says neither how many people it counted nor its standard error, so "
            "nothing tells what it weighs. Hint: give one yourself, benchmark("
            f"{figure.rate or (figure.rate_low + figure.rate_high) / 2:.3g}, "
            f"horizon={figure.horizon or horizon:g}, label=..., std_error=...)."
        )
    if figure.alignment is not None and figure.horizon == horizon:
        aligned = figure
    else:
        aligned = figure.at_horizon(horizon, hazard=hazard, tenure=tenure)
    rate = aligned.required_rate()
    alignment = aligned.alignment
    note = "" if alignment is None else alignment.sentence
    study = partial(
        HistoricalStudy,
        id=figure.id,
        label=figure.label,
        source_id=figure.source_id,
        figure=aligned,
    )
    if figure.n is not None and alignment is not None and alignment.from_horizon == horizon:
        # The count behind a printed percentage is the nearest whole number of people.
        retained = round(rate * figure.n)
        shown = f"{figure.rate_label} of {figure.n} taken as {retained} people."
        return study(
            rate=retained / figure.n,
            likelihood="binomial",
            retained=retained,
            total=figure.n,
            note=f"{note} {shown}",
        )
    if not 0 < rate < 1 or not aligned.std_error:
        raise InputError(
            f"'{figure.id}' is {100 * rate:g}% at {horizon:g} years, where a standard error says "
            "nothing. Hint: give its counts, (name, RetentionCounts(k, n))."
        )
    return study(
        rate=rate,
        likelihood="normal on the logit",
        std_error=aligned.std_error,
        note=note,
    )


def _counted(pair: tuple[str, RetentionCounts]) -> HistoricalStudy:
    """A study of the user's own: a name and its counts."""
    if len(pair) != 2 or not isinstance(pair[0], str) or not pair[0].strip():
        raise InputError(
            f"{pair!r} is not a named study; give e.g. ('our pilot', RetentionCounts(43, 50))."
        )
    counts = checked_counts(pair[1], name=f"counts of {pair[0]!r}")
    return HistoricalStudy(
        id=pair[0],
        label=pair[0],
        rate=counts.rate,
        likelihood="binomial",
        retained=counts.retained,
        total=counts.total,
        note="Counts as given, taken to hold at the horizon.",
    )


def _same_instrument(a: HistoricalStudy, b: HistoricalStudy) -> bool:
    """Whether two published figures watched people in the same way."""
    if a.figure is None or b.figure is None:
        return False
    one, two = (str(s.figure.instrument or "") for s in (a, b) if s.figure is not None)
    parts = [set(text.split(" and ")) - {"", "not stated"} for text in (one, two)]
    return bool(parts[0] & parts[1])


def _may_share_people(a: HistoricalStudy, b: HistoricalStudy) -> bool:
    """Whether origin and degree years of two figures of one instrument overlap."""
    assert a.figure is not None
    assert b.figure is not None
    origins = [set((f.origin or "all").split(" and ")) for f in (a.figure, b.figure)]
    everyone = any(name.startswith("all") for names in origins for name in names)
    if not everyone and not origins[0] & origins[1]:
        return False
    spans = [_years(f) for f in (a.figure, b.figure)]
    return spans[0][0] <= spans[1][1] and spans[1][0] <= spans[0][1]


def _years(figure: Benchmark) -> tuple[float, float]:
    """First and last degree year; all years where they are not known or it is a stock."""
    found = re.search(r"(\d{4})(?:-(\d{2,4}))?", figure.cohort or "")
    if found is None:
        return -math.inf, math.inf
    first, last = found.group(1), found.group(2) or found.group(1)
    end = float(first[: 4 - len(last)] + last)
    return (-math.inf if figure.basis == "stock" else float(first)), end


def checked_within(within: tuple[float, float] | None) -> tuple[float, float] | None:
    """Return the range of retention that the user holds possible.

    Parameters
    ----------
    within : tuple of float or None
        Lowest and highest rate.

    Returns
    -------
    tuple of float or None
        The same.

    Raises
    ------
    InputError
        If it is not two increasing rates.
    """
    if within is None:
        return None
    try:
        low, high = within
    except (TypeError, ValueError):
        raise InputError(
            f"within={within!r} is not a pair of rates; give e.g. within=(0.6, 0.98)."
        ) from None
    low = checks.finite_number(low, name="within", above=0, below=1, closed=True)
    high = checks.finite_number(high, name="within", above=0, below=1, closed=True)
    if low >= high:
        raise InputError(f"within=({low:g}, {high:g}) is empty; give the lower rate first.")
    return low, high
