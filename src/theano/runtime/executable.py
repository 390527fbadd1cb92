"""Executables: programs compiled by XLA for given shapes, counted and kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
from jax.sharding import SingleDeviceSharding

from theano.runtime.devices import current_device

CPU_OPTIONS: dict[str, Any] = {}


@dataclass(frozen=True)
class Compilation:
    """What was compiled: the shapes of the inputs, and how long tracing and compiling took."""

    shapes: tuple[tuple[int, ...], ...]
    trace_seconds: float
    compile_seconds: float


@dataclass(frozen=True)
class Executable:
    """A compiled program.

    Attributes
    ----------
    call : callable
        Takes the arrays and returns the sequence of results. Once ``warm``, it runs no Python
        bytecode, so that no signal handler can come between launch and result.
    compilation : Compilation
    """

    call: Callable[..., Sequence[Any]]
    compilation: Compilation


def compile_program(
    program: Callable[..., tuple[Any, ...]],
    arrays: Sequence[Any],
    dtypes: Sequence[str],
    donate: Sequence[int],
) -> Executable:
    """Compile ``program`` for arrays of the given shapes and dtypes on the current device.

    Parameters
    ----------
    program : callable
        Of JAX arrays.
    arrays : sequence of arrays
        Only their shapes are used.
    dtypes : sequence of str
    donate : sequence of int
        The inputs whose memory the results may take over.
    """
    device = current_device()
    sharding = SingleDeviceSharding(device)
    shapes = tuple(tuple(a.shape) for a in arrays)
    avals = [
        jax.ShapeDtypeStruct(shape, dtype, sharding=sharding)
        for shape, dtype in zip(shapes, dtypes, strict=True)
    ]
    started = time.perf_counter()
    with jax.default_matmul_precision("highest"):
        lowered = jax.jit(
            program,
            donate_argnums=tuple(donate),
            keep_unused=True,
            out_shardings=sharding,
        ).lower(*avals)
    traced = time.perf_counter()
    options = CPU_OPTIONS if device.platform == "cpu" else {}
    compiled = lowered.compile(compiler_options=options or None)
    done = time.perf_counter()
    return Executable(
        compiled, Compilation(shapes, traced - started, done - traced)
    )
