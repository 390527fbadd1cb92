"""The program as a Theano user writes it, for any ``theano``: this project's or the original.

Variants: ``dropout`` and ``no_dropout``. Float64 data comes in, as such programs have it, and
``floatX`` is float32 through ``THEANO_FLAGS``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
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

import theano
import theano.tensor as T
from theano.sandbox.rng_mrg import MRG_RandomStreams

INPUT_DTYPE = "float64"

srng = MRG_RandomStreams()


def floatX(values: Any) -> np.ndarray:
    return np.asarray(values, dtype=theano.config.floatX)


def dropout(X: Any, prob: float) -> Any:
    if prob > 0:
        X *= srng.binomial(X.shape, p=1 - prob, dtype=theano.config.floatX)
        X /= 1 - prob
    return X


def softmax(X: Any) -> Any:
    exps = T.exp(X - X.max(axis=1).dimshuffle(0, "x"))
    return exps / exps.sum(axis=1).dimshuffle(0, "x")


def model(X: Any, params: list[Any], drop_input: float, drop_hidden: float) -> Any:
    w_h1, w_h2, w_o = params
    h1 = T.nnet.relu(T.dot(dropout(X, drop_input), w_h1))
    h2 = T.nnet.relu(T.dot(dropout(h1, drop_hidden), w_h2))
    return softmax(T.dot(dropout(h2, drop_hidden), w_o))


def RMSprop(cost: Any, params: list[Any], accs: list[Any]) -> list[tuple[Any, Any]]:
    updates = []
    for p, g, acc in zip(params, T.grad(cost, params), accs):
        acc_new = RHO * acc + (1 - RHO) * g**2
        updates.append((acc, acc_new))
        updates.append((p, p - LEARNING_RATE * g / T.sqrt(acc_new + EPSILON)))
    return updates


def build(setup: Setup) -> Program:
    dropped = setup.variant == "dropout"
    drop_input, drop_hidden = (DROP_INPUT, DROP_HIDDEN) if dropped else (0.0, 0.0)

    params = [theano.shared(floatX(w)) for w in first_weights()]
    accs = [theano.shared(p.get_value() * floatX(0)) for p in params]
    X, Y = T.matrix(), T.matrix()
    cost = T.mean(T.nnet.categorical_crossentropy(model(X, params, drop_input, drop_hidden), Y))
    train = theano.function(
        inputs=[X, Y],
        outputs=cost,
        updates=RMSprop(cost, params, accs),
        allow_input_downcast=True,
    )

    def predictor() -> Any:
        digits = T.argmax(model(X, params, 0.0, 0.0), axis=1)
        return theano.function(inputs=[X], outputs=digits, allow_input_downcast=True)

    return Program(train=lambda step: float(train(*setup.batch(step))), predictor=predictor)
