"""Theano's documented language, built afresh on XLA.

An independent implementation: symbolic graphs of tensors, their gradients, and functions compiled
from them for CPU, GPU and TPU.
"""

from pathlib import Path as _Path

from theano.runtime import x64 as _x64  # isort: skip  before any array is made
from theano.runtime.garbage import uncollected as _uncollected

# Only from here on: were the collector still while JAX is imported, it would look through all of
# JAX later, in the user's program, and nothing would be saved.
with _uncollected():
    from theano import compile, gradient, legacy, printing, random, scalar, tensor
    from theano.compile import (
        In,
        Mode,
        OpFromGraph,
        Out,
        Param,
        ProfileStats,
        as_op,
        function,
        function_dump,
    )
    from theano.errors import MissingInputError, UnusedInputError
    from theano.gradient import Lop, Rop, grad, subgraph_grad
    from theano.graph import Apply, Constant, FunctionGraph, Op, Type, Variable
    from theano.graph.c_op import OpenMPOp
    from theano.graph.generic_type import Generic, generic
    from theano.graph.traversal import clone_replace as clone
    from theano.legacy.arrays import _asarray
    from theano.loops import foldl, foldr, map, reduce, scan, scan_checkpoints
    from theano.options import change_flags, config
    from theano.printing import pp, pprint
    from theano.saving import load, save
    from theano.shared_variable import Container, SharedVariable, shared
    from theano.tensor import rewrites as _rewrites  # registers its rules
    from theano.tensor.ops.brackets import sparse_grad
    from theano.tensor.ops.linear import dot
    from theano.updates import OrderedUpdates

__release__ = "0.1.0"
# Programs ask it which Theano they run on; the release of this project is its local part.
__version__ = f"1.0.5+xla.{__release__}"

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
    "ProfileStats",
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
    "dot",
    "foldl",
    "foldr",
    "function",
    "function_dump",
    "generic",
    "grad",
    "gradient",
    "map",
    "pp",
    "pprint",
    "printing",
    "reduce",
    "scalar",
    "scan",
    "scan_checkpoints",
    "shared",
    "sparse_grad",
    "subgraph_grad",
    "tensor",
]

# Checks of gradients need the compiler, a higher layer than gradients themselves.
gradient.verify_grad = compile.verify_grad  # type: ignore[attr-defined]
tensor.verify_grad = compile.verify_grad  # type: ignore[attr-defined]
tensor.pprint = pprint  # type: ignore[attr-defined]
legacy.install()
legacy.warn_of_others(_Path(__file__).parents[1])
