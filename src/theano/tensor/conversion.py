"""From Python and NumPy values to variables: ``as_tensor_variable`` and the dtypes of constants."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Variable
from theano.options import config
from theano.scalar.literals import autocast
from theano.scalar.type import Scalar
from theano.tensor.type import TensorType

COMMON: dict[Any, Any] = {}
"""Small numbers, of which graphs are full, by type and bytes: one constant for each."""


class AsTensorError(TypeError):
    """Something cannot be made a tensor variable."""


def as_array(value: Any, dtype: Any = None) -> np.ndarray:
    """Return ``value`` as an array, numbers in the dtype that ``autocast`` gives them."""
    if dtype is not None:
        dtype = config.floatX if dtype == "floatX" else dtype
        try:
            return np.asarray(value, dtype=dtype)
        except OverflowError:  # of integers, which wrap around
            return np.asarray(value).astype(dtype)
    if isinstance(value, bool):
        return np.asarray(value, dtype="int8")
    if isinstance(value, (int, float)) and not isinstance(value, np.generic):
        return autocast(value)
    if isinstance(value, (list, tuple)) and not len(value):
        return np.asarray(value, dtype=config.floatX)
    return np.asarray(value)


def constant(x: Any, name: str | None = None, ndim: int | None = None, dtype: Any = None) -> Any:
    """Return a constant tensor.

    Parameters
    ----------
    x : array_like
        Its value. It is copied where the caller could change it.
    name : str, optional
    ndim : int, optional
        The rank that the value must have; leading dimensions of length 1 are added up to it.
    dtype : str, optional
        By default that of the value, or for Python numbers the one that ``autocast`` gives (int8
        for True and False).

    Returns
    -------
    TensorConstant
        One number from -10 to 10 without a name is always the same object.

    Raises
    ------
    TypeError
        The value has no dtype of the language.
    ValueError
        It has more than ``ndim`` dimensions.
    """
    try:
        array = as_array(x, dtype)
    except (TypeError, ValueError) as error:
        raise usage_error(
            AsTensorError, "a value cannot be made a constant tensor", got=x
        ) from error
    if array.dtype == object or array.dtype.kind in "USmMV":
        raise usage_error(
            AsTensorError,
            "a value cannot be made a constant tensor",
            expected="numbers or booleans of a NumPy dtype",
            got=x,
        )
    if isinstance(x, np.ndarray) and np.may_share_memory(array, x):
        array = array.copy()
    if ndim is not None:
        if array.ndim > ndim:
            raise ValueError(f"a value of {array.ndim} dimensions cannot have ndim={ndim}")
        array = array.reshape((1,) * (ndim - array.ndim) + array.shape)
    kind = TensorType(array.dtype.name, [length == 1 for length in array.shape])
    if name is None and array.size == 1 and array.dtype.kind in "iuf" and -10 <= array <= 10:
        key = (kind, array.tobytes())
        if key not in COMMON:
            COMMON[key] = kind.make_constant(array)
            # It comes from many lines.
            COMMON[key].source = None
        return COMMON[key]
    return kind.make_constant(array, name)


def as_tensor_variable(x: Any, name: str | None = None, ndim: int | None = None) -> Any:
    """Return ``x`` as a tensor variable.

    Parameters
    ----------
    x : TensorVariable, Apply, number, array_like, or sequence of such with variables inside
        A sequence that holds variables is stacked. An object with ``_as_TensorVariable`` is asked.
    name : str, optional
        For a new constant.
    ndim : int, optional
        The rank that the result must have; leading broadcastable dimensions are added or removed.

    Raises
    ------
    AsTensorError
        ``x`` is of no such kind; Python booleans too, as ``a == b`` on variables gives one.
    ValueError
        The rank does not fit ``ndim``.
    """
    if hasattr(x, "_as_TensorVariable"):
        return x._as_TensorVariable()
    if isinstance(x, Apply):
        x = x.default_output()
    if isinstance(x, Variable):
        return with_ndim(x, ndim)
    if isinstance(x, (tuple, list)) and any(holds_variable(item) for item in x):
        # Ops are made with this module, so they can only be imported once it is there.
        from theano.tensor.ops.joining import stack  # noqa: PLC0415

        try:
            return with_ndim(stack(list(x)), ndim)
        except (TypeError, ValueError) as error:
            raise usage_error(
                AsTensorError,
                "a sequence with variables inside cannot be made a tensor",
                expected="tensors of one rank, to be stacked",
                got=", ".join(str(getattr(item, "type", item)) for item in x),
            ) from error
    if isinstance(x, bool):
        raise usage_error(
            AsTensorError,
            "a Python boolean was given where a tensor is needed",
            got=x,
            fix="use numpy.array(True); if it came from `a == b` on variables, use"
            " theano.tensor.eq(a, b)",
        )
    return constant(x, name=name, ndim=ndim)


def holds_variable(x: Any) -> bool:
    """Whether ``x`` is a variable or a nested sequence with one inside."""
    todo = [x]
    while todo:
        item = todo.pop()
        if isinstance(item, Variable):
            return True
        if isinstance(item, (tuple, list)):
            todo.extend(item)
    return False


def with_ndim(x: Variable, ndim: int | None) -> Variable:
    """Return a tensor variable with leading broadcastable dimensions added or removed."""
    if isinstance(x.type, Scalar):
        x = x.type.tensor_of(x)  # type: ignore[attr-defined]
    if not isinstance(x.type, TensorType):
        raise usage_error(AsTensorError, "a variable of another kind was given as a tensor", got=x)
    if ndim is None or x.type.ndim == ndim:
        return x
    from theano.tensor.elemwise import DimShuffle  # noqa: PLC0415  as above

    broadcastable = x.type.broadcastable
    surplus = x.type.ndim - ndim
    if surplus < 0:
        return DimShuffle(broadcastable, ("x",) * -surplus + tuple(range(x.type.ndim)))(x)
    if not all(broadcastable[:surplus]):
        raise ValueError(f"{x} has {x.type.ndim} dimensions and cannot be made to have {ndim}")
    return DimShuffle(broadcastable, tuple(range(surplus, x.type.ndim)))(x)
