"""Dtype rules as functions of ``Scalar`` types, for scalar ops that users write.

An op is made with one of them: ``MyOp(upgrade_to_float, name="my_op")``.
"""

from __future__ import annotations

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
    "float_types",
    "get_scalar_type",
    "int_types",
    "same_out",
    "same_out_nocomplex",
    "uint_types",
    "upcast_out",
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


def refuse_complex(*kinds: Scalar) -> None:
    """Raise TypeError where a type is complex."""
    for kind in kinds:
        if kind.dtype in COMPLEX_DTYPES:
            raise TypeError(f"the op is not defined for {kind.dtype}")
