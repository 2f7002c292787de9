"""The binomial in exact rationals, written from its definition."""

from fractions import Fraction
from math import comb

import pytest


class ExactBinomial:
    """Tail and test probabilities as fractions, for small n."""

    @staticmethod
    def pmf(k, n, rate):
        rate = Fraction(rate)
        return comb(n, k) * rate**k * (1 - rate) ** (n - k)

    def less(self, k, n, rate):
        return sum((self.pmf(j, n, rate) for j in range(k + 1)), Fraction(0))

    def greater(self, k, n, rate):
        return sum((self.pmf(j, n, rate) for j in range(k, n + 1)), Fraction(0))

    def central(self, k, n, rate):
        return min(Fraction(1), 2 * min(self.less(k, n, rate), self.greater(k, n, rate)))

    def minlike(self, k, n, rate):
        observed = self.pmf(k, n, rate)
        every = (self.pmf(j, n, rate) for j in range(n + 1))
        return sum((p for p in every if p <= observed), Fraction(0))

    def equivalence(self, k, n, rate, margin):
        low, high = Fraction(rate) - Fraction(margin), Fraction(rate) + Fraction(margin)
        p_low = Fraction(0) if low <= 0 else self.greater(k, n, low)
        p_high = Fraction(0) if high >= 1 else self.less(k, n, high)
        return max(p_low, p_high)

    def verdict(self, k, n, rate, *, margin="0.05", level="0.95"):
        size = 1 - Fraction(level)
        side = "below" if Fraction(k, n) < Fraction(rate) else "above"
        differs = self.central(k, n, rate) <= size
        if self.equivalence(k, n, rate, margin) <= size:
            within = "equivalent within the margin"
            return f"{within}, though detectably {side}" if differs else within
        return side if differs else "cannot tell"


@pytest.fixture(scope="session")
def binomial():
    return ExactBinomial()
