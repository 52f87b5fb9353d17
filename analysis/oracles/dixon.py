"""The exact distribution of Dixon's ratios for normal samples, by integration.

For the lower end with r_jk = (x_{j+1} - x_1)/(x_{n-k} - x_1), given x_1 = x and x_{n-k} = x + v the
m = n - 2 - k values between them are independent, so P(r > R) is a double integral over x and v of
a binomial sum: fewer than j of them lie below x + R v.
"""

from math import comb, factorial

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

NODES, WEIGHTS = np.polynomial.legendre.leggauss(100)
X, WX = 9 * NODES[:, None], 9 * WEIGHTS[:, None]
V, WV = 8 * (NODES + 1)[None, :], 8 * WEIGHTS[None, :]
DENSITY = np.exp(-(X**2 + (X + V) ** 2) / 2) / (2 * np.pi) * WX * WV


def ratio(n):
    """The ratio that GB/T 4883 takes for a sample of n: (j, k)."""
    return (1, 0) if n <= 7 else (1, 1) if n <= 10 else (2, 1) if n <= 13 else (2, 2)


def beyond(r, n):
    """P(D > r)."""
    j, k = ratio(n)
    m = n - 2 - k
    below = ndtr(X + r * V) - ndtr(X)
    above = ndtr(X + V) - ndtr(X + r * V)
    between = sum(comb(m, i) * below**i * above ** (m - i) for i in range(j))
    ways = factorial(n) / factorial(m) / factorial(k)
    return float(ways * (DENSITY * ndtr(-(X + V)) ** k * between).sum())


def critical(n, alpha):
    return brentq(lambda r: beyond(r, n) - alpha, 1e-6, 1 - 1e-9)


def statistic(data, side):
    x = np.sort(np.asarray(data) if side == "lower" else -np.asarray(data))
    j, k = ratio(len(x))
    return float((x[j] - x[0]) / (x[len(x) - 1 - k] - x[0]))
