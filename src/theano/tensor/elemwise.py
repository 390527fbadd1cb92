"""``Elemwise``: a scalar op on every element, with broadcasting; ``DimShuffle``: order of axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax import lax

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.graph.op import is_disconnected
from theano.scalar.op import ScalarOp
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.type import TensorType

DimOrder = tuple["int | str", ...]


class DimShuffle(Op):
    """Permute dimensions, drop broadcastable ones, and put in new ones of length 1.

    Parameters
    ----------
    input_broadcastable : sequence of bool
        The pattern of the input.
    new_order : sequence of int or "x"
        For each dimension of the output, the input dimension that it is, or "x" for a new one.
    inplace : bool
        Kept for programs that give it; XLA decides on memory.

    Raises
    ------
    ValueError
        A dimension is named twice or does not exist, or one that is dropped is not broadcastable.
    """

    __props__ = ("input_broadcastable", "new_order", "inplace")

    def __init__(
        self, input_broadcastable: Sequence[bool], new_order: Sequence[Any], inplace: bool = True
    ) -> None:
        self.input_broadcastable = tuple(bool(b) for b in input_broadcastable)
        ndim = len(self.input_broadcastable)
        self.inplace = inplace
        order: list[int | str] = []
        for axis in new_order:
            if isinstance(axis, str):
                if axis != "x":
                    raise ValueError(f"dimshuffle takes axis numbers and 'x', got {axis!r}")
                order.append("x")
                continue
            if not -ndim <= axis < ndim:
                raise ValueError(
                    f"dimshuffle{tuple(new_order)}: axis {axis} does not exist in a tensor of "
                    f"{ndim} dimensions"
                )
            if int(axis) % ndim in order:
                raise ValueError(f"dimshuffle{tuple(new_order)}: axis {axis} is named twice")
            order.append(int(axis) % ndim)
        self.new_order: DimOrder = tuple(order)
        self.shuffle = [axis for axis in self.new_order if axis != "x"]
        self.augment = [i for i, axis in enumerate(self.new_order) if axis == "x"]
        self.drop = [i for i in range(ndim) if i not in self.shuffle]
        for axis in self.drop:
            if not self.input_broadcastable[axis]:
                raise ValueError(
                    f"dimshuffle{tuple(new_order)} drops axis {axis}, which is not broadcastable: "
                    f"{self.input_broadcastable}"
                )

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        if x.type.broadcastable != self.input_broadcastable:
            if x.type.ndim != len(self.input_broadcastable) or any(
                here and not there
                for here, there in zip(self.input_broadcastable, x.type.broadcastable, strict=True)
            ):
                raise usage_error(
                    TypeError,
                    "dimshuffle was applied to a tensor of another pattern",
                    expected=f"broadcastable {self.input_broadcastable}",
                    got=x,
                )
        broadcastable = [
            True if axis == "x" else x.type.broadcastable[axis] for axis in self.new_order
        ]
        return Apply(self, [x], [TensorType(x.type.dtype, broadcastable)()])

    def perform(self, node, inputs, output_storage):
        (x,), ((storage),) = inputs, output_storage
        storage[0] = self._rearrange(np.asarray(x), np.transpose, np.reshape).copy()

    def lower(self, ctx, x):
        return self._rearrange(x, lax.transpose, lax.reshape)

    def _rearrange(self, x, transpose, reshape):
        for axis in self.drop:
            if x.shape[axis] != 1:
                raise ValueError(
                    f"dimshuffle{self.new_order} drops axis {axis} of length {x.shape[axis]}"
                )
        moved = self.shuffle + self.drop
        if moved != sorted(moved):
            x = transpose(x, moved)
        kept = iter(x.shape)
        return reshape(x, tuple(1 if axis == "x" else next(kept) for axis in self.new_order))

    def infer_shape(self, node, shapes):
        (shape,) = shapes
        return [tuple(np.int64(1) if axis == "x" else shape[axis] for axis in self.new_order)]

    def L_op(self, inputs, outputs, output_grads):
        (x,), (g_z,) = inputs, output_grads
        order: list[int | str] = ["x"] * x.type.ndim
        for position, axis in enumerate(self.new_order):
            if axis != "x":
                order[axis] = position
        return [DimShuffle(g_z.type.broadcastable, order)(g_z)]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0])]

    def __str__(self):
        return f"DimShuffle{{{','.join(map(str, self.new_order))}}}"


class Elemwise(Op):
    """A scalar op on every element of its inputs, after broadcasting.

    Inputs of lower rank get leading broadcastable dimensions. A dimension whose broadcastable flag is
    set is repeated to match the others; any other difference of lengths is an error when the program
    runs, even where a length happens to be 1.

    Parameters
    ----------
    scalar_op : ScalarOp
    inplace_pattern : mapping, optional
        Kept for programs that give it; XLA decides on memory.
    """

    __props__ = ("scalar_op",)

    def __init__(
        self,
        scalar_op: ScalarOp,
        inplace_pattern: Any = None,
        name: str | None = None,
        nfunc_spec: Any = None,
        openmp: bool | None = None,
    ) -> None:
        self.scalar_op = scalar_op
        self.inplace_pattern = dict(inplace_pattern or {})
        self.name = name
        self.__doc__ = scalar_op.__doc__

    def make_node(self, *inputs: Any) -> Apply:
        self.scalar_op.check_nin(len(inputs))
        variables = [as_tensor_variable(x) for x in inputs]
        ndim = max((x.type.ndim for x in variables), default=0)
        variables = [as_tensor_variable(x, ndim=max(ndim, x.type.ndim)) for x in variables]
        try:
            dtypes = self.scalar_op.output_dtypes(*[x.type.dtype for x in variables])
        except TypeError as error:
            raise usage_error(
                TypeError,
                f"{self.scalar_op.name} was applied to dtypes that it does not take: {error}",
                got="; ".join(str(x.type) for x in variables),
            ) from None
        pattern = [all(flags) for flags in zip(*[x.type.broadcastable for x in variables],
                                               strict=True)]
        return Apply(self, variables, [TensorType(dtype, pattern)() for dtype in dtypes])

    def _lengths(self, node: Apply, shapes: Sequence[Sequence[int]]) -> tuple[int, ...]:
        """Return the common shape; raise ValueError where the lengths do not match."""
        lengths = []
        for axis, pattern in enumerate(node.outputs[0].type.broadcastable):
            if pattern:
                lengths.append(1)
                continue
            found = {
                shape[axis]
                for x, shape in zip(node.inputs, shapes, strict=True)
                if not x.type.broadcastable[axis]
            }
            if len(found) != 1:
                raise usage_error(
                    ValueError,
                    f"Input dimension mis-match in {self.scalar_op.name}: lengths differ along "
                    f"axis {axis}",
                    expected="equal lengths, or a dimension that is broadcastable",
                    got="; ".join(
                        f"{x.name or x.type} of shape {tuple(shape)}"
                        for x, shape in zip(node.inputs, shapes, strict=True)
                    )
                    + (f" at {node.source}" if node.source else ""),
                    fix="mark a dimension of length 1 with T.addbroadcast, or use dimshuffle",
                )
            lengths.append(found.pop())
        return tuple(lengths)

    def perform(self, node, inputs, output_storage):
        shape = self._lengths(node, [np.shape(x) for x in inputs])
        compute = self.scalar_op.compute_dtypes(*[x.type.dtype for x in node.inputs])
        cast = [np.asarray(x).astype(d, copy=False) for x, d in zip(inputs, compute, strict=True)]
        impl = self.scalar_op.impl
        if not self.scalar_op.vectorized:
            impl = np.frompyfunc(impl, len(inputs), len(node.outputs))
        with np.errstate(all="ignore"):
            results = impl(*cast)
        if len(node.outputs) == 1:
            results = (results,)
        for storage, output, result in zip(output_storage, node.outputs, results, strict=True):
            array = np.broadcast_to(np.asarray(result), shape).astype(output.type.dtype)
            storage[0] = array.copy() if any(array is x for x in inputs) else array

    def lower(self, ctx, *inputs):
        node = ctx.node
        shape = self._lengths(node, [x.shape for x in inputs])
        compute = self.scalar_op.compute_dtypes(*[x.type.dtype for x in node.inputs])
        arrays = [
            broadcast(lax.convert_element_type(x, dtype), shape)
            for x, dtype in zip(inputs, compute, strict=True)
        ]
        results = self.scalar_op.lower(ctx, *arrays)
        if len(node.outputs) == 1:
            results = (results,)
        cast = tuple(
            lax.convert_element_type(result, output.type.dtype)
            for result, output in zip(results, node.outputs, strict=True)
        )
        return cast if len(cast) > 1 else cast[0]

    @property
    def has_lowering(self) -> bool:
        """Whether the scalar op can be put into an XLA program."""
        return type(self.scalar_op).lower is not Op.lower

    def infer_shape(self, node, shapes):
        out = []
        for axis, pattern in enumerate(node.outputs[0].type.broadcastable):
            lengths = [
                shape[axis]
                for x, shape in zip(node.inputs, shapes, strict=True)
                if not x.type.broadcastable[axis]
            ]
            out.append(np.int64(1) if pattern else lengths[0])
        return [tuple(out)] * len(node.outputs)

    def connection_pattern(self, node):
        return self.scalar_op.connection_pattern(node)

    def L_op(self, inputs, outputs, output_grads):
        grads = self.scalar_op.L_op(inputs, outputs, output_grads)
        return [
            g if is_disconnected(g) else unbroadcast_grad(as_tensor_variable(g), x)
            for g, x in zip(grads, inputs, strict=True)
        ]

    def R_op(self, inputs, eval_points):
        outputs = self(*inputs, return_list=True)
        total: list[Any] = [None] * len(outputs)
        for k, output in enumerate(outputs):
            ones = [
                second_of(o, np.asarray(float(o is output), dtype=o.type.dtype)) for o in outputs
            ]
            partials = self.scalar_op.L_op(inputs, outputs, ones)
            for partial, point in zip(partials, eval_points, strict=True):
                if point is None or is_disconnected(partial):
                    continue
                term = as_tensor_variable(partial) * point
                total[k] = term if total[k] is None else total[k] + term
        return total

    def __str__(self):
        return self.name or f"Elemwise{{{self.scalar_op}}}"


def broadcast(x: Any, shape: tuple[int, ...]) -> Any:
    """Return ``x`` with its dimensions of length 1 repeated to ``shape``, of the same rank."""
    if x.shape == shape:
        return x
    kept = [i for i, (here, there) in enumerate(zip(x.shape, shape, strict=True)) if here == there]
    return lax.broadcast_in_dim(lax.reshape(x, [x.shape[i] for i in kept]), shape, kept)


def second_of(like: Any, value: Any) -> Any:
    """Return ``value`` in the shape of ``like``."""
    from theano.scalar.identity import second

    return Elemwise(second)(like, value)


def unbroadcast_grad(g: Any, x: Any) -> Any:
    """Return a gradient summed over the dimensions along which ``x`` was repeated."""
    from theano.tensor.ops.reduction import sum as tensor_sum

    axes = [
        axis
        for axis, (of_g, of_x) in enumerate(
            zip(g.type.broadcastable, x.type.broadcastable, strict=True)
        )
        if of_x and not of_g
    ]
    return tensor_sum(g, axis=axes, keepdims=True) if axes else g


__all__ = ["DimShuffle", "Elemwise", "disconnected_type"]
