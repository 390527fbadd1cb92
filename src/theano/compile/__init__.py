"""From a graph to a function that can be called."""

from theano.compile import evaluate as _evaluate
from theano.compile.function_object import Function
from theano.compile.gradient_check import GradientError, numeric_grad, verify_grad
from theano.compile.io import In, Out, Param
from theano.compile.make_function import function
from theano.compile.mode import FAST_COMPILE, FAST_RUN, Mode, get_default_mode, get_mode
from theano.shared_variable import SharedVariable, shared

__all__ = [
    "FAST_COMPILE",
    "FAST_RUN",
    "Function",
    "GradientError",
    "In",
    "Mode",
    "Out",
    "Param",
    "SharedVariable",
    "function",
    "get_default_mode",
    "get_mode",
    "numeric_grad",
    "shared",
    "verify_grad",
]
