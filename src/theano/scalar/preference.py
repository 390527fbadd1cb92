"""Dtype rules as functions of ``Scalar`` types, for scalar ops that users write.

An op is made with one of them: ``MyOp(upgrade_to_float, name="my_op")``.
"""

from __future__ import annotations

from typing import Any

from theano.errors import usage_error
from theano.scalar.type import (
    ALL_DTYPES,
    COMPLEX_DTYPES,
    CONTINUOUS_DTYPES,
    DISCRETE_DTYPES,
    FLOAT_DTYPES,
    INTEGER_DTYPES,
    Scalar,
    floating_dtype,
    upcast,
)

TYPES = {dtype: Scalar(dtype) for dtype in ALL_DTYPES}
globals().update(TYPES)

__all__ = [  # noqa: PLE0604  the keys of TYPES are strings
    *TYPES,
    "all_types",
    "complex_types",
    "continuous_types",
    "discrete_types",
    "float_out",
    "float_out_nocomplex",
    "float_types",
    "get_scalar_type",
    "int_out",
    "int_out_nocomplex",
    "int_types",
    "real_out",
    "same_out",
    "same_out_float_only",
    "same_out_min8",
    "same_out_nobool",
    "same_out_nocomplex",
    "specific_out",
    "transfer_type",
    "uint_types",
    "unary_out_lookup",
    "upcast_out",
    "upcast_out_min8",
    "upcast_out_no_complex",
    "upcast_out_nobool",
    "upgrade_to_float",
    "upgrade_to_float64",
    "upgrade_to_float_no_complex",
]


int_types = tuple(TYPES[d] for d in INTEGER_DTYPES if d.startswith("int"))
uint_types = tuple(TYPES[d] for d in INTEGER_DTYPES if d.startswith("uint"))
float_types = tuple(TYPES[d] for d in FLOAT_DTYPES)
complex_types = tuple(TYPES[d] for d in COMPLEX_DTYPES)
discrete_types = tuple(TYPES[d] for d in DISCRETE_DTYPES)
continuous_types = tuple(TYPES[d] for d in CONTINUOUS_DTYPES)
all_types = discrete_types + continuous_types


def get_scalar_type(dtype: str) -> Scalar:
    """Return the type of one number of ``dtype``."""
    return TYPES.get(dtype) or Scalar(dtype)


def same_out(kind: Scalar) -> tuple[Scalar]:
    """Keep the dtype of the one input."""
    return (kind,)


def same_out_nocomplex(kind: Scalar) -> tuple[Scalar]:
    """Keep the dtype of the one input; refuse complex numbers.

    Raises
    ------
    TypeError
        The input is complex.
    """
    refuse_complex(kind)
    return (kind,)


def upcast_out(*kinds: Scalar) -> tuple[Scalar]:
    """Take the dtype that holds all inputs."""
    return (get_scalar_type(upcast(*[kind.dtype for kind in kinds])),)


def upgrade_to_float(*kinds: Scalar) -> tuple[Scalar]:
    """Take the floating dtype that holds all inputs."""
    return (get_scalar_type(upcast(*[floating_dtype(kind.dtype) for kind in kinds])),)


def upgrade_to_float64(*kinds: Scalar) -> tuple[Scalar]:
    """Take float64, whatever the inputs."""
    return (TYPES["float64"],)


def upgrade_to_float_no_complex(*kinds: Scalar) -> tuple[Scalar]:
    """Take the floating dtype that holds all inputs; refuse complex numbers.

    Raises
    ------
    TypeError
        An input is complex.
    """
    refuse_complex(*kinds)
    return upgrade_to_float(*kinds)


def same_out_float_only(kind: Scalar) -> tuple[Scalar]:
    """Keep the dtype of the one input, which must be a real float.

    Raises
    ------
    TypeError
        The input is no real float.
    """
    if kind not in float_types:
        raise usage_error(TypeError, "the op takes real floats", got=kind.dtype)
    return (kind,)


def same_out_min8(kind: Scalar) -> tuple[Scalar]:
    """Keep the dtype of the one input, of a boolean as int8."""
    return upcast_out_min8(kind)


def same_out_nobool(kind: Scalar) -> tuple[Scalar]:
    """Keep the dtype of the one input; refuse booleans.

    Raises
    ------
    TypeError
        The input is a boolean.
    """
    refuse_booleans(kind)
    return (kind,)


def upcast_out_min8(*kinds: Scalar) -> tuple[Scalar]:
    """Take the dtype that holds all inputs, for booleans int8."""
    (kind,) = upcast_out(*kinds)
    return (TYPES["int8"] if kind.dtype == "bool" else kind,)


def upcast_out_nobool(*kinds: Scalar) -> tuple[Scalar]:
    """Take the dtype that holds all inputs; refuse what is boolean throughout.

    Raises
    ------
    TypeError
        All inputs are booleans.
    """
    (kind,) = upcast_out(*kinds)
    refuse_booleans(kind)
    return (kind,)


def upcast_out_no_complex(*kinds: Scalar) -> tuple[Scalar]:
    """Take the dtype that holds all inputs; refuse complex numbers.

    Raises
    ------
    TypeError
        An input is complex.
    """
    refuse_complex(*kinds)
    return upcast_out(*kinds)


def int_out(*kinds: Scalar) -> tuple[Scalar]:
    """Take int64, whatever the inputs."""
    return (TYPES["int64"],)


def float_out(*kinds: Scalar) -> tuple[Scalar]:
    """Take float64, whatever the inputs."""
    return (TYPES["float64"],)


def int_out_nocomplex(*kinds: Scalar) -> tuple[Scalar]:
    """Take int64; refuse complex numbers.

    Raises
    ------
    TypeError
        An input is complex.
    """
    refuse_complex(*kinds)
    return int_out()


def float_out_nocomplex(*kinds: Scalar) -> tuple[Scalar]:
    """Take float64; refuse complex numbers.

    Raises
    ------
    TypeError
        An input is complex.
    """
    refuse_complex(*kinds)
    return float_out()


def real_out(kind: Scalar) -> tuple[Scalar]:
    """Take the dtype of the parts of a complex number, of a real one its own."""
    return (TYPES[{"complex64": "float32", "complex128": "float64"}.get(kind.dtype, kind.dtype)],)


class specific_out:
    """Take the given types, whatever the inputs."""

    def __init__(self, *kinds: Scalar) -> None:
        self.spec = kinds

    def __call__(self, *kinds: Scalar) -> tuple[Scalar, ...]:
        return self.spec

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))


class transfer_type(specific_out):
    """Take the types of the inputs of these numbers, one per output; None for their common one."""

    def __init__(self, *transfer: int | None) -> None:
        self.transfer = transfer

    def __call__(self, *kinds: Scalar) -> tuple[Scalar, ...]:
        (common,) = upcast_out(*kinds)
        return tuple(common if i is None else kinds[i] for i in self.transfer)


class unary_out_lookup(specific_out):
    """Take the type that a dictionary has for the one input.

    Parameters
    ----------
    table : dict
        From types of the input to types of the output.
    """

    def __init__(self, table: dict[Scalar, Any]) -> None:
        self.table = tuple(table.items())

    def __call__(self, *kinds: Scalar) -> tuple[Scalar, ...]:
        found = dict(self.table).get(kinds[0])
        if len(kinds) != 1 or found is None:
            raise usage_error(
                TypeError,
                "the op does not take this type",
                expected=", ".join(str(kind) for kind, _ in self.table),
                got=", ".join(map(str, kinds)),
            )
        return tuple(found) if isinstance(found, (tuple, list)) else (found,)


def refuse_complex(*kinds: Scalar) -> None:
    """Raise TypeError where a type is complex."""
    for kind in kinds:
        if kind.dtype in COMPLEX_DTYPES:
            raise TypeError(f"the op is not defined for {kind.dtype}")


def refuse_booleans(*kinds: Scalar) -> None:
    """Raise TypeError where a type is boolean."""
    if TYPES["bool"] in kinds:
        raise usage_error(TypeError, "the op is not defined for booleans", fix="cast them first")
