"""``theano.scalar``: operations on single numbers, which ``Elemwise`` applies to whole tensors.

One family a file. The names in a family's ``__all__`` are the public scalar ops; those
of ``theano.tensor`` that work element by element are made from them, in
``theano.tensor.ops.elementwise``.
"""

from theano.scalar import (
    arithmetic,
    bessel,
    comparison,
    complex_numbers,
    exponential,
    passing,
    rounding,
    special,
    trigonometric,
)
from theano.scalar.composite import Composite
from theano.scalar.constructors import *  # noqa: F403
from theano.scalar.division import IntegerDivisionError, div_proxy, int_or_true_div
from theano.scalar.literals import autocast_float, autocast_float_as, autocast_int
from theano.scalar.op import BinaryScalarOp, ScalarOp, UnaryScalarOp, as_scalar
from theano.scalar.preference import *  # noqa: F403
from theano.scalar.type import (
    ALL_DTYPES,
    COMPLEX_DTYPES,
    CONTINUOUS_DTYPES,
    DISCRETE_DTYPES,
    FLOAT_DTYPES,
    INTEGER_DTYPES,
    Scalar,
    upcast,
)
from theano.scalar.variable import ScalarConstant, ScalarVariable

FAMILIES = (
    arithmetic,
    bessel,
    comparison,
    complex_numbers,
    exponential,
    passing,
    rounding,
    special,
    trigonometric,
)
for _family in FAMILIES:
    globals().update({_name: getattr(_family, _name) for _name in _family.__all__})
