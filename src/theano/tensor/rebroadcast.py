"""``Rebroadcast``: change what is known of lengths without touching the values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.errors import describe, usage_error
from theano.graph import Apply, Op
from theano.tensor.conversion import as_tensor_variable


class Rebroadcast(Op):
    """Set the broadcastable flag of some axes; an axis set to True must have length 1 at run time.

    Parameters
    ----------
    *axis : pairs (axis, bool)
        Axes are counted from the first.
    """

    __props__ = ("axis",)

    def __init__(self, *axis: tuple[int, bool]) -> None:
        self.axis = tuple(sorted((int(a), bool(b)) for a, b in axis))

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        pattern = list(x.type.broadcastable)
        for axis, flag in self.axis:
            if not 0 <= axis < len(pattern):
                raise ValueError(f"axis {axis} does not exist in a tensor of {len(pattern)} axes")
            pattern[axis] = flag
        return Apply(self, [x], [x.type.clone(broadcastable=pattern)()])

    def _check(self, shape: Sequence[int]) -> None:
        for axis, flag in self.axis:
            if flag and shape[axis] != 1:
                raise ValueError(
                    f"axis {axis} was declared broadcastable, but its length is {shape[axis]}"
                )

    def perform(self, node, inputs, output_storage):
        self._check(np.shape(inputs[0]))
        output_storage[0][0] = np.array(inputs[0])

    def lower(self, ctx, x):
        self._check(x.shape)
        return x

    def infer_shape(self, node, shapes):
        ones = {axis for axis, flag in self.axis if flag}
        return [tuple(np.int64(1) if i in ones else n for i, n in enumerate(shapes[0]))]

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        return [rebroadcast_to(g_z, x.type.broadcastable)]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0])]


def rebroadcast_to(x: Any, pattern: Sequence[bool]) -> Any:
    """Return ``x`` with the flags of ``pattern``.

    Raises
    ------
    ValueError
        ``pattern`` is for another number of dimensions.
    """
    x = as_tensor_variable(x)
    if len(pattern) != x.type.ndim:
        raise usage_error(
            ValueError,
            "a broadcastable pattern was given for another number of dimensions",
            expected=f"{x.type.ndim} flags",
            got=f"{tuple(pattern)} for {describe(x)}",
        )
    changes = [
        (axis, there)
        for axis, (here, there) in enumerate(zip(x.type.broadcastable, pattern, strict=True))
        if here != there
    ]
    return Rebroadcast(*changes)(x) if changes else x


def addbroadcast(x: Any, *axes: int) -> Any:
    """Return ``x`` with ``axes`` broadcastable; their lengths must be 1 at run time."""
    return with_flag(x, axes, True)


def unbroadcast(x: Any, *axes: int) -> Any:
    """Return ``x`` with ``axes`` not broadcastable."""
    return with_flag(x, axes, False)


def with_flag(x: Any, axes: Sequence[int], flag: bool) -> Any:
    """Return ``x`` with one flag for all of ``axes``, which may count from the last."""
    x = as_tensor_variable(x)
    ndim = x.type.ndim
    places = [axis + ndim if axis < 0 else axis for axis in axes]
    known = dict(enumerate(x.type.broadcastable))
    changes = [(axis, flag) for axis in places if known.get(axis) != flag]
    return Rebroadcast(*changes)(x) if changes else x


def patternbroadcast(x: Any, broadcastable: Sequence[bool]) -> Any:
    """Return ``x`` with the flags of ``broadcastable``; what it does not reach stays as it is."""
    x = as_tensor_variable(x)
    return rebroadcast_to(x, (*broadcastable, *x.type.broadcastable[len(broadcastable) :]))


unbroadcast_to = rebroadcast_to
