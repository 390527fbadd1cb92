"""Which way to compute a maximum over windows, and its gradient, is the fastest in JAX.

Each way is a jitted function of its own. They take turns; a ratio is taken within a turn, against
XLA's own operation (``reduce_window``, and ``select_and_scatter`` through ``jax.vjp``), and the
table shows the median of the ratios: above 1 is faster. All ways must agree.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The script may be started from anywhere.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import jax
import numpy as np
from benchmarks.mnist_step import machine
from jax import lax
from jax import numpy as jnp

import theano  # noqa: F401  sets up JAX
from theano.tensor.signal import pool_lowering
from theano.tensor.signal.pool_windows import Windows


@dataclass(frozen=True)
class Case:
    """Images, and square windows over their last two axes."""

    shape: tuple[int, ...]
    ws: int
    stride: int
    pad: int

    @property
    def windows(self) -> Windows:
        """Where the windows lie."""
        sizes = [(n, n) for n in (self.ws, self.stride, self.pad)]
        return Windows.over(self.shape, sizes, 2, whole=True)

    def __str__(self) -> str:
        return f"{'x'.join(map(str, self.shape))} ws {self.ws} stride {self.stride} pad {self.pad}"


CASES = (
    Case((128, 32, 28, 28), 2, 2, 0),
    Case((128, 64, 14, 14), 2, 2, 0),
    Case((32, 64, 56, 56), 3, 2, 1),
    Case((32, 32, 28, 28), 3, 1, 1),
)
SMALL = (Case((2, 3, 8, 8), 2, 2, 0), Case((2, 3, 9, 9), 3, 2, 1))

Pool = Callable[[Any, Windows], Any]
Gradient = Callable[[Any, Any, Any, Windows], Any]


def reduce_window(x: Any, windows: Windows) -> Any:
    """XLA's own operation over both axes."""
    pad = [(0, 0), (0, 0), *((p, p) for p in windows.pad)]
    ws, stride = (1, 1, *windows.ws), (1, 1, *windows.stride)
    return lax.reduce_window(x, np.asarray(-np.inf, x.dtype), lax.max, ws, stride, pad)


def all_slices(x: Any, windows: Windows) -> Any:
    """A fold over one slice for each place of a window."""
    x = pool_lowering.cover(x, windows, -np.inf)
    places = [pool_lowering.at_place(x, windows, place) for place in np.ndindex(*windows.ws)]
    total = places[0]
    for place in places[1:]:
        total = jnp.maximum(total, place)
    return total


def axis_by_axis(x: Any, windows: Windows) -> Any:
    """What ``Pool`` does: a fold over slices along one axis, then the other."""
    return pool_lowering.pooled(x, windows, lax.max, -np.inf)


def reshaped(x: Any, windows: Windows) -> Any:
    """A maximum over axes of a view, where windows lie side by side."""
    (rows, columns), (height, width) = windows.counts, windows.ws
    return x.reshape(*x.shape[:2], rows, height, columns, width).max((3, 5))


def differentiated(pool: Pool) -> Gradient:
    """The gradient that JAX derives."""

    def gradient(x: Any, maxout: Any, g_z: Any, windows: Windows) -> Any:
        return jax.vjp(lambda x: pool(x, windows), x)[1](g_z)[0]

    return gradient


def place_by_place(x: Any, maxout: Any, g_z: Any, windows: Windows) -> Any:
    """For each place of a window, what it gets, spread out and added up."""
    x = pool_lowering.cover(x, windows, 0)
    total: Any = 0
    for place in np.ndindex(*windows.ws):
        here = pool_lowering.at_place(x, windows, place)
        got = jnp.where(here == maxout, g_z, jnp.zeros((), g_z.dtype))
        edges = zip(place, windows.ws, windows.stride, strict=True)
        total = total + pool_lowering.pad_axes(got, 0, [(k, w - 1 - k, s - 1) for k, w, s in edges])
    return pool_lowering.unfit(total, windows)


FORWARD: dict[str, Pool] = {
    "reduce_window": reduce_window,
    "all slices": all_slices,
    "axis by axis (ours)": axis_by_axis,
    "reshaped": reshaped,
}
BACKWARD: dict[str, Gradient] = {
    "select_and_scatter": differentiated(reduce_window),
    "jax.grad of slices": differentiated(all_slices),
    "place by place": place_by_place,
    "blocks (ours)": pool_lowering.max_pool_gradient,
}


def seconds(run: Callable[..., Any], arguments: Sequence[Any]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    jax.block_until_ready(run(*arguments))
    return time.perf_counter() - start


def compare(
    ways: dict[str, Any], case: Case, arguments: Sequence[Any], turns: int
) -> dict[str, list[float]]:
    """Seconds of each turn of each way.

    Raises
    ------
    AssertionError
        Two ways disagree.
    """
    if case.ws != case.stride or case.pad:
        ways = {name: way for name, way in ways.items() if name != "reshaped"}
    windows = case.windows
    jitted = {
        name: jax.jit(lambda *arrays, way=way: way(*arrays, windows)) for name, way in ways.items()
    }
    values = [np.asarray(run(*arguments)) for run in jitted.values()]
    for value in values[1:]:
        np.testing.assert_allclose(value, values[0], rtol=1e-4, atol=1e-4)
    times: dict[str, list[float]] = {name: [] for name in jitted}
    for _ in range(turns):
        for name, run in jitted.items():
            times[name].append(seconds(run, arguments))
    return times


def measure(case: Case, turns: int) -> dict[str, dict[str, list[float]]]:
    """Seconds of each turn, by direction and way."""
    rng = np.random.default_rng(0)
    # Without ties, in which the ways differ on purpose.
    x = rng.permutation(np.prod(case.shape)).reshape(case.shape).astype("float32")
    maxout = np.asarray(reduce_window(x, case.windows))
    g_z = rng.normal(size=maxout.shape).astype("float32")
    arrays = [jax.device_put(a) for a in (x, maxout, g_z)]
    return {
        "forward": compare(FORWARD, case, arrays[:1], turns),
        "gradient": compare(BACKWARD, case, arrays, turns),
    }


def report(case: Case, times: dict[str, dict[str, list[float]]]) -> None:
    """Print the medians of one case."""
    print(f"\n{case}")
    for direction, ways in times.items():
        base = next(iter(ways.values()))
        for name, turns in ways.items():
            ratio = statistics.median(b / t for b, t in zip(base, turns, strict=True))
            median, least = 1e3 * statistics.median(turns), 1e3 * min(turns)
            print(f"  {direction:9} {name:22} {median:8.2f} ms  least {least:8.2f}  x {ratio:6.2f}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Time all cases and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=25, help="turns of every way")
    parser.add_argument("--small", action="store_true", help="small images, to try the script")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    options = parser.parse_args(arguments)
    records = []
    for case in SMALL if options.small else CASES:
        times = measure(case, options.turns)
        report(case, times)
        records.append({"case": str(case), "seconds": times})
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "cases": records}, indent=1))


if __name__ == "__main__":
    main()
