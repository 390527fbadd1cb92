"""JAX by hand, ``lax.scan`` over the steps of an epoch, with the data on the device."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from common import BATCH, STEPS_PER_EPOCH, Program, Setup
from jax_step import State, first_state, step

INPUT_DTYPE = "float32"


def build(setup: Setup) -> Program:
    steps = min(setup.steps, STEPS_PER_EPOCH)
    images = jnp.asarray(setup.images[: steps * BATCH]).reshape(steps, BATCH, -1)
    labels = jnp.asarray(setup.labels[: steps * BATCH]).reshape(steps, BATCH, -1)

    def epoch(state: State, x: jax.Array, y: jax.Array) -> tuple[State, jax.Array]:
        state, costs = jax.lax.scan(lambda carry, batch: step(carry, *batch), state, (x, y))
        return state, costs[-1]

    jitted = jax.jit(epoch, donate_argnums=0)
    state = first_state()

    def train(_: int) -> float:
        nonlocal state
        state, cost = jitted(state, images, labels)
        return float(cost)

    return Program(train, steps_per_call=steps)
