"""From a graph to XLA programs, and the reference way of running it node by node."""

from theano.graph.interpreter import Interpreter
from theano.lowering.context import Context
from theano.lowering.program import Program

__all__ = ["Context", "Interpreter", "Program"]
