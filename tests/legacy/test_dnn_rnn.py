"""Recurrent networks with all weights in one vector, against loops of NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_raises

import theano
import theano.tensor as T
from theano.gpuarray.dnn import RNNBlock

HIDDEN, INPUTS, BATCH, TIME = 3, 4, 2, 5


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(a, b, h, c):
    i, f, new, o = (x + y for x, y in zip(a, b, strict=True))
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(new)
    return sigmoid(o) * np.tanh(c), c


def gru(a, b, h):
    reset, update = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
    new = np.tanh(a[2] + reset * b[2])
    return ((1 - update) * new + update * h,)


STEPS = {
    "rnn_relu": lambda a, b, h: (np.maximum(a[0] + b[0], 0),),
    "rnn_tanh": lambda a, b, h: (np.tanh(a[0] + b[0]),),
    "lstm": lstm,
    "gru": gru,
}


def by_hand(kind, weights, x, states, directions):
    """Outputs and last states, of weights as ``split_params`` gives them."""
    last = []
    for layer in range(len(weights) // directions):
        outputs = []
        for direction in range(directions):
            part = layer * directions + direction
            own = weights[part]
            half = len(own) // 2
            now, found = [v[part] for v in states], []
            for step in x[::-1] if direction else x:
                products = [
                    [z @ own[start + k] + own[start + k + 1] for k in range(0, half, 2)]
                    for z, start in ((step, 0), (now[0], half))
                ]
                now = STEPS[kind](*products, *now)
                found.append(now[0])
            outputs.append(np.array(found[::-1] if direction else found))
            last.append(now)
        x = np.concatenate(outputs, axis=2)
    return [x, *(np.array(v) for v in zip(*last, strict=True))]


@pytest.mark.parametrize(
    ("kind", "layers", "direction"),
    [
        ("rnn_relu", 1, "unidirectional"),
        ("rnn_tanh", 1, "bidirectional"),
        ("lstm", 2, "unidirectional"),
        ("gru", 2, "bidirectional"),
    ],
)
def test_networks(kind, layers, direction, rng):
    directions = 2 if direction == "bidirectional" else 1
    n_parts = layers * directions
    block = RNNBlock("float64", HIDDEN, layers, kind, direction_mode=direction)
    w = theano.shared(rng.normal(size=block.get_param_size([BATCH, INPUTS])) * 0.5)
    parts = [block.split_params(w, k, [BATCH, INPUTS]) for k in range(n_parts)]
    weights = [[np.asarray(v) for v in part] for part in parts]
    assert sum(v.size for part in weights for v in part) == w.get_value().size
    x = rng.normal(size=(TIME, BATCH, INPUTS))
    states = rng.normal(size=(2 if kind == "lstm" else 1, n_parts, BATCH, HIDDEN))
    kinds = [T.dtensor3() for _ in range(1 + len(states))]
    results = block.apply(w, *kinds)
    slope = theano.grad(sum((z**2).sum() for z in results), w)
    *found, g = theano.function(kinds, [*results, slope])(x, *states)
    for got, want in zip(found, by_hand(kind, weights, x, states, directions), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-10)

    def cost(place, step):
        moved = w.get_value()
        moved[place] += step
        own = theano.shared(moved)
        split = [block.split_params(own, k, [BATCH, INPUTS]) for k in range(n_parts)]
        values = by_hand(
            kind, [[np.asarray(v) for v in part] for part in split], x, states, directions
        )
        return sum((z**2).sum() for z in values)

    for place in (0, w.get_value().size // 2, -1):
        slope = (cost(place, 1e-5) - cost(place, -1e-5)) / 2e-5
        np.testing.assert_allclose(g[place], slope, rtol=1e-5, atol=1e-7)


def test_parts_are_written_to():
    block = RNNBlock("float32", HIDDEN, 1, "gru")
    w = theano.shared(np.zeros(block.get_param_size((BATCH, INPUTS)), "float32"))
    parts = block.split_params(w, 0, (BATCH, INPUTS))
    want = [np.full(np.asarray(part).shape, k, "float32") for k, part in enumerate(parts)]
    for part, value in zip(parts, want, strict=True):
        part[:] = value
    for part, value in zip(parts, want, strict=True):
        np.testing.assert_array_equal(part, value)
    parts[0][1, 2] = 7
    assert parts[0][1, 2] == 7
    assert np.unique(w.get_value()).tolist() == [*range(12)]


def test_bad_input():
    for given in (("float32", 3, 1, "rnn"), ("float32", 3, 1, "gru", "linear", "both")):
        with check_raises(ValueError, "rnn_relu, rnn_tanh, lstm, gru"):
            RNNBlock(*given)
    with check_raises(NotImplementedError, "without weights", "theano.scan"):
        RNNBlock("float32", 3, 1, "gru", input_mode="skip")
    with check_raises(TypeError, "no shared variable"):
        RNNBlock("float32", 3, 1, "gru").split_params(T.vector(), 0, (1, 1))
