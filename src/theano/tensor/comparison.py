"""When two arrays count as equal: exactly, or up to rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.options import config

TOLERANCES = (
    {"float16": (1e-3, 1e-3), "float32": (1e-5, 1e-5), "float64": (1e-5, 1e-8)},
    {"float16": (1e-2, 5e-3), "float32": (1e-3, 1e-4), "float64": (1e-4, 1e-3)},
    {"float16": (5e-2, 1e-2), "float32": (1e-3, 5e-4), "float64": (1e-4, 1e-3)},
)
"""Relative and absolute, by the precision of the less precise of two arrays; for each value of
``config.tensor.cmp_sloppy``."""


def nan_pair(a: np.ndarray, b: np.ndarray) -> np.ndarray | bool:
    """Return where both arrays are NaN."""
    return np.isnan(a) & np.isnan(b) if a.dtype.kind in "fc" and b.dtype.kind in "fc" else False


def values_eq(a: Any, b: Any, force_same_dtype: bool = True) -> bool:
    """Whether two arrays have one shape, one dtype (unless told otherwise) and equal elements.

    NaN is equal to NaN.
    """
    if a.shape != b.shape or (force_same_dtype and a.dtype != b.dtype):
        return False
    return bool(np.all((a == b) | nan_pair(a, b)))


def tolerances(
    a: Any, b: Any, rtol: float | None = None, atol: float | None = None
) -> tuple[float, float]:
    """Return a relative and an absolute tolerance: what is given, or what the dtypes ask for."""
    narrow = min(
        (np.finfo(x.dtype).dtype for x in (a, b) if x.dtype.kind in "fc"),
        key=lambda dtype: dtype.itemsize,
        default=np.dtype("float64"),
    )
    default = TOLERANCES[config.tensor.cmp_sloppy][narrow.name]
    return default[0] if rtol is None else rtol, default[1] if atol is None else atol


def all_close(a: Any, b: Any, rtol: float | None = None, atol: float | None = None) -> bool:
    """Whether two arrays agree everywhere within tolerances that suit their dtypes."""
    a, b = np.asarray(a), np.asarray(b)
    rtol, atol = tolerances(a, b, rtol, atol)
    return bool(np.allclose(a, b, rtol=rtol, atol=atol))


def values_eq_approx(
    a: Any,
    b: Any,
    allow_remove_inf: bool = False,
    allow_remove_nan: bool = False,
    rtol: float | None = None,
    atol: float | None = None,
) -> bool:
    """Whether two arrays are equal up to rounding; discrete ones exactly.

    Parameters
    ----------
    a, b : ndarray
        Of one shape and dtype; else they are not equal. Infinities and NaN are equal to
        themselves.
    allow_remove_inf, allow_remove_nan : bool
        Leave out where either is infinite, or NaN.
    rtol, atol : float, optional
        By default 1e-5 and 1e-8 for float64, 1e-5 and 1e-5 for float32, 1e-3 and 1e-3 for float16;
        larger ones where ``config.tensor.cmp_sloppy`` is 1 or 2.
    """
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        return False
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype.kind not in "fc":
        return values_eq(a, b)
    rtol, atol = tolerances(a, b, rtol, atol)
    close = np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
    if allow_remove_inf:
        close |= np.isinf(a) | np.isinf(b)
    if allow_remove_nan:
        close |= np.isnan(a) | np.isnan(b)
    return bool(close.all())


def values_eq_approx_remove_inf(a: Any, b: Any) -> bool:
    """Whether two arrays are equal up to rounding where neither is infinite."""
    return values_eq_approx(a, b, allow_remove_inf=True)


def values_eq_approx_remove_nan(a: Any, b: Any) -> bool:
    """Whether two arrays are equal up to rounding where neither is NaN."""
    return values_eq_approx(a, b, allow_remove_nan=True)


def values_eq_approx_remove_inf_nan(a: Any, b: Any) -> bool:
    """Whether two arrays are equal up to rounding where both are finite."""
    return values_eq_approx(a, b, allow_remove_inf=True, allow_remove_nan=True)


def values_eq_approx_always_true(a: Any, b: Any) -> bool:
    """Take any two arrays for equal."""
    return True
