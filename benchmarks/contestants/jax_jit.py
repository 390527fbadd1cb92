"""JAX by hand, one jitted call a step: state donated, NumPy batches in, the cost read each time."""

from __future__ import annotations

import jax
from common import Program, Setup
from jax_step import first_state, step

INPUT_DTYPE = "float32"


def build(setup: Setup) -> Program:
    jitted = jax.jit(step, donate_argnums=0)
    state = first_state()

    def train(k: int) -> float:
        nonlocal state
        state, cost = jitted(state, *setup.batch(k))
        return float(cost)

    return Program(train)
