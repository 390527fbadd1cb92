"""``TensorType``: arrays of a dtype, a rank, and a pattern of broadcastable dimensions."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Type, Variable
from theano.options import config
from theano.scalar.type import check_dtype, upcast

NAMES = {
    (): "scalar",
    (False,): "vector",
    (False, True): "col",
    (True, False): "row",
    (False, False): "matrix",
}


class TensorType(Type):
    """The type of arrays of ``dtype`` with ``len(broadcastable)`` dimensions.

    Parameters
    ----------
    dtype : str
        A NumPy dtype, or ``"floatX"``.
    broadcastable : sequence of bool
        For each dimension, whether its length is known to be 1, so that it is repeated to match
        another tensor's.
    name : str, optional
        Only for printing.
    sparse_grad : bool
        Kept for programs that give it.

    Raises
    ------
    TypeError
        ``dtype`` is not one of the language.
    """

    __slots__ = ("broadcastable", "dtype", "name", "ndim", "sparse_grad")
    on_device = True

    def __init__(
        self,
        dtype: Any,
        broadcastable: Sequence[bool],
        name: str | None = None,
        sparse_grad: bool = False,
    ) -> None:
        self.dtype = config.floatX if dtype == "floatX" else check_dtype(dtype)
        self.broadcastable = tuple(bool(b) for b in broadcastable)
        self.ndim = len(self.broadcastable)
        self.name = name
        self.sparse_grad = sparse_grad

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Return ``data`` as an ndarray of this dtype and rank.

        Without ``strict``, other dtypes are cast where no precision can be lost; with
        ``allow_downcast=True`` always; with None also a Python float (or array scalar of a float)
        to ``floatX``.

        Raises
        ------
        TypeError
            The dtype, the rank, or the length of a broadcastable dimension does not fit.
        """
        if isinstance(data, np.ndarray) and data.dtype == self.numpy_dtype:
            value = np.asarray(data)
        elif isinstance(data, Variable):
            raise usage_error(
                TypeError,
                "a symbolic variable was given where a value is needed",
                expected=f"a value of type {self}",
                got=data,
                fix="call the function with numbers or arrays; put variables in `givens`",
            )
        elif strict:
            raise usage_error(
                TypeError,
                "a value of another type was given where conversion is not allowed (strict)",
                expected=f"an ndarray of dtype {self.dtype}",
                got=describe_value(data),
                fix=f"convert it: numpy.asarray(x, dtype='{self.dtype}')",
            )
        else:
            value = self._convert(data, allow_downcast)
        if value.ndim != self.ndim:
            raise usage_error(
                TypeError,
                "a value has the wrong number of dimensions",
                expected=f"{self.ndim} dimensions ({self})",
                got=f"{value.ndim} dimensions, shape {value.shape}",
                fix="reshape it, or declare the variable with another number of dimensions",
            )
        for length, broadcastable in zip(value.shape, self.broadcastable, strict=True):
            if broadcastable and length != 1:
                raise usage_error(
                    TypeError,
                    "a value is longer than 1 along a broadcastable dimension",
                    expected=f"length 1 where broadcastable is True: {self.broadcastable}",
                    got=f"shape {value.shape}",
                    fix="declare the variable as one that is not broadcastable there",
                )
        return value

    def _convert(self, data: Any, allow_downcast: bool | None) -> np.ndarray:
        try:
            array = np.asarray(data)
        except ValueError as error:  # rows of different lengths
            raise self._bad_dtype(data) from error
        if array.dtype == object or array.dtype.kind in "USmMV":
            raise self._bad_dtype(data)
        if allow_downcast or upcast(array.dtype.name, self.dtype) == self.dtype:
            return array.astype(self.dtype)
        if not isinstance(data, np.ndarray):
            # Numbers and lists have no dtype of their own: what counts is whether they change.
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
                converted = array.astype(self.dtype)
            if allow_downcast is None and type(data) is float and self.dtype == config.floatX:
                return converted
            if np.all((converted == array) | nan_pair(converted, array)):
                return converted
        raise self._bad_dtype(data)

    def _bad_dtype(self, data: Any) -> TypeError:
        return usage_error(
            TypeError,
            "a value cannot be converted without a risk of losing precision",
            expected=f"{self} or what fits it",
            got=describe_value(data),
            fix=f"cast it: numpy.asarray(x, dtype='{self.dtype}'), or compile the function with"
            " allow_input_downcast=True",
        )

    def convert_variable(self, var: Variable) -> Variable | None:
        other = var.type
        if other == self:
            return var
        return self.forget_broadcast(var) if self.is_super(other) else None

    def forget_broadcast(self, var: Variable) -> Variable:
        """Return ``var`` as a variable of this type, which knows less of its lengths."""
        # Ops are made with types, so they can only be imported once those are there.
        from theano.tensor.rebroadcast import unbroadcast_to  # noqa: PLC0415

        return unbroadcast_to(var, self.broadcastable)

    def is_super(self, other: Type) -> bool:
        return (
            isinstance(other, TensorType)
            and (other.dtype, other.ndim) == (self.dtype, self.ndim)
            and all(
                there or not here
                for here, there in zip(self.broadcastable, other.broadcastable, strict=True)
            )
        )

    def values_eq(self, a: Any, b: Any) -> bool:
        return a.shape == b.shape and a.dtype == b.dtype and bool(np.all((a == b) | nan_pair(a, b)))

    def values_eq_approx(self, a: Any, b: Any, **tolerances: Any) -> bool:
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        if a.dtype.kind not in "fc":
            return self.values_eq(a, b)
        default = {"float16": 5e-3, "float32": 1e-5, "complex64": 1e-5}.get(a.dtype.name, 1e-10)
        return np.allclose(
            a,
            b,
            rtol=tolerances.get("rtol", default),
            atol=tolerances.get("atol", default),
            equal_nan=True,
        )

    def clone(self, dtype: Any = None, broadcastable: Sequence[bool] | None = None) -> TensorType:
        """Return a type with another dtype or pattern."""
        return type(self)(
            self.dtype if dtype is None else dtype,
            self.broadcastable if broadcastable is None else broadcastable,
            name=self.name,
            sparse_grad=self.sparse_grad,
        )

    @property
    def numpy_dtype(self) -> np.dtype:
        """The dtype as a NumPy object."""
        return np.dtype(self.dtype)

    def __eq__(self, other: object) -> bool:
        return (
            type(self) is type(other)
            and self.dtype == other.dtype  # type: ignore[attr-defined]
            and self.broadcastable == other.broadcastable  # type: ignore[attr-defined]
        )

    def __hash__(self) -> int:
        return hash((type(self), self.dtype, self.broadcastable))

    def __str__(self) -> str:
        if self.name:
            return self.name
        kind = NAMES.get(self.broadcastable)
        if kind is None:
            if not any(self.broadcastable):
                kind = f"{self.ndim}D"
            else:
                return f"TensorType({self.dtype}, {self.broadcastable})"
        return f"TensorType({self.dtype}, {kind})"

    __repr__ = __str__


def nan_pair(a: np.ndarray, b: np.ndarray) -> np.ndarray | bool:
    """Return where both arrays are NaN."""
    return np.isnan(a) & np.isnan(b) if a.dtype.kind in "fc" and b.dtype.kind in "fc" else False


def describe_value(data: Any) -> str:
    """Return what an error text says of a value: its kind, dtype and shape."""
    if isinstance(data, np.ndarray):
        return f"an ndarray of dtype {data.dtype}, shape {data.shape}"
    text = repr(data)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(data).__name__})"
