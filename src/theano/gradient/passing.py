"""Functions that return their argument, and change what its gradient is.

Rules take their ops out of a graph that is compiled: only derivatives ask for them.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from theano.errors import usage_error
from theano.gradient.undefined import grad_undefined
from theano.graph import Apply, FunctionGraph, Variable
from theano.graph.null_type import disconnected_type
from theano.graph.view import ViewOp
from theano.rewriting import STAGES, node_rewriter
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.elementwise import FUNCTIONS

__all__ = [
    "ConsiderConstant",
    "DisconnectedGrad",
    "GradClip",
    "GradScale",
    "UndefinedGrad",
    "ZeroGrad",
    "consider_constant",
    "consider_constant_",
    "disconnected_grad",
    "disconnected_grad_",
    "grad_clip",
    "grad_scale",
    "undefined_grad",
    "undefined_grad_",
    "zero_grad",
    "zero_grad_",
]


class Passing(ViewOp):
    """The input itself, with a gradient of the subclass's own."""

    def make_node(self, x: Any) -> Apply:
        return super().make_node(x if isinstance(x, Variable) else as_tensor_variable(x))


class ZeroGrad(Passing):
    """The input itself, with a gradient of zero: see ``zero_grad``."""

    def grad(self, inputs, output_grads):
        return [g.zeros_like() for g in output_grads]

    def R_op(self, inputs, eval_points):
        return [None if p is None else p.zeros_like() for p in eval_points]


class ConsiderConstant(ZeroGrad):
    """The input itself, with a gradient of zero: see ``consider_constant``."""


class UndefinedGrad(Passing):
    """The input itself, without a gradient: see ``undefined_grad``."""

    def grad(self, inputs, output_grads):
        return [grad_undefined(self, i, x) for i, x in enumerate(inputs)]

    def R_op(self, inputs, eval_points):
        return [None]


class DisconnectedGrad(Passing):
    """The input itself, through which no derivative passes: see ``disconnected_grad``."""

    def connection_pattern(self, node):
        return [[False]]

    def grad(self, inputs, output_grads):
        return [disconnected_type()]

    def R_op(self, inputs, eval_points):
        return [None]


class GradClip(Passing):
    """The input itself, with a clipped gradient: see ``grad_clip``."""

    __props__ = ("clip_lower_bound", "clip_upper_bound")

    def __init__(self, clip_lower_bound: float, clip_upper_bound: float) -> None:
        if not clip_lower_bound <= clip_upper_bound:
            raise usage_error(
                ValueError,
                "grad_clip() was given a lower bound above the upper one",
                expected="lower_bound <= upper_bound",
                got=f"{clip_lower_bound} and {clip_upper_bound}",
            )
        self.clip_lower_bound = clip_lower_bound
        self.clip_upper_bound = clip_upper_bound

    def grad(self, inputs, output_grads):
        clip = FUNCTIONS["clip"]
        return [clip(g, self.clip_lower_bound, self.clip_upper_bound) for g in output_grads]

    def R_op(self, inputs, eval_points):
        return list(eval_points)


class GradScale(Passing):
    """The input itself, with a gradient times a factor: see ``grad_scale``."""

    __props__ = ("multiplier",)

    def __init__(self, multiplier: Any) -> None:
        is_number = isinstance(multiplier, (Variable, int, float))
        self.multiplier = multiplier if is_number else as_tensor_variable(multiplier)

    def grad(self, inputs, output_grads):
        return [self.multiplier * g for g in output_grads]

    def R_op(self, inputs, eval_points):
        return [None if p is None else self.multiplier * p for p in eval_points]


consider_constant_ = ConsiderConstant()
zero_grad_ = ZeroGrad()
undefined_grad_ = UndefinedGrad()
disconnected_grad_ = DisconnectedGrad()


@node_rewriter([Passing], stage=STAGES, tags=("fast_run", "fast_compile"))
def drop_passing_op(fgraph: FunctionGraph, node: Apply) -> Sequence[Variable]:
    """``x`` in place of an op that matters only to derivatives."""
    return node.inputs


def consider_constant(x: Any) -> Any:
    """Return ``x`` with a gradient of zero. Deprecated: the same as ``zero_grad``."""
    warnings.warn(
        "consider_constant() is deprecated, use zero_grad() or disconnected_grad() instead",
        stacklevel=2,
    )
    return consider_constant_(x)


def zero_grad(x: Any) -> Any:
    """Return ``x`` with a gradient of zero, which is propagated through all that ``x`` is made of.

    A cost that depends on a variable only through ``x`` has a gradient of zero with respect to it.
    With ``disconnected_grad`` asking for that gradient is an error.
    """
    return zero_grad_(x)


def undefined_grad(x: Any) -> Any:
    """Return ``x`` without a gradient: whoever asks for one gets an error."""
    return undefined_grad_(x)


def disconnected_grad(x: Any) -> Any:
    """Return ``x`` as something that does not depend on what it is made of, for derivatives.

    Nothing is propagated through ``x``, which costs less than ``zero_grad`` does.
    """
    return disconnected_grad_(x)


def grad_clip(x: Any, lower_bound: float, upper_bound: float) -> Any:
    """Return ``x`` with a gradient whose elements are clipped to two bounds.

    Parameters
    ----------
    x : variable
    lower_bound, upper_bound : float
        The gradient keeps the dtype of ``x``.

    Raises
    ------
    ValueError
        The lower bound is above the upper one.

    Examples
    --------
    >>> x = T.dscalar()
    >>> grad(grad_clip(x, -1, 1) ** 2, x).eval({x: 2.0})
    array(1.)
    """
    return GradClip(lower_bound, upper_bound)(x)


def grad_scale(x: Any, multiplier: Any) -> Any:
    """Return ``x`` with a gradient that is multiplied by ``multiplier``, a number or a variable.

    Examples
    --------
    >>> x = T.dscalar()
    >>> grad(grad_scale(T.sin(x), -1.0), x).eval({x: 0.0})
    array(-1.)
    """
    return GradScale(multiplier)(x)
