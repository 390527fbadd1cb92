"""The program in PyTensor 3, in its default mode.

It has neither ``nnet`` nor ``rng_mrg`` any more: relu and the cost are written out, and masks come
from its NumPy generators. ``floatX`` is float32 through ``PYTENSOR_FLAGS``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from common import (
    DROP_HIDDEN,
    DROP_INPUT,
    EPSILON,
    LEARNING_RATE,
    RHO,
    Program,
    Setup,
    first_weights,
)

INPUT_DTYPE = "float64"


def dropout(rng: Any, x: Any, prob: float) -> tuple[Any, Any]:
    rng, mask = rng.bernoulli(1 - prob, size=x.shape)
    return rng, x * mask.astype("float32") / np.float32(1 - prob)


def relu(x: Any) -> Any:
    return pt.maximum(x, np.float32(0))


def build(setup: Setup) -> Program:
    weights = [pytensor.shared(w) for w in first_weights()]
    squares = [pytensor.shared(np.zeros_like(w.get_value())) for w in weights]
    w_h1, w_h2, w_o = weights
    rng = pt.random.shared_rng(seed=0)
    x, y = pt.matrix("x"), pt.matrix("y")

    state, dropped = dropout(rng, x, DROP_INPUT)
    state, dropped = dropout(state, relu(dropped @ w_h1), DROP_HIDDEN)
    state, dropped = dropout(state, relu(dropped @ w_h2), DROP_HIDDEN)
    cost = -(y * pt.special.log_softmax(dropped @ w_o, axis=1)).sum(axis=1).mean()

    updates = [(rng, state)]
    for w, s, g in zip(weights, squares, pt.grad(cost, weights), strict=True):
        s_new = np.float32(RHO) * s + np.float32(1 - RHO) * g**2
        updates.append((s, s_new))
        updates.append((w, w - np.float32(LEARNING_RATE) * g / pt.sqrt(s_new + EPSILON)))
    train = pytensor.function([x, y], cost, updates=updates, allow_input_downcast=True)
    return Program(train=lambda step: float(train(*setup.batch(step))))
