"""``TensorType``: arrays of a dtype, a rank, and a pattern of broadcastable dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Type, Variable
from theano.options import config
from theano.scalar.type import Scalar, check_dtype, upcast
from theano.tensor import comparison
from theano.tensor.comparison import nan_pair

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
    filter_checks_isfinite = False

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

        Without ``strict``, arrays of other dtypes are cast where no precision can be lost, and
        numbers and lists where none is; with ``allow_downcast=True`` always; with None also a
        Python float (or array scalar of a float) to ``floatX``.

        Raises
        ------
        TypeError
            The dtype, the rank, or the length of a broadcastable dimension does not fit.
        ValueError, OverflowError
            A NaN, an infinite or a too large number was given as an integer, or no number at all.
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
        if self.filter_checks_isfinite and not np.isfinite(value).all():
            raise usage_error(
                ValueError,
                "a value is not finite, and TensorType.filter_checks_isfinite is set",
                got=describe_value(value),
            )
        return value

    def _convert(self, data: Any, allow_downcast: bool | None) -> np.ndarray:
        with np.errstate(all="ignore"):
            if isinstance(data, np.ndarray):
                if allow_downcast or (
                    data.dtype.kind in "biufc" and upcast(data.dtype.name, self.dtype) == self.dtype
                ):
                    return np.asarray(data.astype(self.dtype))
                raise self._bad_dtype(data)
            # Numbers and lists have no dtype of their own: what counts is whether they change.
            try:
                converted = self._values(data)
            except (OverflowError, TypeError, ValueError) as error:
                kinds = (OverflowError, TypeError, ValueError)
                kind = next(e for e in kinds if isinstance(error, e))
                raise self._bad_dtype(data, kind) from error
            is_floatX = type(data) is float and self.dtype == config.floatX
            if allow_downcast or (allow_downcast is None and is_floatX):
                return converted
            array = np.asarray(data)
            if array.dtype.kind not in "SU" and np.all(
                (converted == array) | nan_pair(converted, array)
            ):
                return converted
        raise self._bad_dtype(data)

    def _values(self, data: Any) -> np.ndarray:
        """Return what is no array in this dtype; integers that do not fit it wrap around.

        Raises
        ------
        OverflowError, TypeError, ValueError
            What Python raises for an infinite or a large float as an integer, for a complex number
            as a real one, for text that is no number, and for rows of different lengths.
        """
        if self.numpy_dtype.kind not in "iu":
            return np.asarray(data, dtype=self.dtype)
        array = np.asarray(data)
        if array.dtype.kind not in "biu":
            array = np.asarray(data, dtype="int64")
        return array.astype(self.dtype)

    def _bad_dtype(self, data: Any, kind: type[Exception] = TypeError) -> Exception:
        return usage_error(
            kind,
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

    @staticmethod
    def may_share_memory(a: Any, b: Any) -> bool:
        """Whether two arrays overlap in memory, as far as their bounds tell."""
        arrays = isinstance(a, np.ndarray) and isinstance(b, np.ndarray)
        return arrays and np.may_share_memory(a, b)

    def get_shape_info(self, obj: Any) -> tuple[int, ...]:
        """Return what ``get_size`` needs to know of an array: its shape."""
        return obj.shape

    def get_size(self, shape_info: Sequence[int]) -> int:
        """Return the number of bytes of an array of a shape."""
        return int(np.prod(shape_info, dtype="int64")) * self.numpy_dtype.itemsize

    def value_zeros(self, shape: Sequence[int]) -> np.ndarray:
        """Return an array of zeros of this dtype."""
        return np.zeros(shape, dtype=self.dtype)

    def to_scalar_type(self) -> Scalar:
        """Return the type of one element."""
        return Scalar(self.dtype)

    def dtype_specs(self) -> tuple[type, str, str]:
        """Return the class of elements, and the names of their dtype in C and in NumPy's C."""
        return self.to_scalar_type().dtype_specs()

    @staticmethod
    def values_eq(a: Any, b: Any, force_same_dtype: bool = True) -> bool:
        """Whether two arrays have one shape, one dtype and equal elements."""
        return comparison.values_eq(a, b, force_same_dtype)

    @staticmethod
    def values_eq_approx(a: Any, b: Any, *args: Any, **tolerances: Any) -> bool:
        """Whether two arrays are equal up to rounding; see ``comparison.values_eq_approx``."""
        return comparison.values_eq_approx(a, b, *args, **tolerances)

    def value_validity_msg(self, value: Any) -> str:
        try:
            self.filter(value, strict=True)
        except (TypeError, ValueError) as error:
            return str(error)
        return "value is valid"

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


def describe_value(data: Any) -> str:
    """Return what an error text says of a value: its kind, dtype and shape."""
    if isinstance(data, np.ndarray):
        return f"an ndarray of dtype {data.dtype}, shape {data.shape}"
    text = repr(data)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(data).__name__})"
