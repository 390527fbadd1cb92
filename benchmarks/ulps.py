"""Errors in units of the last digit."""

from __future__ import annotations

import numpy as np


def ulps(got: np.ndarray, nearest: np.ndarray, left: np.ndarray | float, dtype: str) -> np.ndarray:
    """How far results are from ``nearest + left``, in units of the last digit of that in ``dtype``.

    Not a number where the result is none; infinite where it is infinite and should not be, or
    the other way round. Below the smallest normal number every result that is below it too counts
    as exact: XLA may flush such numbers to zero.
    """
    limits = np.finfo(dtype)
    tiny, largest, eps = float(limits.tiny), float(limits.max), float(limits.eps)
    got, nearest = np.asarray(got, "float64"), np.asarray(nearest, "float64")
    with np.errstate(all="ignore"):
        unit = np.exp2(np.floor(np.log2(np.maximum(abs(nearest), tiny)))) * eps
        error = abs((got - nearest) - left) / unit
        error = np.where((abs(nearest) < tiny) & (abs(got) <= tiny), 0, error)
        over = abs(nearest) > largest * (1 - eps)
        good = (abs(got) >= largest * (1 - 4 * eps)) & (np.sign(got) == np.sign(nearest))
        error = np.where(over, np.where(good, 0, np.inf), error)
    error = np.where(np.isinf(got) & ~over, np.inf, error)
    return np.where(np.isnan(got), np.nan, error)
