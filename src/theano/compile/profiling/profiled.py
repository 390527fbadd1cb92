"""``ProfiledFunction``: a function that measures its calls."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import jax

from theano.compile.executor import Executor
from theano.compile.function_object import Function
from theano.compile.mode import Mode
from theano.compile.profiling.stats import ProfileStats
from theano.errors import usage_error
from theano.graph.interpreter import watching
from theano.options import config

BY_NODE = "nodes"


def profile_for(profile: Any, name: str | None) -> ProfileStats | None:
    """Return where to collect what ``theano.function(…, profile=profile)`` measures, if anything.

    Raises
    ------
    ValueError
        ``profile`` is none of those that are known.
    """
    if profile is None:
        profile = config.profile
    if isinstance(profile, ProfileStats):
        return profile
    if profile is False:
        return None
    if profile is True:
        return ProfileStats(message=name)
    if profile == BY_NODE:
        stats = ProfileStats(flag_time_thunks=True, message=f"{name}, node by node")
        stats.runs_by_node = True
        return stats
    if isinstance(profile, str):
        return ProfileStats(message=profile)
    raise usage_error(
        ValueError,
        "an unknown kind of profile was asked for",
        expected="True, False, a title, 'nodes', or a ProfileStats",
        got=profile,
    )


def with_profile(mode: Mode, profile: ProfileStats | None) -> Mode:
    """Return the mode in which a profiled function runs."""
    if profile is None or not profile.runs_by_node or mode.on_host:
        return mode
    return mode._with(linker="py", provided_linker=None)


class TimedExecutor:
    """An executor that notes how long it ran, results and updates waited for."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        if name == "executor":  # not there yet while it is unpickled or copied
            raise AttributeError(name)
        return getattr(self.executor, name)

    def __call__(self, arguments: list[Any]) -> Sequence[Any]:
        """Run once."""
        started = time.perf_counter()
        results = self.executor(arguments)
        updated = [cell[0] for cell in self.executor.updated_cells]
        jax.block_until_ready([x for x in (*results, *updated) if isinstance(x, jax.Array)])
        self.seconds += time.perf_counter() - started
        return results


class ProfiledFunction(Function):
    """A function that measures its calls.

    Attributes
    ----------
    profile : ProfileStats
    """

    def __init__(self, function: Function, profile: ProfileStats) -> None:
        self.__dict__.update(vars(function))
        self.profile = profile
        self.timed = TimedExecutor(function.executor)
        self.executor = self.timed  # type: ignore[assignment]
        name = function.name or "a function"
        while name in profile.executors:
            name += "'"
        profile.executors[name] = function.executor

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs, apply the updates, and note how long that took."""
        compilations = self.executor.compilations
        known = len(compilations)
        self.timed.seconds = 0.0
        started = time.perf_counter()
        with watching(self.profile.run_node if self.profile.flag_time_thunks else None):
            value = super().__call__(*args, **kwargs)
        seconds = time.perf_counter() - started
        new = self.executor.compilations[known:]
        compiling = sum(c.trace_seconds + c.compile_seconds for c in new)
        self.profile.add_call(seconds, self.timed.seconds, compiling)
        return value

    def copy(self, *args: Any, profile: Any = None, **kwargs: Any) -> Function:
        """Return a copy; see :meth:`Function.copy`. It is profiled if ``profile`` says so."""
        new = super().copy(*args, **kwargs)
        stats = profile_for(profile, new.name)
        return new if stats is None else ProfiledFunction(new, stats)
