"""From a graph to a function that can be called."""

from theano.compile import evaluate as _evaluate
from theano.compile.collect import rebuild_collect_shared
from theano.compile.dump import function_dump
from theano.compile.function_object import Function
from theano.compile.gradient_check import GradientError, numeric_grad, verify_grad
from theano.compile.io import In, Out, Param
from theano.compile.make_function import function, pfunc
from theano.compile.mode import FAST_COMPILE, FAST_RUN, Mode, get_default_mode, get_mode
from theano.compile.op_from_graph import OpFromGraph
from theano.compile.ops import (
    DeepCopyOp,
    FromFunctionOp,
    OutputGuard,
    ViewOp,
    as_op,
    deep_copy_op,
    view_op,
)
from theano.errors import UnusedInputError
from theano.lowering import alone as _alone
from theano.shared_variable import SharedVariable, shared, shared_constructor

__all__ = [
    "FAST_COMPILE",
    "FAST_RUN",
    "DeepCopyOp",
    "FromFunctionOp",
    "Function",
    "GradientError",
    "In",
    "Mode",
    "OpFromGraph",
    "Out",
    "OutputGuard",
    "Param",
    "SharedVariable",
    "UnusedInputError",
    "ViewOp",
    "as_op",
    "deep_copy_op",
    "function",
    "function_dump",
    "get_default_mode",
    "get_mode",
    "numeric_grad",
    "pfunc",
    "rebuild_collect_shared",
    "shared",
    "shared_constructor",
    "verify_grad",
    "view_op",
]
