"""Executables: programs compiled by XLA for given shapes."""

from __future__ import annotations

import gc
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import jax
from jax.errors import JaxRuntimeError
from jax.sharding import SingleDeviceSharding

from theano.runtime import cache, forking
from theano.runtime.devices import current_device

COMPILER_OPTIONS: dict[str, dict[str, Any]] = {
    "cpu": {
        # Elementwise loops in 512 bits where the processor has them.
        "xla_cpu_prefer_vector_width": 512,
        # Without it XLA copies donated parameters whose last reader may come after the write.
        "xla_cpu_copy_insertion_use_region_analysis": True,
    },
}
"""For each platform, what XLA is told besides its defaults. Measured; see docs/architecture.md."""


@dataclass(frozen=True)
class Compilation:
    """What was compiled, and how long it took.

    Attributes
    ----------
    shapes : tuple of tuples
        Of the inputs.
    trace_seconds, compile_seconds : float
        Of JAX and of XLA.
    sizes : tuple of pairs
        Names and values of what else decides about shapes.
    from_cache : bool
        Whether XLA's part was loaded from disk: see ``theano.runtime.cache``.
    """

    shapes: tuple[tuple[int, ...], ...]
    trace_seconds: float
    compile_seconds: float
    sizes: tuple[tuple[str, Any], ...] = ()
    from_cache: bool = False


class Executable:
    """A compiled program.

    Attributes
    ----------
    call : callable
        Takes the arrays and returns the results.
    compilation : Compilation
    errors : sequence of callable
        What the elements of its last result mean, if there are any: see ``theano.lowering.Faults``.
    in_place : bool
        Whether results may be stored before that is looked at.
    is_warm : bool
        Whether ``warm`` was called.
    """

    errors: Sequence[Callable[[int], Exception]] = ()
    in_place = True
    is_warm = False

    def __init__(self, compiled: Any, compilation: Compilation) -> None:
        self.call: Callable[..., Sequence[Any]] = compiled
        self.compilation = compilation
        self._compiled = compiled

    def warm(self) -> None:
        """Note that the first call is over: from now on ``call`` runs no Python bytecode.

        JAX makes its C++ entry at the first call and keeps it in an attribute that is not public.
        Without it ``call`` stays as it is, which is right but can be interrupted half-way.
        """
        self.call = getattr(self._compiled, "_call", None) or self._compiled
        self.is_warm = True

    def as_text(self) -> str:
        """Return the optimized HLO."""
        return str(self._compiled.as_text())


def compile_program(
    program: Callable[..., tuple[Any, ...]],
    shapes: Sequence[tuple[int, ...]],
    dtypes: Sequence[str],
    *,
    donate: Sequence[int] = (),
) -> Executable:
    """Compile ``program`` on the current device.

    Parameters
    ----------
    program : callable
        Takes and returns JAX arrays.
    shapes, dtypes : sequences
        Of its inputs.
    donate : sequence of int
        The inputs whose memory the results may take over.

    Raises
    ------
    NoCompiler
        This process is a fork of one that has compiled, and the program is not in the cache.
    """
    device = current_device()
    sharding = SingleDeviceSharding(device)
    avals = [
        jax.ShapeDtypeStruct(shape, dtype, sharding=sharding)
        for shape, dtype in zip(shapes, dtypes, strict=True)
    ]
    started = time.perf_counter()
    with jax.default_matmul_precision("highest"), warnings.catch_warnings(), uncollected():
        # An update that changes a shape cannot take over the old memory; nothing is lost by it.
        warnings.filterwarnings("ignore", "Some donated buffers were not usable")
        lowered = jax.jit(
            program,
            donate_argnums=tuple(donate),
            keep_unused=True,
            out_shardings=sharding,
        ).lower(*avals)
    traced = time.perf_counter()
    key = cache.program_key(lowered, device, COMPILER_OPTIONS.get(device.platform))
    compiled = cache.load(key, lowered, device)
    from_cache = compiled is not None
    if not from_cache:
        if forking.lost_compiler():
            raise NoCompiler
        forking.compiled = True
        compiled = compile_for(device.platform, lowered)
        cache.keep(key, compiled)
    done = time.perf_counter()
    return Executable(
        compiled,
        Compilation(tuple(shapes), traced - started, done - traced, from_cache=from_cache),
    )


class NoCompiler(Exception):
    """XLA cannot compile in this process: its compiling threads stayed behind in a parent."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Within it Python does not look for cycles of garbage.

    Tracing makes so many objects, next to the hundred thousand that JAX is made of, that looking
    for garbage took up to half of its time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def compile_for(platform: str, lowered: Any) -> Any:
    """Compile with the platform's options; without them where this XLA no longer knows one."""
    options = COMPILER_OPTIONS.get(platform)
    try:
        return lowered.compile(compiler_options=options)
    except JaxRuntimeError as error:
        if not options or "No such compile option" not in str(error):
            raise
        del COMPILER_OPTIONS[platform]
        return lowered.compile()
