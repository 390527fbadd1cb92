"""Ops on random streams: raw draws, and distributions that are more than arithmetic on draws."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, NullType, Op
from theano.graph.null_type import disconnected_type
from theano.graph.op import DisconnectedOp
from theano.random import compiled, distributions, mrg31k3p
from theano.random.states import STATES
from theano.scalar.type import CONTINUOUS_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.sizes import (
    as_size,
    as_size_vector,
    constant_size,
    size_elements,
    vector_length,
)
from theano.tensor.type import TensorType

__all__ = ["Choice", "Multinomial", "Repair", "UndefinedGrad", "Uniform"]

MAX_SAMPLES = 2**31 - 1


class Uniform(DisconnectedOp):
    """Uniform numbers in (0, 1): states (6, S), size (ndim,) ``->`` new states (6, S), numbers.

    One number is taken from each of the S streams in turn; ``mrg31k3p.draw`` has the details.

    Parameters
    ----------
    dtype : {'float16', 'float32', 'float64'}
    ndim : int

    Raises: ValueError for a negative length, or more than 2**31 - 1 numbers.
    """

    __props__ = ("dtype", "ndim")

    def __init__(self, dtype: str, ndim: int) -> None:
        self.dtype = dtype
        self.ndim = ndim

    @classmethod
    def new(cls, rstate: Any, ndim: int | None, dtype: str, size: Any) -> tuple[Any, Any]:
        """Return new states and numbers, of states with one row per stream: int32, (S, 6).

        ``ndim`` may be None where the graph tells how many lengths ``size`` has.
        """
        size = as_size_vector(size, "a random draw")
        ndim = vector_length(size) if ndim is None else ndim
        if ndim is None:
            raise usage_error(
                ValueError,
                "the number of dimensions of random numbers is not known",
                got=size,
                fix="give it: ndim=2",
            )
        states, numbers = cls(dtype, ndim)(as_tensor_variable(rstate).T, size)
        return states.T, numbers

    def make_node(self, states: Any, size: Any) -> Apply:
        states = STATES.filter_variable(as_tensor_variable(states))
        size = as_size_vector(size, "a random draw")
        pattern = [constant_size(n) == 1 for n in size_elements(size, self.ndim)]
        return Apply(self, [states, size], [STATES(), TensorType(self.dtype, pattern)()])

    def lengths(self, node: Apply, size: np.ndarray) -> tuple[int, ...]:
        """Return the shape that is asked for."""
        shape = tuple(int(n) for n in size)
        pattern = node.outputs[1].type.broadcastable
        count = 1
        for length in shape:
            count *= length
        if (
            len(shape) != self.ndim
            or min(shape, default=0) < 0
            or count > MAX_SAMPLES
            or any(known and n != 1 for known, n in zip(pattern, shape, strict=False))
        ):
            raise usage_error(
                ValueError,
                "random numbers were drawn with a size that cannot be",
                expected=f"{self.ndim} lengths from 0 up, at most 2**31 - 1 numbers in all",
                got=f"size {shape}" + (f" at {node.source}" if node.source else ""),
            )
        return shape

    def static_inputs(self, node):
        return (1,)

    def perform(self, node, inputs, output_storage):
        states, size = inputs
        shape = self.lengths(node, size)
        n = int(np.prod(shape, dtype=int))
        new, integers = mrg31k3p.draw(np.ascontiguousarray(states.T), n)
        output_storage[0][0] = np.ascontiguousarray(new.T)
        output_storage[1][0] = mrg31k3p.to_uniform(integers, self.dtype).reshape(shape)

    def lower(self, ctx, states, size):
        shape = self.lengths(ctx.node, ctx.static(1))
        new, u = compiled.draw(states, int(np.prod(shape, dtype=int)), self.dtype)
        return new, u.reshape(shape)

    def infer_shape(self, node, shapes):
        return [shapes[0], tuple(size_elements(node.inputs[1], self.ndim))]


class Repair(DisconnectedOp):
    """Standard normal numbers cut at 2: ``u`` (2 k,), states ``->`` states, samples, n_rejected.

    Samples outside [-2, 2] are made anew with numbers of a second draw, one for each; how many that
    are, the last output, depends on ``u``. ``distributions.truncated_normal`` has the details.
    """

    __props__ = ()

    def make_node(self, u: Any, states: Any) -> Apply:
        u, states = as_tensor_variable(u), STATES.filter_variable(as_tensor_variable(states))
        outputs = [STATES(), TensorType(u.type.dtype, [False])(), TensorType("int64", [])()]
        return Apply(self, [u, states], outputs)

    def perform(self, node, inputs, output_storage):
        u, states = inputs
        n_rejected = distributions.n_rejected(u)
        new, integers = mrg31k3p.draw(np.ascontiguousarray(states.T), n_rejected)
        samples = distributions.truncated_normal(
            u,
            mrg31k3p.to_uniform(integers, u.dtype),
            u.shape,
            # Undone by the scaling that is applied to all truncated samples.
            std=distributions.TRUNCATED_STD,
        )
        results = np.ascontiguousarray(new.T), samples, np.asarray(n_rejected, dtype="int64")
        for storage, result in zip(output_storage, results, strict=True):
            storage[0] = result

    def lower(self, ctx, u, states):
        dtype, size = str(u.dtype), u.shape[0]
        wide = "float64" if dtype == "float64" else str(np.dtype(distributions.WIDER[u.dtype]))

        def rounded(function: Any, x: Any) -> Any:
            return function(x.astype(wide)).astype(dtype)

        def radius(u: Any) -> Any:
            return jnp.sqrt(np.asarray(-2.0, dtype) * rounded(jnp.log, u))

        angle = np.asarray(2.0 * np.pi, dtype) * u[size // 2 :]
        turn = jnp.concatenate([rounded(jnp.cos, angle), rounded(jnp.sin, angle)])
        samples = jnp.tile(radius(u[: size // 2]), 2) * turn
        rejected = jnp.abs(samples) > np.asarray(distributions.TRUNCATION, dtype)

        rank = jnp.cumsum(rejected.astype("int64"))
        n_rejected = rank[-1] if size else jnp.zeros((), "int64")
        new, again = compiled.draw_some(states, n_rejected, size, dtype)
        low = np.asarray(distributions.TRUNCATION_LOW, dtype)
        again = again.astype(wide) * (np.asarray(1, dtype) - low).astype(wide) + low.astype(wide)
        mended = radius(again.astype(dtype))[jnp.maximum(rank - 1, 0)] * turn

        # In each half, what is kept comes first, in order, then what was mended.
        halves = []
        for half in (slice(None, size // 2), slice(size // 2, None)):
            out = rejected[half]
            kept = jnp.cumsum((~out).astype("int64"))
            n_kept = kept[-1] if size else 0
            place = jnp.where(out, n_kept + jnp.cumsum(out.astype("int64")) - 1, kept - 1)
            values = jnp.where(out, mended[half], samples[half])
            halves.append(jnp.zeros_like(values).at[place].set(values, unique_indices=True))
        return new, jnp.concatenate(halves), n_rejected

    def infer_shape(self, node, shapes):
        return [shapes[1], shapes[0], ()]


class FromRows(DisconnectedOp):
    """What draws by the chances in the rows of a matrix share: chances, uniform numbers, count.

    Parameters
    ----------
    odtype : str
        The dtype of the result. "auto" stands for that of the chances, or int64 for indices.
    """

    __props__: tuple[str, ...] = ("odtype",)

    def __init__(self, odtype: str) -> None:
        self.odtype = odtype

    def automatic_dtype(self, chances: Any) -> str:
        """Return what "auto" stands for."""
        return str(chances.type.dtype)

    def make_node(self, chances: Any, u: Any, count: Any = 1) -> Apply:
        chances, u = as_tensor_variable(chances), as_tensor_variable(u)
        if chances.type.ndim != 2 or u.type.ndim != 1:
            raise usage_error(
                NotImplementedError,
                f"{type(self).__name__} was applied to tensors of other ranks",
                expected="a matrix of chances and a vector of uniform numbers",
                got=f"{chances.type} and {u.type}",
            )
        if chances.type.dtype not in CONTINUOUS_DTYPES:
            chances = ew.cast(chances, "float64")
        # Of a single outcome, at most one can be chosen.
        dtype = self.automatic_dtype(chances) if self.odtype == "auto" else self.odtype
        output = TensorType(dtype, chances.type.broadcastable)()
        return Apply(self, [chances, u, as_size(count, "a random draw")], [output])

    def connection_pattern(self, node):
        return [[True], [False], [False]]

    def L_op(self, inputs, outputs, output_grads):
        """Zero for the chances, which ``UndefinedGrad`` makes none where it stands before them."""
        chances, *others = inputs
        return [ew.zeros_like(chances), *[disconnected_type() for _ in others]]


def by_trial(u: Any, rows: int, count: int) -> Any:
    """Return uniform numbers as (count, rows).

    Raises
    ------
    ValueError
        There are too many or too few.
    """
    if u.shape != (rows * count,):
        raise usage_error(
            ValueError,
            "outcomes were drawn from the wrong number of uniform numbers",
            expected=f"{rows * count} numbers, {count} for each of {rows} rows",
            got=f"{u.shape[0]}",
        )
    return u.reshape(count, rows)


def running_sums(chances: Any, start: Any) -> tuple[Any, Any]:
    """Return the sums over columns, one after the other as NumPy takes them, and the whole sums."""

    def add(total: Any, column: Any) -> tuple[Any, Any]:
        total = total + column
        return total, total

    whole, sums = lax.scan(add, start, chances.T)
    return sums.T, whole


def pick(chances: Any, u: Any) -> tuple[Any, Any, Any]:
    """Return, per row, whether an outcome was hit, which (as a mask), and the running sums."""
    sums, _ = running_sums(chances.astype("float64"), jnp.zeros(len(chances), "float64"))
    exceeds = sums > u[:, None].astype("float64")
    hit = jnp.any(exceeds, axis=1)
    column = jnp.argmax(exceeds, axis=1)
    mask = (lax.broadcasted_iota("int64", exceeds.shape, 1) == column[:, None]) & hit[:, None]
    return hit, mask, sums


class Multinomial(FromRows):
    """Counts of outcomes: chances (rows, outcomes), u (n rows,), n ``->`` (rows, outcomes).

    ``distributions.multinomial`` has the details.
    """

    def perform(self, node, inputs, output_storage):
        chances, u, n = inputs
        dtype = node.outputs[0].type.dtype
        output_storage[0][0] = distributions.multinomial(u, chances, int(n), dtype)

    def lower(self, ctx, chances, u, n):
        rows, dtype = chances.shape[0], ctx.node.outputs[0].type.dtype
        if not rows:
            return jnp.zeros(chances.shape, dtype)
        trials = by_trial(u, rows, u.shape[0] // rows)

        def count(counts: Any, trial: Any) -> tuple[Any, None]:
            return counts + pick(chances, trial)[1].astype(dtype), None

        return lax.scan(count, jnp.zeros(chances.shape, dtype), trials)[0]

    def infer_shape(self, node, shapes):
        return [shapes[0]]


class Choice(FromRows):
    """Different outcomes: chances (rows, outcomes), u (size rows,), size ``->`` (rows, size).

    ``distributions.choice`` has the details.

    Parameters
    ----------
    odtype : str
    replace : bool
        Whether an outcome may be chosen again.
    """

    __props__ = ("odtype", "replace")

    def __init__(self, odtype: str, replace: bool = False) -> None:
        super().__init__(odtype)
        self.replace = replace

    def automatic_dtype(self, chances: Any) -> str:
        """Return the dtype of indices."""
        return "int64"

    def static_inputs(self, node):
        return (2,)

    def perform(self, node, inputs, output_storage):
        chances, u, size = inputs
        dtype = node.outputs[0].type.dtype
        output_storage[0][0] = distributions.choice(u, chances, int(size), dtype, self.replace)

    def lower(self, ctx, chances, u, size):
        size = int(ctx.static(2))
        dtype = ctx.node.outputs[0].type.dtype
        rows, outcomes = chances.shape
        if size > outcomes:
            raise usage_error(
                ValueError,
                "outcomes were chosen without replacement",
                expected=f"size at most {outcomes}, the number of columns of p",
                got=f"size {size}",
            )
        if not rows * size:
            return jnp.zeros((rows, size), dtype)

        def choose(left: Any, trial: Any) -> tuple[Any, Any]:
            hit, mask, sums = pick(left, trial)
            column = jnp.argmax(mask, axis=1)
            picked = jnp.where(hit, column, -1).astype(dtype)
            if self.replace:
                return left, picked
            before = jnp.sum(jnp.where(mask, sums - left.astype("float64"), 0.0), axis=1)
            behind = lax.broadcasted_iota("int64", left.shape, 1) > column[:, None]
            zero = jnp.zeros((), left.dtype)
            _, rest = running_sums(jnp.where(behind, left, zero), before.astype(left.dtype))
            scaled = jnp.where(mask, zero, left) / rest[:, None]
            return jnp.where(hit[:, None], scaled, left), picked

        return lax.scan(choose, chances, by_trial(u, rows, size))[1].T

    def infer_shape(self, node, shapes):
        return [(shapes[0][0], node.inputs[2])]


class UndefinedGrad(Op):
    """Its argument, a parameter of a distribution, with respect to which there is no gradient."""

    __props__ = ()

    def make_node(self, x: Any) -> Apply:
        x = as_tensor_variable(x)
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.array(inputs[0])

    def lower(self, ctx, x):
        return jnp.asarray(x)

    def infer_shape(self, node, shapes):
        return list(shapes)

    def L_op(self, inputs, outputs, output_grads):
        return [
            NullType(
                "a sample is no differentiable function of the parameters of its distribution"
            )()
        ]

    def R_op(self, inputs, eval_points):
        return [None]
