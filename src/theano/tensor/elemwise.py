"""``Elemwise``: a scalar op on every element, with broadcasting; ``DimShuffle``: order of axes."""

from __future__ import annotations

import operator
import typing
from collections.abc import Sequence
from functools import reduce

import numpy as np
from jax import lax

from theano.errors import ComplexError, usage_error
from theano.graph import Apply, Constant, Op, Variable
from theano.graph.null_type import disconnected_type
from theano.graph.op import is_disconnected, is_null
from theano.graph.traversal import toposort
from theano.scalar.complex_numbers import complex as complex_of
from theano.scalar.complex_numbers import conj, real
from theano.scalar.op import ScalarOp
from theano.scalar.passing import Cast, converted, is_complex, is_discrete, second
from theano.scalar.type import Scalar
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
    TypeError
        Something is neither a number nor "x".
    """

    __props__ = ("input_broadcastable", "new_order", "inplace")

    def __init__(
        self,
        input_broadcastable: Sequence[bool],
        new_order: Sequence[typing.Any],
        inplace: bool = True,
    ) -> None:
        self.input_broadcastable = tuple(bool(b) for b in input_broadcastable)
        ndim = len(self.input_broadcastable)
        self.inplace = inplace
        order: list[int | str] = []
        for axis in new_order:
            if isinstance(axis, str):
                if axis != "x":
                    raise TypeError(f"dimshuffle takes axis numbers and 'x', got {axis!r}")
                order.append("x")
                continue
            axis = operator.index(axis)
            if not -ndim <= axis < ndim:
                raise ValueError(
                    f"dimshuffle{tuple(new_order)}: axis {axis} does not exist in a tensor of "
                    f"{ndim} dimensions"
                )
            if axis % ndim in order:
                raise ValueError(f"dimshuffle{tuple(new_order)}: axis {axis} may not appear twice")
            order.append(axis % ndim)
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

    def make_node(self, x: typing.Any) -> Apply:
        x = as_tensor_variable(x)
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

    Inputs of lower rank get leading broadcastable dimensions. A dimension whose broadcastable flag
    is set is repeated to match the others; any other difference of lengths is an error when the
    program runs, even where a length happens to be 1.

    Parameters
    ----------
    scalar_op : ScalarOp
    inplace_pattern, nfunc_spec, openmp : optional
        Kept for programs that give them; XLA decides on memory and threads.
    name : str, optional
        Only for printing.
    """

    __props__ = ("scalar_op",)

    def __init__(
        self,
        scalar_op: ScalarOp,
        inplace_pattern: typing.Any = None,
        name: str | None = None,
        nfunc_spec: typing.Any = None,
        openmp: bool | None = None,
    ) -> None:
        self.scalar_op = scalar_op
        self.inplace_pattern = dict(inplace_pattern or {})
        self.name = name
        self.nfunc_spec = nfunc_spec
        self.__doc__ = scalar_op.__doc__

    def make_node(self, *inputs: typing.Any) -> Apply:
        self.scalar_op.check_nin(len(inputs))
        dtypes, patterns, variables = self.get_output_info(DimShuffle, *inputs)
        return Apply(
            self, variables, [TensorType(*both)() for both in zip(dtypes, patterns, strict=True)]
        )

    def get_output_info(
        self, dim_shuffle: typing.Any, *inputs: typing.Any
    ) -> tuple[Sequence[str], list[list[bool]], list[typing.Any]]:
        """Return the dtypes and the patterns of the outputs, and the inputs in one rank.

        ``dim_shuffle`` is kept for programs that give it.
        """
        variables = [as_tensor_variable(x) for x in inputs]
        ndim = max((x.type.ndim for x in variables), default=0)
        variables = [as_tensor_variable(x, ndim=max(ndim, x.type.ndim)) for x in variables]
        try:
            dtypes = self.scalar_op.output_dtypes(*[x.type.dtype for x in variables])
        except TypeError as error:
            raise usage_error(
                ComplexError if isinstance(error, ComplexError) else TypeError,
                f"{self.scalar_op.name} was applied to dtypes that it does not take: {error}",
                got="; ".join(str(x.type) for x in variables),
            ) from None
        pattern = [
            all(flags) for flags in zip(*[x.type.broadcastable for x in variables], strict=True)
        ]
        return dtypes, [pattern] * len(dtypes), variables

    def python_constant_folding(self, node: Apply) -> bool:
        """Return whether constants are best folded with NumPy: where the result is one number."""
        return bool(node.outputs[0].type.ndim == 0)

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
                raise self._mismatch(node, shapes, axis)
            lengths.append(found.pop())
        return tuple(lengths)

    def _mismatch(self, node: Apply, shapes: Sequence[Sequence[int]], axis: int) -> ValueError:
        given = [
            (i, shape[axis])
            for i, (x, shape) in enumerate(zip(node.inputs, shapes, strict=True))
            if not x.type.broadcastable[axis]
        ]
        other = next(pair for pair in given if pair[1] != given[0][1])
        lengths = ", ".join(f"input[{i}].shape[{axis}] = {n}" for i, n in (given[0], other))
        return usage_error(
            ValueError,
            f"Input dimension mis-match in {self.scalar_op.name} ({lengths})",
            expected="equal lengths, or length 1 in a dimension that is declared broadcastable",
            got="; ".join(
                f"{x.name or x.type} of shape {tuple(shape)}"
                for x, shape in zip(node.inputs, shapes, strict=True)
            )
            + (f" at {node.source}" if node.source else ""),
            fix="where a length is always 1, say so with theano.tensor.addbroadcast",
        )

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

    def expand(self, node):
        outputs = self.scalar_op.applied(node.inputs)
        if outputs is None:
            return None
        return [
            v if v.type == o.type else reduce(lambda z, x: second_of(x, z), node.inputs, v)
            for v, o in zip(map(as_tensor_variable, outputs), node.outputs, strict=True)
        ]

    def lowers(self, node):
        return type(self.scalar_op).lower is not Op.lower

    def lower(self, ctx, *inputs):
        node = ctx.node
        shape = self._lengths(node, [x.shape for x in inputs])
        compute = self.scalar_op.compute_dtypes(*[x.type.dtype for x in node.inputs])
        arrays = [
            broadcast(converted(x, dtype), shape) for x, dtype in zip(inputs, compute, strict=True)
        ]
        results = self.scalar_op.lower(ctx, *arrays)
        if len(node.outputs) == 1:
            results = (results,)
        cast = tuple(
            converted(result, output.type.dtype)
            for result, output in zip(results, node.outputs, strict=True)
        )
        return cast if len(cast) > 1 else cast[0]

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
        conjugate = self.scalar_op.holomorphic and any(is_complex(v) for v in (*inputs, *outputs))
        if conjugate:
            output_grads = [g if has_no_value(g) else conj(g) for g in output_grads]
        results = []
        for g, x in zip(self._formula(inputs, outputs, output_grads), inputs, strict=True):
            if not has_no_value(g):
                g = as_tensor_variable(g)
                if not is_complex(x):
                    g = real(g) if is_complex(g) else g
                elif conjugate:
                    g = conj(g)
                g = unbroadcast_grad(g, x)
            results.append(g)
        return results

    def R_op(self, inputs, eval_points):
        outputs = self(*inputs, return_list=True)
        return [
            None if is_discrete(o) else self._directional(k, inputs, outputs, eval_points)
            for k, o in enumerate(outputs)
        ]

    def _formula(self, inputs, outputs, output_grads):
        """Return the gradients that the scalar op's own formula gives, before any summation."""
        if self.scalar_op.vectorized:
            return self.scalar_op.L_op(inputs, outputs, output_grads)
        # A formula that asks for the types of its inputs expects numbers: lift what it builds.
        given = [*inputs, *output_grads]
        numbers = [Scalar(v.type.dtype)() for v in given]
        node = self.scalar_op.make_node(*numbers[: len(inputs)])
        grads = self.scalar_op.L_op(node.inputs, node.outputs, numbers[len(inputs) :])
        return lift_graph(
            grads, dict(zip([*numbers, *node.outputs], [*given, *outputs], strict=True))
        )

    def _directional(
        self, k: int, inputs: typing.Any, outputs: typing.Any, eval_points: typing.Any
    ) -> typing.Any:
        """Return the derivative of output ``k`` along ``eval_points``."""
        pattern = self.connection_pattern(outputs[0].owner)
        holomorphic = self.scalar_op.holomorphic or not any(
            is_complex(v) for v in (*inputs, *outputs)
        )
        seeds = [1.0] if holomorphic or not is_complex(outputs[k]) else [1.0, 1j]
        parts = []
        for seed in seeds:
            ones = [
                second_of(o, np.asarray(seed if o is outputs[k] else 0, dtype=o.type.dtype))
                for o in outputs
            ]
            terms = []
            for i, (partial, point) in enumerate(
                zip(self._formula(inputs, outputs, ones), eval_points, strict=True)
            ):
                if point is None or not pattern[i][k] or is_disconnected(partial):
                    continue
                if is_null(partial):
                    raise NotImplementedError(partial.type.why_null)
                partial = as_tensor_variable(partial)
                # A function without a complex derivative is linear in both parts of its input.
                terms.append(partial * point if holomorphic else real(conj(partial) * point))
            if not terms:
                return None
            parts.append(reduce(operator.add, terms))
        total = parts[0] if len(parts) == 1 else complex_of(*parts)
        dtype = outputs[k].type.dtype
        return total if total.type.dtype == dtype else Elemwise(Cast(dtype))(total)

    def __str__(self):
        where = str(sorted(self.inplace_pattern.items())) if self.inplace_pattern else ""
        return self.name or f"Elemwise{{{self.scalar_op}}}{where}"


def broadcast(x: typing.Any, shape: tuple[int, ...]) -> typing.Any:
    """Return ``x`` with its dimensions of length 1 repeated to ``shape``, of the same rank."""
    if x.shape == shape:
        return x
    kept = [i for i, (here, there) in enumerate(zip(x.shape, shape, strict=True)) if here == there]
    return lax.broadcast_in_dim(lax.reshape(x, [x.shape[i] for i in kept]), shape, kept)


def second_of(like: typing.Any, value: typing.Any) -> typing.Any:
    """Return ``value`` in the shape of ``like``."""
    return Elemwise(second)(like, value)


def has_no_value(g: typing.Any) -> bool:
    """Whether a gradient is the mark of a missing path, or of a derivative that nobody has."""
    return is_disconnected(g) or is_null(g)


def lift_graph(
    outputs: Sequence[typing.Any], known: dict[typing.Any, typing.Any]
) -> list[typing.Any]:
    """Return a graph of numbers as one of tensors, with tensors for some numbers given.

    Parameters
    ----------
    outputs : list of scalar variables
    known : dict
        From scalar variables to tensors; completed with all that is lifted.
    """

    def lifted(x: typing.Any) -> typing.Any:
        if isinstance(x, Constant):
            return as_tensor_variable(np.asarray(x.data))
        return known.get(x, x)

    for node in toposort([v for v in outputs if isinstance(v, Variable)], set(known)):
        op: typing.Any = node.op
        results = Elemwise(op)(*[lifted(x) for x in node.inputs], return_list=True)
        known.update(zip(node.outputs, results, strict=True))
    return [lifted(v) for v in outputs]


def unbroadcast_grad(g: typing.Any, x: typing.Any) -> typing.Any:
    """Return a gradient summed over the dimensions along which ``x`` was repeated."""
    # Sums are made with Elemwise, so they can only be imported once it is there.
    from theano.tensor.ops.reduction import sum as tensor_sum  # noqa: PLC0415

    axes = [
        axis
        for axis, (of_g, of_x) in enumerate(
            zip(g.type.broadcastable, x.type.broadcastable, strict=True)
        )
        if of_x and not of_g
    ]
    return tensor_sum(g, axis=axes, keepdims=True) if axes else g


__all__ = ["DimShuffle", "Elemwise", "disconnected_type"]
