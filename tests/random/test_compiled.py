"""What XLA makes of the generator's programs."""

from __future__ import annotations

import re

import jax
import numpy as np
import pytest
from jax import lax

from theano.random import compiled, mrg31k3p


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="other platforms divide loops otherwise")
def test_a_loop_carries_states_and_no_tables() -> None:
    """No coefficient of a stream is kept in memory and read at each step."""
    columns = mrg31k3p.substreams(mrg31k3p.seed_state(1), 15360).T

    def many_draws(state, w):
        def step(_, carry):
            state, total = carry
            return compiled.after(state, 10_000), total + w

        # XLA takes things out of a loop only if something in it stays the same.
        return lax.fori_loop(0, 5, step, (state, w))

    program = jax.jit(many_draws).lower(columns, np.ones(3)).compile()
    (carried,) = re.findall(r"= \((.*)\) while\(", program.as_text())
    assert set(re.findall(r"(\w+\[[\d,]+\])", carried)) == {"s32[6,15360]", "f64[3]"}
    expected = columns.T
    for _ in range(5):
        expected, _ = mrg31k3p.draw(expected, 10_000)
    np.testing.assert_array_equal(np.asarray(program(columns, np.ones(3))[0]), expected.T)
