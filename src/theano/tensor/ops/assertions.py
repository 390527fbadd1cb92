"""What a program is promised, and checks when it runs: ``Assert``, ``specify_shape``."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.sizes import (
    as_size_vector,
    constant_size,
    size_elements,
    vector_length,
)

__all__ = ["Assert", "SpecifyShape", "assert_op", "specify_shape"]


class Checked(Op):
    """The first input, unchanged, if the others hold when the program runs."""

    def connection_pattern(self, node):
        return [[i == 0] for i in range(len(node.inputs))]

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0], *[disconnected_type() for _ in inputs[1:]]]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0], *inputs[1:])]


class Assert(Checked):
    """A tensor, if all conditions hold: ``x, condition, … -> x.shape``.

    Parameters
    ----------
    msg : str
        What the error says.

    Raises: AssertionError at run time where a condition, a scalar, is zero.
    """

    __props__ = ("msg",)

    def __init__(self, msg: str = "Theano Assert failed!") -> None:
        self.msg = msg

    def make_node(self, x: Any, *conditions: Any) -> Apply:
        x = as_tensor_variable(x)
        scalars = [as_tensor_variable(c) for c in conditions]
        for condition in scalars:
            if condition.type.ndim:
                raise usage_error(
                    TypeError,
                    "Assert takes conditions that are scalars",
                    got=condition,
                    fix="reduce it: condition.all()",
                )
        return Apply(self, [x, *scalars], [x.type()])

    def perform(self, node, inputs, output_storage):
        x, *conditions = inputs
        if not np.all(conditions):
            raise AssertionError(self.msg)
        output_storage[0][0] = np.array(x)

    def lower(self, ctx, x, *conditions):
        for condition in conditions:
            ctx.check(condition.astype(bool), np.int64(0), partial(failed, self.msg))
        return x


def failed(message: str, value: int) -> AssertionError:
    """Return the error for a condition that does not hold."""
    return AssertionError(message)


class SpecifyShape(Checked):
    """A tensor whose shape is given: ``x, lengths -> x.shape``.

    Raises: AssertionError at run time where it has another.
    """

    __props__ = ()

    def make_node(self, x: Any, shape: Any) -> Apply:
        x = as_tensor_variable(x)
        lengths = as_size_vector(shape, "specify_shape")
        if vector_length(lengths) not in (None, x.type.ndim):
            raise usage_error(
                ValueError,
                f"specify_shape was given {vector_length(lengths)} lengths",
                expected=f"{x.type.ndim}, one for each dimension",
                got=x,
            )
        return Apply(self, [x, lengths], [x.type()])

    def perform(self, node, inputs, output_storage):
        x, lengths = inputs
        if list(lengths) != list(x.shape):
            raise another_shape(x.shape, 0, [int(n) for n in lengths])
        output_storage[0][0] = np.array(x)

    def lower(self, ctx, x, lengths):
        told = [int(n) for n in lengths] if ctx.is_static(1) else None
        fits = np.bool_(False)
        if lengths.shape == (x.ndim,):
            fits = (lengths == np.asarray(x.shape, dtype="int64")).all()
        ctx.check(fits, np.int64(0), partial(another_shape, x.shape, expected=told))
        return x

    def infer_shape(self, node, shapes):
        known = size_elements(node.inputs[1], node.inputs[0].type.ndim)
        return [
            tuple(
                n if constant_size(told) is None else told
                for n, told in zip(shapes[0], known, strict=True)
            )
        ]


def another_shape(shape: tuple[int, ...], value: int, expected: Any) -> AssertionError:
    """Return the error for a shape that is not as it was said to be."""
    return usage_error(
        AssertionError,
        "a tensor has another shape than specify_shape was given",
        expected=None if expected is None else f"shape {tuple(expected)}",
        got=f"shape {tuple(shape)}",
    )


assert_op = Assert()


def specify_shape(x: Any, shape: Any) -> Any:
    """Return ``x``, whose shape is promised to be ``shape``, and is checked when the program runs.

    Parameters
    ----------
    x : tensor
    shape : sequence of lengths, or integer vector

    Raises
    ------
    ValueError
        The number of lengths is not the rank of ``x``.
    TypeError
        They are no integers.
    AssertionError
        At run time, ``x`` has another shape.
    """
    return SpecifyShape()(x, shape)
