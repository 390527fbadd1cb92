"""The step by hand in JAX: its mathematics, shared by the per-step and the scanned contestant.

Dropout masks come from JAX's default generator: on CPU it was faster here than ``rbg`` and
``unsafe_rbg``, and 16-bit draws gained nothing.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from common import DROP_HIDDEN, DROP_INPUT, EPSILON, LEARNING_RATE, RHO, first_weights

State = tuple[list[jax.Array], list[jax.Array], jax.Array]


def first_state() -> State:
    """Weights, mean squares of the gradients and the random key before the first step."""
    weights = [jnp.array(w) for w in first_weights()]
    return weights, [jnp.zeros_like(w) for w in weights], jax.random.key(0)


def dropout(key: jax.Array, x: jax.Array, prob: float) -> jax.Array:
    keep = 1 - prob
    return jnp.where(jax.random.bernoulli(key, keep, x.shape), x / keep, 0)


def loss(weights: list[jax.Array], x: jax.Array, y: jax.Array, key: jax.Array) -> jax.Array:
    w_h1, w_h2, w_o = weights
    key_x, key_h1, key_h2 = jax.random.split(key, 3)
    h1 = jax.nn.relu(dropout(key_x, x, DROP_INPUT) @ w_h1)
    h2 = jax.nn.relu(dropout(key_h1, h1, DROP_HIDDEN) @ w_h2)
    logits = dropout(key_h2, h2, DROP_HIDDEN) @ w_o
    return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(logits), axis=1))


def step(state: State, x: Any, y: Any) -> tuple[State, jax.Array]:
    """One RMSprop step: the new state and the cost before it."""
    weights, squares, key = state
    key, drawn = jax.random.split(key)
    cost, grads = jax.value_and_grad(loss)(weights, x, y, drawn)
    squares = [RHO * s + (1 - RHO) * g * g for s, g in zip(squares, grads, strict=True)]
    weights = [
        w - LEARNING_RATE * g * jax.lax.rsqrt(s + EPSILON)
        for w, g, s in zip(weights, grads, squares, strict=True)
    ]
    return (weights, squares, key), cost
