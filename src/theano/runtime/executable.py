"""Executables: programs compiled by XLA for given shapes."""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.errors import JaxRuntimeError
from jax.sharding import SingleDeviceSharding

from theano.errors import usage_error
from theano.runtime import cache, forking
from theano.runtime.devices import current_device
from theano.runtime.garbage import uncollected

COMPILER_OPTIONS: dict[str, dict[str, Any]] = {
    "cpu": {
        # Elementwise loops in 512 bits where the processor has them.
        "xla_cpu_prefer_vector_width": 512,
        # Without it XLA copies donated parameters whose last reader may come after the write.
        "xla_cpu_copy_insertion_use_region_analysis": True,
        # XLA's defaults but for convolutions: YNNPACK's run on one thread, Eigen's on all.
        "xla_cpu_experimental_ynn_fusion_type": (
            "LIBRARY_FUSION_TYPE_REDUCE,LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT"
        ),
    },
}
"""For each platform, what XLA is told besides its defaults. Measured; see docs/architecture.md."""

QUICKLY = {"xla_backend_optimization_level": 1}
"""LLVM's higher levels need gigabytes for an expression of more than some 500 terms."""

OPTION_REFUSED = re.compile(r"(?:No such compile option: '|While setting option )(\w+)")
"""What XLA says of an option that is gone, or that has other values now."""

LARGE = 1 << 26
"""From so many bytes on it is asked before a launch whether there is memory for it."""


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
    is_plain : bool
        Whether it is warm, checks nothing and needs little memory.
    new_bytes : int
        Memory that a call allocates: for results that take over none, and in between.
    """

    errors: Sequence[Callable[[int], Exception]] = ()
    in_place = True
    is_warm = False
    is_plain = False

    def __init__(self, compiled: Any, compilation: Compilation) -> None:
        self.call: Callable[..., Sequence[Any]] = compiled
        self.compilation = compilation
        self._compiled = compiled
        memory = compiled.memory_analysis()
        self.new_bytes: int = 0
        if memory is not None:
            self.new_bytes = memory.temp_size_in_bytes + memory.output_size_in_bytes
            self.new_bytes -= memory.alias_size_in_bytes

    def warm(self) -> None:
        """Note that the first call is over: from now on ``call`` runs no Python bytecode.

        JAX makes its C++ entry at the first call and keeps it in an attribute that is not public.
        Without it ``call`` stays as it is, which is right but can be interrupted half-way.
        """
        self.call = getattr(self._compiled, "_call", None) or self._compiled
        self.is_warm = True
        self.is_plain = not self.errors and self.new_bytes < LARGE

    def check_memory(self) -> None:
        """Raise where the memory of a call is not to be had.

        On the CPU XLA notices only when it has taken over the memory of donated arguments, whose
        values are then lost.

        Raises
        ------
        MemoryError
            Says how much is needed.
        """
        if self.new_bytes >= LARGE and current_device().platform == "cpu":
            try:
                np.empty(self.new_bytes, "uint8")
            except MemoryError:
                raise usage_error(
                    MemoryError,
                    "a program needs more memory than there is; no update was applied",
                    got=f"{self.new_bytes / 2**30:.1f} GiB besides its arguments",
                    fix="use smaller batches, or keep less between its steps",
                ) from None

    @property
    def compiled(self) -> Any:
        """JAX's compiled object, which knows what the program costs."""
        return self._compiled

    def as_text(self) -> str:
        """Return the optimized HLO."""
        return str(self._compiled.as_text())


def compile_program(
    program: Callable[..., tuple[Any, ...]],
    shapes: Sequence[tuple[int, ...]],
    dtypes: Sequence[str],
    *,
    donate: Sequence[int] = (),
    quickly: bool = False,
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
    quickly : bool
        Leave out the more costly optimizations.

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
    options = {**COMPILER_OPTIONS.get(device.platform, {}), **(QUICKLY if quickly else {})}
    key = cache.program_key(lowered, device, options)
    compiled = cache.load(key, lowered, device)
    from_cache = compiled is not None
    if not from_cache:
        if forking.lost_compiler():
            raise NoCompiler
        forking.compiled = True
        compiled = compile_for(device.platform, lowered, options)
        cache.keep(key, compiled)
    done = time.perf_counter()
    return Executable(
        compiled,
        Compilation(tuple(shapes), traced - started, done - traced, from_cache=from_cache),
    )


class NoCompiler(Exception):
    """XLA cannot compile in this process: its compiling threads stayed behind in a parent."""


def compile_for(platform: str, lowered: Any, options: dict[str, Any]) -> Any:
    """Compile with options; without those of the platform that this XLA does not take."""
    while True:
        try:
            return lowered.compile(compiler_options=options)
        except JaxRuntimeError as error:
            refused = OPTION_REFUSED.search(str(error))
            if refused is None or refused[1] not in COMPILER_OPTIONS.get(platform, {}):
                raise
            del COMPILER_OPTIONS[platform][refused[1]]
            options = {name: value for name, value in options.items() if name != refused[1]}
