"""How a ``Loop`` becomes a loop of XLA.

Without states the steps do not depend on one another: they are made at once, by ``jax.vmap``, as
far as memory allows. A number of steps that is known while tracing is that of ``lax.scan``; else
the loop is ``lax.while_loop``, with stacks that are written one element a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import NO_FAULT, usage_error

if TYPE_CHECKING:
    from theano.loops.loop import Loop, Parts

MAP_BYTES = 1 << 28
"""Steps that are made at once may take about so much memory for what they compute."""


class Step:
    """The step of a loop, traced.

    Attributes
    ----------
    results : list of jax.ShapeDtypeStruct
        What it gives, without its checks.
    errors : list of callable
        Of its checks.
    n_bytes : int
        Of everything that it computes on the way.
    """

    def __init__(self, op: Loop, ctx: Any, parts: Parts) -> None:
        program = ctx.program(op.graph)
        faults = type(ctx.faults)()
        self.others = [x for x in parts.others if not is_known(x)]

        def run(elements: Any, states: Any, others: Any) -> list[Any]:
            given = iter(others)
            values = [x if is_known(x) else next(given) for x in parts.others]
            return [*program(*elements, *states, *values, faults=faults), *faults.values]

        def like(x: Any, skip: int = 0) -> Any:
            return jax.ShapeDtypeStruct(np.shape(x)[skip:], x.dtype)

        elements = [like(s, 1) for s in parts.sequences]
        states = [like(s) for s in parts.states]
        jaxpr, shapes = jax.make_jaxpr(run, return_shape=True)(
            elements, states, [like(x) for x in self.others]
        )
        # Not with the module: `jax.extend` imports much that nothing else here needs.
        from jax.extend.core import jaxpr_as_fun  # noqa: PLC0415

        self._call = jaxpr_as_fun(jaxpr)
        self.errors = faults.errors
        self.n = len(shapes) - len(self.errors)
        self.results = shapes[: self.n]
        self.n_bytes = sum(
            v.aval.size * v.aval.dtype.itemsize
            for equation in jaxpr.jaxpr.eqns
            for v in equation.outvars
            if hasattr(v.aval, "size")
        )

    def __call__(self, elements: Sequence[Any], states: Sequence[Any]) -> tuple[list[Any], Any]:
        """Return the results of one step, and what its checks found."""
        found = self._call(*elements, *states, *self.others)
        return list(found[: self.n]), list(found[self.n :])


def is_known(value: Any) -> bool:
    """Whether a value is known while tracing."""
    return isinstance(value, (np.ndarray, np.generic))


def lower_loop(op: Loop, ctx: Any, parts: Parts) -> tuple[Any, ...]:
    """Return the results of a loop."""
    n = int(parts.n_steps) if ctx.is_static(0) else None
    # Where there are no stacks, nothing needs to know it.
    capacity = int(parts.capacity) if ctx.is_static(1) else 0
    lengths = [s.shape[0] for s in parts.sequences]
    if n is not None:
        op.check_lengths(n, capacity, lengths)
    else:
        check_number(op, ctx, parts.n_steps, lengths)
    parts = parts._replace(
        sequences=[jnp.asarray(s) for s in parts.sequences],
        states=[jnp.asarray(s) for s in parts.states],
    )
    step = Step(op, ctx, parts)
    op.check_states([s.shape for s in parts.states], [r.shape for r in step.results])
    if not op.n_states and not op.is_until and all(m >= capacity for m in lengths):
        results, faults = run_map(op, step, parts, n, capacity)
    elif n is not None and not op.is_until:
        results, faults = run_scan(op, step, parts, n, capacity)
    else:
        results, faults = run_while(op, step, parts, capacity)
    ctx.faults.values.extend(faults)
    ctx.faults.errors.extend(step.errors)
    return tuple(results)


def check_number(op: Loop, ctx: Any, n_steps: Any, lengths: Sequence[int]) -> None:
    """Check the number of steps on the device."""

    def error(number: int) -> Exception:
        try:
            op.check_lengths(number, 0, lengths)
        except (IndexError, ValueError) as found:
            return found
        return usage_error(ValueError, f"a scan cannot make {number} steps")

    longest = min(lengths, default=np.iinfo("int64").max)
    ok = jnp.logical_and(n_steps >= op.min_steps, n_steps <= longest)
    ctx.check(ok, n_steps, error)


def run_map(
    op: Loop, step: Step, parts: Parts, n: int | None, capacity: int
) -> tuple[list[Any], list[Any]]:
    """Make all steps at once, as none depends on another."""
    rows = capacity if n is None else n
    sequences = [s[:rows] for s in parts.sequences]
    if not rows:
        stacks = [jnp.zeros((capacity, *r.shape), r.dtype) for r in step.results]
        return stacks, [np.int64(NO_FAULT) for _ in step.errors]
    if not sequences:
        once, faults = step((), ())
        return [
            masked(jnp.broadcast_to(x, (rows, *x.shape)), parts, n, capacity) for x in once
        ], faults

    def at(elements: Any) -> Any:
        return step(elements, ())

    if step.n_bytes * rows <= MAP_BYTES:
        results, faults = jax.vmap(at)(sequences)
    else:
        batch = max(1, MAP_BYTES // step.n_bytes)
        results, faults = lax.map(at, sequences, batch_size=batch)
    return [masked(x, parts, n, capacity) for x in results], [first_fault(f) for f in faults]


def masked(stack: Any, parts: Parts, n: int | None, capacity: int) -> Any:
    """Return a stack of ``capacity`` elements, zero where no step is made."""
    if n is not None:
        return padded(stack, capacity)
    rows = jnp.arange(capacity).reshape((-1, *[1] * (stack.ndim - 1)))
    return jnp.where(rows < parts.n_steps, stack, jnp.zeros_like(stack))


def padded(stack: Any, capacity: int) -> Any:
    """Return a stack with zeros behind it."""
    if stack.shape[0] == capacity:
        return stack
    rest = jnp.zeros((capacity - stack.shape[0], *stack.shape[1:]), stack.dtype)
    return jnp.concatenate([stack, rest])


def run_scan(
    op: Loop, step: Step, parts: Parts, n: int, capacity: int
) -> tuple[list[Any], list[Any]]:
    """Make a known number of steps."""

    def body(states: Any, elements: Any) -> Any:
        results, faults = step(elements, states)
        return results[: op.n_states], (results[op.n_states :], faults)

    last, (stacks, faults) = lax.scan(
        body,
        list(parts.states),
        [s[:n] for s in parts.sequences],
        length=n,
        reverse=op.is_reverse,
    )
    found = [first_fault(f) if n else np.int64(NO_FAULT) for f in faults]
    return [*last, *(padded(s, capacity) for s in stacks)], found


def run_while(op: Loop, step: Step, parts: Parts, capacity: int) -> tuple[list[Any], list[Any]]:
    """Make steps until a number that the device knows is reached, or a condition holds."""
    n_steps = jnp.asarray(parts.n_steps)
    kept = step.results[op.n_states : op.n_states + op.n_stacks]
    stacks = [jnp.zeros((capacity, *r.shape), r.dtype) for r in kept]
    start = (
        np.int64(0),
        np.bool_(False),
        list(parts.states),
        stacks,
        [np.int64(NO_FAULT) for _ in step.errors],
    )

    def goes_on(carried: Any) -> Any:
        count, stop = carried[:2]
        return jnp.logical_and(count < n_steps, jnp.logical_not(stop))

    def body(carried: Any) -> Any:
        count, stop, states, stacks, faults = carried
        i = n_steps - 1 - count if op.is_reverse else count
        elements = [lax.dynamic_index_in_dim(s, i, keepdims=False) for s in parts.sequences]
        results, found = step(elements, states)
        stacks = [
            lax.dynamic_update_index_in_dim(stack, value, i, 0)
            for stack, value in zip(stacks, results[op.n_states :], strict=False)
        ]
        if op.is_until:
            stop = jnp.any(results[-1].astype(bool))
        faults = [
            jnp.where(old == np.int64(NO_FAULT), new, old)
            for old, new in zip(faults, found, strict=True)
        ]
        return count + 1, stop, results[: op.n_states], stacks, faults

    count, _, states, stacks, faults = lax.while_loop(goes_on, body, start)
    results = [*states, *stacks]
    return ([*results, count] if op.is_until else results), faults


def first_fault(values: Any) -> Any:
    """Return the first that is none that was passed."""
    return values[jnp.argmax(values != np.int64(NO_FAULT))]
