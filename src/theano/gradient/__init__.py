"""Symbolic derivatives, and gradients that are not what mathematics says.

``grad``, ``Lop``, ``Rop``, ``jacobian``, ``hessian``, ``subgraph_grad``; ``zero_grad`` and others
that pass their argument on with another gradient; marks of gradients that have no value, for ops;
``numeric_grad`` and ``verify_grad``, finite differences to hold gradients against.
"""

from theano.errors import DisconnectedInputError, NullTypeGradError
from theano.gradient.backward import grad
from theano.gradient.checking import GradientError, numeric_grad
from theano.gradient.derivatives import hessian, hessian_vector_product, jacobian
from theano.gradient.forms import format_as
from theano.gradient.passing import (
    ConsiderConstant,
    DisconnectedGrad,
    GradClip,
    GradScale,
    UndefinedGrad,
    ZeroGrad,
    consider_constant,
    consider_constant_,
    disconnected_grad,
    disconnected_grad_,
    grad_clip,
    grad_scale,
    undefined_grad,
    undefined_grad_,
    zero_grad,
    zero_grad_,
)
from theano.gradient.products import Lop, Rop
from theano.gradient.subgraphs import subgraph_grad
from theano.gradient.undefined import grad_not_implemented, grad_undefined
from theano.graph import DisconnectedType, NullType
from theano.graph.null_type import disconnected_type, null_type

__all__ = [
    "ConsiderConstant",
    "DisconnectedGrad",
    "DisconnectedInputError",
    "DisconnectedType",
    "GradClip",
    "GradScale",
    "GradientError",
    "Lop",
    "NullType",
    "NullTypeGradError",
    "Rop",
    "UndefinedGrad",
    "ZeroGrad",
    "consider_constant",
    "consider_constant_",
    "disconnected_grad",
    "disconnected_grad_",
    "disconnected_type",
    "format_as",
    "grad",
    "grad_clip",
    "grad_not_implemented",
    "grad_scale",
    "grad_undefined",
    "hessian",
    "hessian_vector_product",
    "jacobian",
    "null_type",
    "numeric_grad",
    "subgraph_grad",
    "undefined_grad",
    "undefined_grad_",
    "zero_grad",
    "zero_grad_",
]
