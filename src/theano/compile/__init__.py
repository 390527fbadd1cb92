"""From a graph to a function that can be called."""

from theano.compile import evaluate as _evaluate
from theano.compile.collect import rebuild_collect_shared
from theano.compile.debugmode import DebugMode
from theano.compile.dump import function_dump
from theano.compile.function_object import Function
from theano.compile.gradient_check import verify_grad
from theano.compile.io import In, Out, Param
from theano.compile.make_function import function, pfunc
from theano.compile.mode import FAST_COMPILE, FAST_RUN, Mode, get_default_mode, get_mode
from theano.compile.monitormode import MonitorMode, detect_nan
from theano.compile.nanguardmode import NanGuardMode
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
from theano.compile.profiling import ProfileStats
from theano.errors import UnusedInputError
from theano.lowering import alone as _alone
from theano.shared_variable import SharedVariable, shared, shared_constructor

__all__ = [
    "FAST_COMPILE",
    "FAST_RUN",
    "DebugMode",
    "DeepCopyOp",
    "FromFunctionOp",
    "Function",
    "In",
    "Mode",
    "MonitorMode",
    "NanGuardMode",
    "OpFromGraph",
    "Out",
    "OutputGuard",
    "Param",
    "ProfileStats",
    "SharedVariable",
    "UnusedInputError",
    "ViewOp",
    "as_op",
    "deep_copy_op",
    "detect_nan",
    "function",
    "function_dump",
    "get_default_mode",
    "get_mode",
    "pfunc",
    "rebuild_collect_shared",
    "shared",
    "shared_constructor",
    "verify_grad",
    "view_op",
]
