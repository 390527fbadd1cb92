"""``theano.scalar``: operations on single numbers, which ``Elemwise`` applies to whole tensors.

One family a file. The names in a family's ``__all__`` are the public scalar ops; the functions of
``theano.tensor`` that work element by element are made from them (``theano.tensor.ops.elementwise``).
"""

from theano.scalar import arithmetic, comparison, exponential, identity, rounding, trigonometric
from theano.scalar.op import ScalarOp
from theano.scalar.type import (
    ALL_DTYPES,
    COMPLEX_DTYPES,
    CONTINUOUS_DTYPES,
    DISCRETE_DTYPES,
    FLOAT_DTYPES,
    INTEGER_DTYPES,
    Scalar,
    ScalarConstant,
    ScalarVariable,
    upcast,
)

FAMILIES = (arithmetic, comparison, exponential, identity, rounding, trigonometric)
