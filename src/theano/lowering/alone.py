"""One node run through its op's ``lower``, for ops that have no ``perform``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from theano.errors import NO_FAULT
from theano.graph import Apply, Op
from theano.lowering.context import Context


def run_alone(node: Apply, values: Sequence[Any]) -> list[Any]:
    """Return the outputs of ``node``, as NumPy arrays, for the given values of its inputs.

    Raises
    ------
    Exception
        What ``lower`` raises, or what it checks by ``ctx.check``.
    """
    ctx = Context(node, [np.asarray(value) for value in values])
    # It may be asked for while a program is traced, of which these values are no part.
    with jax.ensure_compile_time_eval(), jax.numpy_dtype_promotion("strict"):
        results = node.op.lower(ctx, *map(jnp.asarray, ctx.values))
        for value, error in zip(ctx.faults.values, ctx.faults.errors, strict=True):
            if int(value) != NO_FAULT:
                raise error(int(value))
        outputs = results if isinstance(results, tuple) else (results,)
        return [np.asarray(output) for output in outputs]


Op.run_lowered = staticmethod(run_alone)
