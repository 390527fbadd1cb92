"""Rules for the ops of neural networks: what others can read, and what is cheaper."""

from __future__ import annotations

from typing import Any

from theano.graph import Apply, FunctionGraph, Variable
from theano.rewriting import CANONICALIZE, SPECIALIZE, node_rewriter
from theano.tensor.nnet.activation import hard_sigmoid, ultra_fast_sigmoid
from theano.tensor.nnet.softmaxes import SoftmaxGrad, SoftmaxWithBias, softmax_op
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.reduction import sum as tensor_sum


@node_rewriter([SoftmaxWithBias], stage=CANONICALIZE)
def bias_written_out(fgraph: FunctionGraph, node: Apply) -> Variable | None:
    """The logarithm of a softmax is safe where its op is seen to be one."""
    x, b = node.inputs
    is_only_result = all(user == "output" for user, _ in fgraph.clients[node.outputs[0]])
    if is_only_result or x.type.dtype != b.type.dtype:
        return None
    result: Variable = softmax_op(x + b.dimshuffle("x", 0))
    return result if result.type == node.outputs[0].type else None


@node_rewriter([SoftmaxGrad], stage=CANONICALIZE)
def softmax_grad_written_out(fgraph: FunctionGraph, node: Apply) -> Variable | None:
    """A gradient that divides by the softmax cancels with it."""
    inputs: list[Any] = node.inputs
    dy, sm = inputs
    if dy.owner is None:
        return None
    result: Variable = (dy - tensor_sum(dy * sm, axis=1, keepdims=True)) * sm
    return result if result.type == node.outputs[0].type else None


# With mode.including("local_hard_sigmoid"), or optimizer_including=local_ultra_fast_sigmoid.


@node_rewriter([ew.FUNCTIONS["sigmoid"]], stage=SPECIALIZE, tags=())
def local_ultra_fast_sigmoid(fgraph: FunctionGraph, node: Apply) -> Variable:
    """Off by up to 0.028; for those who ask for it by name."""
    approximation: Variable = ultra_fast_sigmoid(node.inputs[0])
    return approximation


@node_rewriter([ew.FUNCTIONS["sigmoid"]], stage=SPECIALIZE, tags=())
def local_hard_sigmoid(fgraph: FunctionGraph, node: Apply) -> Variable:
    """Off by up to 0.09; for those who ask for it by name."""
    approximation: Variable = hard_sigmoid(node.inputs[0])
    return approximation
