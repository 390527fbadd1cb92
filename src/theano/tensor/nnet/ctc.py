"""Connectionist temporal classification: sequences of labels without an alignment in time."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from jax import lax
from jax import nn as jnn
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import NullType, disconnected_type
from theano.graph.op import is_disconnected
from theano.scalar.type import INTEGER_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.reduction import sum as tensor_sum
from theano.tensor.type import TensorType

__all__ = ["ConnectionistTemporalClassification", "ctc", "ctc_available", "ctc_present"]


def ctc(activations: Any, labels: Any, input_lengths: Any) -> Any:
    """Return, for each example, minus the log of the probability of its sequence of labels.

    Parameters
    ----------
    activations : ``(n_steps, batch, n_symbols)`` float32 or float64
        The softmax of the last axis is the distribution of symbols at each step. Symbol 0 is the
        blank.
    labels : ``(batch, n_labels)`` integers
        Negative ones are padding, wherever they stand.
    input_lengths : ``(batch,)`` integers
        How many steps each example has.

    Returns
    -------
    ``(batch,)``, dtype of ``activations``
        0, with a gradient of 0, for an example that has fewer steps than its labels need.

    Raises
    ------
    TypeError
        A dtype does not fit.
    ValueError
        A rank does not fit; at run time, lengths do not, or an example is longer than
        ``activations``, or a label is no symbol.

    References
    ----------
    Graves, Fernández, Gomez & Schmidhuber, Connectionist temporal classification, ICML 2006.
    """
    return ConnectionistTemporalClassification()(activations, labels, input_lengths)


class ConnectionistTemporalClassification(Op):
    """Costs ``(batch,)`` and their gradients ``(n_steps, batch, n_symbols)``; see :func:`ctc`.

    Parameters
    ----------
    compute_grad : bool
        Whether gradients are the second output. A call returns the costs alone.
    """

    __props__ = ("compute_grad",)
    default_output = 0

    def __init__(self, compute_grad: bool = True, openmp: Any = None) -> None:
        self.compute_grad = compute_grad

    def make_node(self, activations: Any, labels: Any, input_lengths: Any) -> Apply:
        inputs = [as_tensor_variable(v) for v in (activations, labels, input_lengths)]
        names = ("activations", "labels", "input_lengths")
        dtypes = (("float32", "float64"), INTEGER_DTYPES, INTEGER_DTYPES)
        for name, v, ndim, allowed in zip(names, inputs, (3, 2, 1), dtypes, strict=True):
            if v.type.dtype not in allowed:
                expected = "float32 or float64" if name == "activations" else "integers"
                raise usage_error(
                    TypeError, f"ctc was given {name} of another kind", expected=expected, got=v
                )
            if v.type.ndim != ndim:
                raise usage_error(
                    ValueError,
                    f"ctc was given {name} of another rank",
                    expected=f"{ndim} dimensions",
                    got=v,
                )
        kind = inputs[0].type
        costs = TensorType(kind.dtype, [kind.broadcastable[1]])
        return Apply(self, inputs, [costs(), kind()][: 1 + self.compute_grad])

    def _check_shapes(self, activations, labels, lengths):
        batch = activations.shape[1]
        if labels.shape[0] != batch or lengths.shape[0] != batch:
            raise usage_error(
                ValueError,
                "ctc was given batches of different lengths",
                expected=f"labels and input lengths for {batch} examples",
                got=f"{labels.shape[0]} and {lengths.shape[0]}",
            )

    def perform(self, node, inputs, output_storage):
        activations, labels, lengths = inputs
        self._check_shapes(*inputs)
        n_steps, batch, n_symbols = activations.shape
        for kind, values, limit in (("length", lengths, n_steps), ("label", labels, n_symbols - 1)):
            if values.size and values.max() > limit:
                raise too_large(kind, limit, int(values.max()))
        costs = np.zeros(batch)
        gradients = np.zeros(activations.shape)
        for i in range(batch):
            own = labels[i][labels[i] >= 0].astype("int64")
            steps = max(int(lengths[i]), 0)
            if steps and len(own) + np.count_nonzero(own[1:] == own[:-1]) <= steps:
                example = activations[:steps, i].astype("float64")
                costs[i], gradients[:steps, i] = aligned(example, own)
        for storage, value in zip(output_storage, (costs, gradients), strict=False):
            storage[0] = value.astype(activations.dtype)

    def lower(self, ctx, activations, labels, lengths):
        self._check_shapes(activations, labels, lengths)
        n_steps, _, n_symbols = activations.shape
        labels, lengths = (lax.convert_element_type(v, "int64") for v in (labels, lengths))
        for kind, values, limit in (("length", lengths, n_steps), ("label", labels, n_symbols - 1)):
            if values.size:
                most = jnp.max(values)
                ctx.check(most <= limit, most, partial(too_large, kind, limit))
        if activations.size == 0:
            costs = jnp.zeros(activations.shape[1:2], activations.dtype)
            return (costs, jnp.zeros_like(activations)) if self.compute_grad else costs
        costs, gradients = Lattice(activations, labels, lengths).costs_and_gradients()
        return (costs, gradients) if self.compute_grad else costs

    def infer_shape(self, node, shapes):
        return [(shapes[0][1],), shapes[0]][: len(node.outputs)]

    def connection_pattern(self, node):
        return [[True] * len(node.outputs)] + [[False] * len(node.outputs) for _ in range(2)]

    def L_op(self, inputs, outputs, output_grads):
        g_cost, *g_gradients = output_grads
        if g_gradients and not is_disconnected(g_gradients[0]):
            unknown = NullType("the second derivative of ctc is not implemented")()
            return [unknown, disconnected_type(), disconnected_type()]
        g_x = self._gradients(inputs, outputs) * g_cost.dimshuffle("x", 0, "x")
        return [g_x, disconnected_type(), disconnected_type()]

    def _gradients(self, inputs, outputs):
        if len(outputs) == 2:
            return outputs[1]
        return ConnectionistTemporalClassification(True).make_node(*inputs).outputs[1]

    def R_op(self, inputs, eval_points):
        if eval_points[0] is None:
            return [None] * (1 + self.compute_grad)
        point = tensor_sum(self._gradients(inputs, ()) * eval_points[0], axis=(0, 2))
        return [point, None][: 1 + self.compute_grad]


def too_large(kind: str, limit: int, wrong: int) -> ValueError:
    """Return the error of a length or a label that is too large."""
    what = {"length": "is longer than its activations", "label": "has a label that is no symbol"}
    return usage_error(
        ValueError, f"an example of ctc {what[kind]}", expected=f"at most {limit}", got=str(wrong)
    )


def aligned(activations: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Return cost and gradient of one example that has steps enough: section 4 of the paper.

    Probabilities are rescaled at each step, as there, rather than kept as logarithms.
    """
    e = np.exp(activations - activations.max(axis=1, keepdims=True))
    probabilities = e / e.sum(axis=1, keepdims=True)
    symbols = np.zeros(2 * len(labels) + 1, dtype="int64")
    symbols[1::2] = labels
    emitted = probabilities[:, symbols]
    steps, n_states = emitted.shape
    follows = np.eye(n_states) + np.eye(n_states, k=1)
    for s in range(3, n_states, 2):
        follows[s - 2, s] = symbols[s] != symbols[s - 2]
    forward, backward = np.zeros_like(emitted), np.zeros_like(emitted)
    forward[0, :2] = emitted[0, :2]
    backward[-1, -2:] = 1
    cost = 0.0
    with np.errstate(all="ignore"):
        for t in range(steps):
            if t:
                forward[t] = (forward[t - 1] @ follows) * emitted[t]
            total = forward[t].sum()
            cost -= np.log(total)
            forward[t] /= total
        for t in range(steps - 2, -1, -1):
            backward[t] = follows @ (emitted[t + 1] * backward[t + 1])
            backward[t] /= backward[t].sum()
        # Of all paths, those that end in the last label or in the blank after it.
        cost -= np.log(forward[-1, -2:].sum())
        occupied = forward * backward
        occupied /= occupied.sum(axis=1, keepdims=True)
    return cost, probabilities - occupied @ np.eye(activations.shape[1])[symbols]


class Lattice:
    """The states that an alignment passes through, for a batch, in JAX and in logarithms.

    State ``2 k + 1`` of an example is its label ``k``, even ones are the blanks around.

    Parameters
    ----------
    activations : ``(n_steps, batch, n_symbols)``
    labels : ``(batch, n_labels)`` int64, negative where there is none
    lengths : ``(batch,)`` int64
    """

    def __init__(self, activations: Any, labels: Any, lengths: Any) -> None:
        is_label = labels >= 0
        order = jnp.argsort(~is_label, axis=1, stable=True)
        labels = jnp.maximum(jnp.take_along_axis(labels, order, axis=1), 0)
        self.n_labels = jnp.sum(is_label, axis=1)
        self.lengths = lengths
        self.n_symbols = activations.shape[2]
        batch, most = labels.shape
        self.symbols = jnp.zeros((batch, 2 * most + 1), "int64").at[:, 1::2].set(labels)
        place = jnp.arange(2 * most + 1)
        repeated = jnp.pad(labels[:, 1:] == labels[:, :-1], ((0, 0), (1, 0)))[:, :most]
        repeated &= jnp.arange(most) < self.n_labels[:, None]
        # A label may follow the one before without a blank, unless they are equal.
        skips = jnp.zeros(self.symbols.shape, bool).at[:, 3::2].set(~repeated[:, 1:])
        self.skips = jnp.where(skips, jnp.zeros((), activations.dtype), -jnp.inf)
        ends = (place <= 2 * self.n_labels[:, None]) & (place >= 2 * self.n_labels[:, None] - 1)
        self.ends = jnp.where(ends, jnp.zeros((), activations.dtype), -jnp.inf)
        self.logs = jnn.log_softmax(activations, axis=2)
        self.emitted = jnp.take_along_axis(self.logs, self.symbols[None], axis=2)
        n_needed = self.n_labels + jnp.sum(repeated, axis=1)
        self.is_possible = (lengths > 0) & (n_needed <= lengths)

    def _moved(self, x: Any, by: int) -> Any:
        """Return log-probabilities of states moved by some places up, or down if negative."""
        padded = jnp.pad(x, ((0, 0), (max(by, 0), max(-by, 0))), constant_values=-jnp.inf)
        return padded[:, : x.shape[1]] if by > 0 else padded[:, -x.shape[1] :]

    def _forward(self) -> Any:
        """Return the probability of what was seen up to each step, ending in each state."""
        place = jnp.arange(self.symbols.shape[1])
        first = jnp.where(place < 2, self.emitted[0], -jnp.inf)

        def step(before, emitted):
            here = jnp.logaddexp(before, self._moved(before, 1))
            here = jnp.logaddexp(here, self._moved(before, 2) + self.skips) + emitted
            return here, here

        _, rest = lax.scan(step, first, self.emitted[1:])
        return jnp.concatenate([first[None], rest])

    def _backward(self) -> Any:
        """Return the probability of what is seen after each step, from each state."""
        n_steps = self.emitted.shape[0]

        def step(after, emitted_and_t):
            emitted, t = emitted_and_t
            after = after + emitted
            here = jnp.logaddexp(after, self._moved(after, -1))
            here = jnp.logaddexp(here, self._moved(after + self.skips, -2))
            is_last = (t == self.lengths - 1)[:, None]
            here = jnp.where(is_last, self.ends, here)
            return here, here

        nothing = jnp.full_like(self.ends, -jnp.inf)
        later = jnp.concatenate([self.emitted[1:], jnp.zeros_like(self.emitted[:1])])
        _, found = lax.scan(step, nothing, (later, jnp.arange(n_steps)), reverse=True)
        return found

    def costs_and_gradients(self) -> tuple[Any, Any]:
        """Return ``(batch,)`` and ``(n_steps, batch, n_symbols)``."""
        forward = self._forward()
        last = jnp.clip(self.lengths - 1, 0, forward.shape[0] - 1)
        at_end = jnp.take_along_axis(forward, last[None, :, None], axis=0)[0] + self.ends
        log_total = jnn.logsumexp(at_end, axis=1)
        costs = jnp.where(self.is_possible, -log_total, jnp.zeros_like(log_total))
        occupied = jnp.exp(forward + self._backward() - log_total[:, None])
        one_hot = jnn.one_hot(self.symbols, self.n_symbols, dtype=occupied.dtype)
        expected = jnp.einsum("tbs,bsp->tbp", occupied, one_hot)
        steps = jnp.arange(forward.shape[0])[:, None, None]
        is_used = self.is_possible[:, None] & (steps < self.lengths[:, None])
        gradients = jnp.where(is_used, jnp.exp(self.logs) - expected, jnp.zeros_like(self.logs))
        return costs, gradients


def ctc_present() -> bool:
    """Whether ``ctc`` can be used: it always can, no library is needed."""
    return True


def ctc_available() -> bool:
    """Whether ``ctc`` can be used: it always can, no library is needed."""
    return True
