"""``theano.tensor``: symbolic tensors and what can be done with them.

A family of functions lives in one file of ``theano.tensor.ops``; its public names are gathered here
from the family's ``__all__``.
"""

from importlib import import_module as _import_module

from theano.tensor import constructors, rebroadcast
from theano.tensor.constructors import *  # noqa: F403
from theano.tensor.conversion import AsTensorError, as_tensor_variable, constant
from theano.tensor.elemwise import DimShuffle, Elemwise
from theano.tensor.rebroadcast import Rebroadcast, addbroadcast, patternbroadcast, unbroadcast
from theano.tensor.type import TensorType
from theano.tensor.variable import TensorConstant, TensorVariable

from theano.tensor import io, nlinalg, slinalg  # isort: skip  built on all of the above
from theano.tensor.io import load  # isort: skip
from theano.tensor import inplace, nnet, sharedvar, utils  # isort: skip  they build on all of the above
from theano.gradient import (  # isort: skip
    DisconnectedType,
    Lop,
    Rop,
    consider_constant,
    grad,
    grad_not_implemented,
    grad_undefined,
    hessian,
    jacobian,
    numeric_grad,
)

as_tensor = as_tensor_variable

_OWN = [name for name in globals() if not name.startswith("_")]
_FAMILIES = [
    _import_module(f"theano.tensor.ops.{name}")
    for name in (
        "advanced_index",
        "assertions",
        "brackets",
        "choose",
        "closeness",
        "creation",
        "cumulation",
        "diagonals",
        "elementwise",
        "extremes",
        "facts",
        "filling",
        "grids",
        "indexing",
        "joining",
        "linear",
        "nonzero",
        "positions",
        "rearranging",
        "reduction",
        "repetition",
        "searching",
        "sets",
        "shape",
        "single_numbers",
        "slices",
        "sorting",
        "stacking",
        "triangles",
    )
]
for _family in _FAMILIES:
    globals().update({_name: getattr(_family, _name) for _name in _family.__all__})
__all__ = sorted({*_OWN, *(name for family in _FAMILIES for name in family.__all__)})
