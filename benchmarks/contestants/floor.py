"""The floor: the step's eight matrix products alone, in one jitted JAX function.

They hang together as in the step (the product before gives an operand of the next), with nothing
between them: no activation, no dropout, no cost and no update.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from common import Program, Setup, first_weights

INPUT_DTYPE = "float32"


def products(weights: list[jax.Array], x: jax.Array) -> list[jax.Array]:
    """Three products forward, two for the errors of the hidden layers, three for the weights."""
    w_h1, w_h2, w_o = weights
    h1 = x @ w_h1
    h2 = h1 @ w_h2
    g_o = h2 @ w_o
    g_h2 = g_o @ w_o.T
    g_h1 = g_h2 @ w_h2.T
    return [x.T @ g_h1, h1.T @ g_h2, h2.T @ g_o]


def build(setup: Setup) -> Program:
    jitted = jax.jit(products)
    weights = [jnp.array(w) for w in first_weights()]

    def train(k: int) -> float:
        images, _ = setup.batch(k)
        jax.block_until_ready(jitted(weights, images))
        return 0.0

    return Program(train, has_cost=False)
