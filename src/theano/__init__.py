"""Theano's documented language, built afresh on XLA.

An independent implementation: symbolic graphs of tensors, their gradients, and functions compiled
from them for CPU, GPU and TPU.
"""

from theano.runtime import x64 as _x64  # isort: skip  before any array is made
from theano import compile, gradient, legacy, printing, random, scalar, tensor
from theano.compile import In, Mode, OpFromGraph, Out, Param, as_op, function, function_dump
from theano.errors import MissingInputError, UnusedInputError
from theano.gradient import Lop, Rop, grad
from theano.graph import Apply, Constant, FunctionGraph, Op, Type, Variable
from theano.graph.c_op import OpenMPOp
from theano.graph.generic_type import Generic, generic
from theano.graph.traversal import clone_replace as clone
from theano.options import change_flags, config
from theano.shared_variable import Container, SharedVariable, shared
from theano.tensor import rewrites as _rewrites  # registers its rules
from theano.tensor.ops.brackets import sparse_grad
from theano.updates import OrderedUpdates

__version__ = "0.1.0"

__all__ = [
    "Apply",
    "Constant",
    "Container",
    "FunctionGraph",
    "Generic",
    "In",
    "Lop",
    "MissingInputError",
    "Mode",
    "Op",
    "OpFromGraph",
    "OpenMPOp",
    "OrderedUpdates",
    "Out",
    "Param",
    "Rop",
    "SharedVariable",
    "Type",
    "UnusedInputError",
    "Variable",
    "as_op",
    "change_flags",
    "clone",
    "compile",
    "config",
    "function",
    "function_dump",
    "generic",
    "grad",
    "gradient",
    "printing",
    "random",
    "scalar",
    "shared",
    "sparse_grad",
    "tensor",
]

# Checks of gradients need the compiler, a higher layer than gradients themselves.
gradient.verify_grad = compile.verify_grad  # type: ignore[attr-defined]
gradient.numeric_grad = compile.numeric_grad  # type: ignore[attr-defined]
gradient.GradientError = compile.GradientError  # type: ignore[attr-defined]
tensor.verify_grad = compile.verify_grad  # type: ignore[attr-defined]
legacy.install()
