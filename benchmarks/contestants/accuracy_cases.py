"""Where functions are asked for their values: points over the whole range of a dtype.

The functions themselves are in ``accuracy_theano.py``, ``accuracy_jax.py`` and
``accuracy_torch.py``, by the same names. Runs on Python 3.7.
"""

from __future__ import annotations

import numpy as np

DTYPES = ("float32", "float64")
ROWS = ("softmax", "log_softmax", "logsumexp")
NAMES = (
    *ROWS,
    "sigmoid",
    "log_sigmoid",
    "softplus",
    "log1p",
    "expm1",
    "erf",
    "erfc",
    "erfcx",
    "erfinv",
    "erfcinv",
    "gammaln",
    "psi",
)


TURNS = (
    -3.0,
    -2.4570247382208006,
    -2.0,
    -1.0,
    -0.504083008264455,
    0.0,
    1.0,
    1.4616321449683622,
    2.0,
)
"""Poles and zeros of gammaln and psi."""

DOMAINS = {"log1p": (-1, float("inf")), "erfinv": (-1, 1), "erfcinv": (0, 2)}


def both_signs(x):
    """The numbers and their negatives."""
    return np.concatenate([-x[::-1], x])


def everywhere(dtype, n):
    """Numbers of all magnitudes, normal ones, and evenly spaced ones where functions turn."""
    limits = np.finfo(dtype)
    low, high = np.log(float(limits.tiny)) + 0.5, np.log(float(limits.max)) - 0.5
    turning = np.linspace(0, 30, n + 1)[1:]
    wide = np.exp(np.linspace(low, high, n))
    return both_signs(np.concatenate([wide, turning, np.geomspace(30, 800, n)]))


def towards(end, dtype, n):
    """Numbers that come close to ``end`` from both sides, down to its last digit."""
    steps = np.geomspace(2 * np.finfo(dtype).eps * max(abs(end), 0.5), 0.5, n)
    return end + both_signs(steps)


def rows_of_four(n):
    """Rows of all spreads, some of which overflow."""
    rng = np.random.RandomState(n)
    spread = np.geomspace(1e-6, 300, 3 * n)[:, None]
    rows = rng.normal(size=(3 * n, 4)) * spread
    rows[: n // 2] += 1000.0
    return rows


def points(name, dtype, n):
    """The arguments of a function: some ``10 n`` numbers, or rows of four for ``ROWS``."""
    if name in ROWS:
        return rows_of_four(n).astype(dtype)
    ends = TURNS if name in ("gammaln", "psi") else DOMAINS.get(name, ())
    x = [everywhere(dtype, n)]
    x += [towards(end, dtype, n) for end in ends if abs(end) < 10]
    if name in DOMAINS:
        x.append(np.linspace(-1, 2, 3 * n))
    x = np.unique(np.concatenate(x).astype(dtype))
    low, high = DOMAINS.get(name, (-float("inf"), float("inf")))
    x = x[(x > low) & (x < high)]
    if name == "erfcinv":
        x = x[x > 4 * np.finfo(dtype).tiny]  # half of it has to be a normal number, too
    if name in ("gammaln", "psi"):
        x = x[(x > 0) | ((x > -30) & (x != np.floor(x)))]
    return x
