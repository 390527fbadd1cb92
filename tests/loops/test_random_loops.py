"""Random loops, with gradients of random costs: the same as they are and rewritten."""

from __future__ import annotations

import numpy as np
import pytest

import theano
import theano.tensor as T

AS_IT_IS = theano.Mode(optimizer=None, linker="py")
REWRITTEN = theano.Mode(linker="py")

LENGTH, SHAPE = 5, (2, 3)


class RandomLoop:
    """A scan with random states, outputs and step, and a cost of what it gives.

    Attributes
    ----------
    inputs, results : list of Variable
    values : list of ndarray
        For the inputs.
    """

    def __init__(self, seed: int) -> None:
        rng = self.rng = np.random.default_rng(seed)
        self.sequences = [T.dtensor3(f"x{i}") for i in range(2)]
        self.starts = [T.dmatrix(f"h{i}") for i in range(3)]
        self.matrices = [T.dmatrix(f"w{i}") for i in range(2)]
        self.two_starts = T.dtensor3("two")
        self.inputs = [*self.sequences, self.two_starts, *self.starts, *self.matrices]
        shapes = [(LENGTH, *SHAPE)] * 2 + [(2, *SHAPE)] + [SHAPE] * 3 + [(3, 3)] * 2
        self.values = [rng.uniform(-1, 1, shape) for shape in shapes]

        self.kind = rng.choice(["plain", "plain", "backwards", "until", "nested"])
        self.n_states, self.n_more = rng.integers(0, 4), rng.integers(0, 3)
        if not self.n_states:
            self.n_more += 1
        info = [*self.starts[: self.n_states], *[None] * self.n_more]
        if self.n_states and rng.random() < 0.25:
            info[0] = {"initial": self.two_starts, "taps": [-1, -2]}
        outputs, _ = theano.scan(
            self.step,
            self.sequences[: rng.integers(1, 3)],
            info,
            go_backwards=self.kind == "backwards",
            n_steps=None if rng.random() < 0.7 else LENGTH - 1,
            truncate_gradient=2 if rng.random() < 0.2 else -1,
            return_list=True,
        )
        cost = sum(self.cost_of(z) for z in outputs)
        self.results = [cost]
        if rng.random() < 0.85:
            self.results += theano.grad(cost, self.inputs, disconnected_inputs="ignore")
        if rng.random() < 0.3:
            self.results.append(outputs[rng.integers(len(outputs))])
        if rng.random() < 0.2:
            whole = sum(T.sqr(z).sum() for z in self.results)
            self.results += theano.grad(whole, self.matrices, disconnected_inputs="ignore")

    def step(self, *given):
        rng, found = self.rng, list(given)
        if self.kind == "nested":
            inner, _ = theano.scan(
                lambda s, w: T.tanh(T.dot(s, w) + given[0]),
                outputs_info=given[-1],
                non_sequences=self.matrices[0],
                n_steps=3,
            )
            found.append(inner[-1] if rng.random() < 0.5 else inner.sum(axis=0))
        for _ in range(rng.integers(2, 8)):
            found.append(self.combined(*(found[rng.integers(len(found))] for _ in range(2))))
        # Bounded, so that no state grows.
        last = found[-4:]
        outputs = [T.tanh(last[rng.integers(len(last))])]
        while len(outputs) < self.n_states + self.n_more:
            outputs.append(T.tanh(found[rng.integers(len(found))]))
        if self.kind == "until":
            return outputs, theano.scan_module.until(abs(outputs[0]).max() > 0.9)
        return outputs

    def combined(self, a, b):
        rng = self.rng
        w = self.matrices[rng.integers(2)]
        return [
            lambda: T.tanh(a + b),
            lambda: a * b,
            lambda: T.dot(a, w),
            lambda: T.nnet.sigmoid(a) * b,
            lambda: a - 0.5 * b,
            lambda: T.concatenate([a[:, :1], b[:, 1:2], a[:, 2:]], axis=1),
            lambda: T.exp(-T.sqr(a)),
        ][rng.integers(7)]()

    def cost_of(self, z):
        return [
            lambda: z[-1].sum(),
            lambda: T.sqr(z).sum(),
            lambda: (z[1:] * z[:-1]).sum(),
            lambda: T.dot(z[-1], self.matrices[1]).sum(),
            lambda: z.mean() * 0.5,
            lambda: T.sqr(z[-2:]).sum(),
            lambda: z[-3:-1].sum(),
            lambda: (z[-1:] * z[-1, 0]).sum(),
        ][self.rng.integers(8)]()


@pytest.mark.parametrize("seed", range(40))
def test_rewriting_changes_no_result(seed):
    loop = RandomLoop(seed)
    found, expected = (
        theano.function(loop.inputs, loop.results, mode=mode, on_unused_input="ignore")(
            *loop.values
        )
        for mode in (REWRITTEN, AS_IT_IS)
    )
    for got, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-8, atol=1e-9)
