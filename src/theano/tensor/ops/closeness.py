"""Whether numbers are close, as NumPy understands it."""

from __future__ import annotations

from typing import Any

from theano.scalar.passing import number_like
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise, reduction

__all__ = ["allclose", "isclose"]

abs_, and_, eq, invert, isinf, isnan, le, or_ = (
    elementwise.FUNCTIONS[_name]
    for _name in ("abs_", "and_", "eq", "invert", "isinf", "isnan", "le", "or_")
)


def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Return where ``|a - b| <= atol + rtol * |b|``, element by element.

    Parameters
    ----------
    a, b : tensors of numbers
    rtol, atol : float
        Relative and absolute tolerance.
    equal_nan : bool
        Whether NaN is close to NaN.

    Returns
    -------
    bool tensor
        Infinities are close to themselves only.
    """
    a, b = as_tensor_variable(a), as_tensor_variable(b)
    same, apart = eq(a, b), abs_(a - b)
    bound = constant_of(atol, apart) + constant_of(rtol, apart) * abs_(b)
    close = or_(same, and_(le(apart, bound), invert(isinf(b))))
    return or_(close, and_(isnan(a), isnan(b))) if equal_nan else close


def allclose(
    a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Return whether all elements of ``a`` and ``b`` are close; see ``isclose``."""
    return reduction.all(isclose(a, b, rtol, atol, equal_nan))


def constant_of(value: float, like: Any) -> Any:
    """Return a number in the floating dtype of ``like``."""
    return as_tensor_variable(number_like(value, like))
