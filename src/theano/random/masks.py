"""Comparisons of uniform numbers with a bound, ``u < p``, without the numbers themselves.

That is what dropout masks and binomial draws are. Compared as integers, the results of all turns of
a stream fit a few words, so that a program neither stores nor reads the numbers.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.graph import Apply, Constant, FunctionGraph
from theano.graph.op import DisconnectedOp
from theano.random import compiled, mrg31k3p
from theano.random.ops import Uniform
from theano.rewriting import SPECIALIZE, node_rewriter
from theano.scalar import comparison
from theano.scalar.type import upcast
from theano.tensor.conversion import as_tensor_variable, constant
from theano.tensor.elemwise import DimShuffle, Elemwise
from theano.tensor.ops import elementwise as ew
from theano.tensor.type import TensorType

__all__ = ["Below"]

TURNS_PER_WORD = 12
"""``hold`` is exact for this many bits."""

MAX_WORDS = 4
"""More turns than these hold are compared as plain numbers."""

ORDERED = ("float32", "float64")
"""Dtypes whose uniform numbers grow with the integers; float16 takes their low bits."""


class Below(DisconnectedOp):
    """``u < p`` for uniform numbers: states, size (ndim,), p () ``->`` new states, booleans.

    Parameters
    ----------
    draw : Uniform
        The draw that the numbers would come from.
    """

    __props__ = ("draw",)

    def __init__(self, draw: Uniform) -> None:
        self.draw = draw

    def make_node(self, states: Any, size: Any, p: Any) -> Apply:
        drawn = self.draw.make_node(states, size)
        new, u = drawn.outputs
        mask = TensorType("bool", u.type.broadcastable)()
        return Apply(self, [*drawn.inputs, as_tensor_variable(p)], [new.type(), mask])

    def static_inputs(self, node):
        return (1,)

    def perform(self, node, inputs, output_storage):
        *of_draw, p = inputs
        self.draw.perform(self.draw.make_node(*node.inputs[:2]), of_draw, output_storage)
        output_storage[1][0] = output_storage[1][0] < p

    def lower(self, ctx, states, size, p):
        shape = self.draw.lengths(ctx.node, ctx.static(1))
        n = int(np.prod(shape, dtype=int))
        if n and isinstance(p, np.ndarray) and self.draw.dtype in ORDERED:
            turns, _ = compiled.turns_of(n, states.shape[1])
            if turns <= MAX_WORDS * TURNS_PER_WORD:
                bound = least_integer(float(p), self.draw.dtype)
                return compiled.after(states, n), packed(states, n, bound).reshape(shape)
        new, u = compiled.draw(states, n, self.draw.dtype)
        return new, (u < p).reshape(shape)

    def infer_shape(self, node, shapes):
        return self.draw.infer_shape(node, shapes)


def least_integer(p: float, dtype: str) -> int:
    """Return the least integer of the generator whose uniform number is not below ``p``.

    ``u < p`` is then ``integer < bound``, exactly, as the conversion never decreases.
    """
    low, high = 1, mrg31k3p.M1 + 1
    while low < high:
        middle = (low + high) // 2
        u = mrg31k3p.to_uniform(np.asarray([middle], dtype="int64"), dtype)[0]
        low, high = (middle + 1, high) if u < np.asarray(p, dtype=dtype) else (low, middle)
    return low


def modulo(x: Any, modulus: int) -> Any:
    """Return ``x``, below twice the modulus, reduced: one of the two wraps round."""
    return jnp.minimum(x, x - np.uint32(modulus))


def next_first(older: Any, oldest: Any) -> Any:
    """Return the next number of the first recurrence: ``2**22 x[-2] + (2**7 + 1) x[-3]``."""
    a = ((older & np.uint32(511)) << np.uint32(22)) | (older >> np.uint32(9))
    b = ((oldest & np.uint32(0xFFFFFF)) << np.uint32(7)) | (oldest >> np.uint32(24))
    return modulo(modulo(a + b, mrg31k3p.M1) + oldest, mrg31k3p.M1)


def times_2_15(x: Any) -> Any:
    """Return ``2**15 x`` modulo the second modulus."""
    high = np.uint32(2**31 - mrg31k3p.M2) * (x >> np.uint32(16))
    return modulo(((x & np.uint32(65535)) << np.uint32(15)) + high, mrg31k3p.M2)


def next_second(newest: Any, oldest: Any) -> Any:
    """Return the next number of the second recurrence: ``2**15 x[-1] + (2**15 + 1) x[-3]``."""
    last = modulo(times_2_15(oldest) + oldest, mrg31k3p.M2)
    return modulo(last + times_2_15(newest), mrg31k3p.M2)


@jax.jit  # traced once instead of once a turn; XLA makes the same of it
def next_numbers(x_2: Any, x_3: Any, y_1: Any, y_3: Any) -> tuple[Any, Any, Any]:
    """Return the next number of each recurrence, and the generator's less one."""
    x, y = next_first(x_2, x_3), next_second(y_1, y_3)
    below = x - y - np.uint32(1)
    return x, y, jnp.minimum(below, below + np.uint32(mrg31k3p.M1))


def word(state: Any, turns: int, bound: int) -> Any:
    """Return, per stream, the comparisons of its next ``turns`` numbers as bits: uint32, (S,)."""
    first, second = [state[2], state[1], state[0]], [state[5], state[4], state[3]]
    bits = jnp.zeros_like(state[0])
    for turn in range(turns):
        newest = next_numbers(first[-2], first[-3], second[-1], second[-3])
        first.append(newest[0])
        second.append(newest[1])
        hit = newest[2] < np.uint32(bound - 1)
        bits = bits | jnp.where(hit, np.uint32(1 << turn), np.uint32(0))
    return bits


def hold(bits: Any) -> Any:
    """Return a word of at most 12 bits unchanged, by a way that XLA does not compute twice.

    On the CPU it would merge the whole chain behind a word into each use of one of its bits. It
    never does so with a square root. (``w * w`` is below 2**24, so a rounded root is exact; other
    platforms may approximate roots, and go without.)
    """

    def root_of_square(bits: Any) -> Any:
        return jnp.sqrt((bits * bits).astype("float32")).astype("uint32")

    return lax.platform_dependent(bits, cpu=root_of_square, default=lambda bits: bits)


def packed(states: Any, n: int, bound: int) -> Any:
    """Return whether each of ``n`` numbers is below ``bound``: bool, (n,)."""
    turns, _ = compiled.turns_of(n, states.shape[1])
    n_words = -(-turns // TURNS_PER_WORD)
    per_word = -(-turns // n_words)

    def all_turns(states: Any) -> Any:
        state = compiled.unsigned(states)
        rows = []
        for _ in range(n_words):
            bits = hold(word(state, per_word, bound))
            places = np.arange(per_word, dtype="uint32")[:, None]
            rows.append((bits[None, :] >> places) & np.uint32(1))
            if n_words > 1:
                jump = compiled.step_matrices(per_word)
                state = compiled.advance(state, jump, jump, state.shape[1])
        return jnp.concatenate(rows).astype(bool)

    hits = compiled.held(all_turns, states)
    # In memory of its own again: a use would otherwise find its place in the rows for each element.
    return compiled.held(lambda _, h: h.reshape(-1)[:n], states, hits)


@node_rewriter([Elemwise], stage=SPECIALIZE)
def compare_without_numbers(fgraph: FunctionGraph, node: Apply) -> dict[Any, Any] | None:
    """``uniform < p`` needs no uniform numbers, where nothing else reads them."""
    if node.op.scalar_op != comparison.lt:
        return None
    u, p = node.inputs
    drawn = u.owner
    if drawn is None or not isinstance(drawn.op, Uniform) or len(fgraph.clients[u]) != 1:
        return None
    while p.owner is not None and isinstance(p.owner.op, DimShuffle):
        p = p.owner.inputs[0]
    dtype = u.type.dtype
    if upcast(p.type.dtype, dtype) != dtype:
        return None  # the numbers would be compared in another dtype
    if isinstance(p, Constant) and p.data.size == 1:
        p = constant(p.data.reshape(()), dtype=dtype)
    if p.type.ndim:
        return None
    p = ew.cast(p, dtype)
    new, mask = Below(drawn.op)(*drawn.inputs, p)
    return {node.outputs[0]: mask, drawn.outputs[0]: new}
