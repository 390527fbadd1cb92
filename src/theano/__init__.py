"""Theano's documented language, built afresh on XLA.

An independent implementation: symbolic graphs of tensors, their gradients, and functions compiled from
them for CPU, GPU and TPU.
"""

from theano.options import config
from theano.runtime import x64 as _x64  # before any array is made
from theano.graph import Apply, Constant, FunctionGraph, Op, Type, Variable
from theano.graph.traversal import clone_replace as clone
from theano import scalar
from theano import tensor
from theano import gradient
from theano.gradient import Lop, Rop, grad
from theano.shared_variable import shared
from theano import compile
from theano.compile import In, Mode, Out, Param, function

__version__ = "0.1.0"
