"""When two values count as the same, and when two lie in the same memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.graph import Variable
from theano.graph.type import Type
from theano.tensor.comparison import tolerances, values_eq, values_eq_approx


def agree(variable: Variable, a: Any, b: Any) -> bool:
    """Whether two values of a variable are equal up to rounding.

    The tolerance of one element is that of the largest, as sums whose terms cancel are only as
    exact as their terms.
    """
    own = getattr(variable.tag, "values_eq_approx", None)
    if own is not None:
        return bool(own(a, b))
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        return same(variable, a, b)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if values_eq_approx(a, b):
        return True
    if a.dtype.kind not in "fc":
        return False
    finite = np.isfinite(a)
    if not (np.array_equal(finite, np.isfinite(b)) and values_eq(a[~finite], b[~finite])):
        return False
    a, b = a[finite], b[finite]
    rtol, atol = tolerances(a, b)
    return bool(np.all(np.abs(a - b) <= atol + rtol * np.max(np.abs(a), initial=0.0)))


def agree_where_finite(variable: Variable, before: Any, after: Any) -> bool:
    """Whether a rewritten value is the one before, wherever that one is finite.

    Where it is not, a rewrite may give a better one: that is what stabilizing is for.
    """
    if (
        isinstance(before, np.ndarray)
        and isinstance(after, np.ndarray)
        and before.dtype.kind in "fc"
        and before.shape == after.shape
    ):
        finite = np.isfinite(before)
        if not finite.all():
            return before.dtype == after.dtype and agree(variable, before[finite], after[finite])
    return agree(variable, before, after)


def same(variable: Variable, a: Any, b: Any) -> bool:
    """Whether two values are equal; True where their type cannot tell."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return values_eq(a, b)
    if hasattr(a, "tocsr") and hasattr(b, "tocsr"):
        return a.shape == b.shape and values_eq(a.tocsr().toarray(), b.tocsr().toarray())
    if type(variable.type).values_eq is Type.values_eq:
        return True
    return bool(variable.type.values_eq(a, b))


def share_memory(a: Any, b: Any) -> bool:
    """Whether two arrays have an element in common."""
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        return False
    if not np.may_share_memory(a, b):
        return False
    try:
        # NumPy's stub names two bounds alone; any number is one.
        return np.shares_memory(a, b, max_work=10_000)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True
