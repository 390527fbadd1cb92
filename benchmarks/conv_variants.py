"""Ways of computing convolutions and their gradients, for the shapes of well-known networks.

Each way that ``theano.tensor.nnet.convolution.lowering`` has is compiled alone and held against
XLA's own convolution. They are called in turn, round after round: what is shown is the median of
the times and, in brackets, that of the ratios to XLA's within a round, so that a machine that
slows down for a while hits all of them. ``*`` marks the way that the library chooses.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from theano.runtime.executable import COMPILER_OPTIONS
from theano.tensor.nnet.convolution import lowering
from theano.tensor.nnet.convolution.geometry import Geometry

# images, channels, rows and columns, filters, rows and columns of filters, border, stride, groups
SHAPES: dict[str, tuple[int, int, tuple[int, int], int, tuple[int, int], int, int, int]] = {
    "mnist-1": (128, 1, (28, 28), 32, (3, 3), 2, 1, 1),
    "mnist-2": (128, 32, (15, 15), 64, (3, 3), 0, 1, 1),
    "mnist-3": (128, 64, (7, 7), 128, (3, 3), 0, 1, 1),
    "lenet-1": (500, 1, (28, 28), 20, (5, 5), 0, 1, 1),
    "lenet-2": (500, 20, (12, 12), 50, (5, 5), 0, 1, 1),
    "cifar-1": (128, 3, (32, 32), 32, (5, 5), 2, 1, 1),
    "vgg-1": (32, 3, (56, 56), 64, (3, 3), 1, 1, 1),
    "vgg": (32, 64, (56, 56), 64, (3, 3), 1, 1, 1),
    "alexnet-1": (16, 3, (224, 224), 64, (11, 11), 2, 4, 1),
    "resnet-1": (8, 3, (224, 224), 64, (7, 7), 3, 2, 1),
    "resnet-3x3": (32, 128, (28, 28), 128, (3, 3), 1, 1, 1),
    "resnet-small": (128, 16, (32, 32), 16, (3, 3), 1, 1, 1),
    "resnet-stride": (32, 64, (56, 56), 128, (3, 3), 1, 2, 1),
    "resnet-1x1-in": (32, 256, (28, 28), 64, (1, 1), 0, 1, 1),
    "resnet-1x1-out": (32, 64, (28, 28), 256, (1, 1), 0, 1, 1),
    "resnet-shortcut": (32, 64, (56, 56), 128, (1, 1), 0, 2, 1),
    "depthwise": (32, 64, (28, 28), 64, (3, 3), 1, 1, 64),
    "alexnet-groups": (16, 96, (27, 27), 256, (5, 5), 2, 1, 2),
    "resnext": (32, 128, (28, 28), 128, (3, 3), 1, 1, 32),
    "groups-8": (32, 128, (28, 28), 128, (3, 3), 1, 1, 8),
    "dcgan": (64, 128, (16, 16), 256, (5, 5), 2, 2, 1),
    "text": (50, 1, (56, 300), 100, (4, 300), 0, 1, 1),
    "text-channels": (50, 300, (56, 1), 100, (4, 1), 0, 1, 1),
}
DIRECTIONS: dict[str, Mapping[str, lowering.Way]] = {
    "convolve": lowering.CONVOLVE,
    "filters": lowering.GRADIENT_OF_FILTERS,
    "images": lowering.GRADIENT_OF_IMAGES,
}


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shapes", default=",".join(SHAPES), help="by commas (%(default)s)")
    parser.add_argument("--directions", default=",".join(DIRECTIONS))
    parser.add_argument("--ways", help="by commas; XLA's own is always one of them")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="cpu: processor time over all threads, which moves less where a machine is shared",
    )
    parser.add_argument(
        "--longest", type=float, default=1.0, help="drop a way that takes longer, s"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every time there")
    options = parser.parse_args(arguments)
    for name in ("shapes", "directions"):
        chosen, known = getattr(options, name).split(","), globals()[name.upper()]
        unknown = set(chosen) - set(known)
        if unknown:
            parser.error(f"--{name}: no {sorted(unknown)}; there are {', '.join(known)}")
        setattr(options, name, chosen)
    return options


def problem(shape: str) -> tuple[tuple[int, ...], tuple[int, ...], Geometry]:
    """Shapes of images and of filters, and how these move."""
    b, c, lengths, f, elements, border, stride, groups = SHAPES[shape]
    geometry = Geometry(((border, border),) * 2, (stride, stride), (1, 1), groups)
    return (b, c, *lengths), (f, c // groups, *elements), geometry


def candidates(shape: str, direction: str, dtype: str, only: str | None) -> tuple[Any, Any, str]:
    """Compiled ways by name, their arguments, and the name of the one that is chosen."""
    images, filters, geometry = problem(shape)
    rng = np.random.default_rng(0)
    x, w, z = (
        jax.device_put(rng.normal(size=s).astype(dtype))
        for s in (images, filters, geometry.result_shape(images, filters))
    )
    arguments, lengths = {
        "convolve": ((x, w), ()),
        "filters": ((x, z), (filters[2:],)),
        "images": ((w, z), (images[2:],)),
    }[direction]
    compute: Any = {
        "convolve": lowering.convolve,
        "filters": lowering.gradient_of_filters,
        "images": lowering.gradient_of_images,
    }[direction]
    platform = "cpu" if jax.default_backend() == "cpu" else "other"
    covered = geometry.covered(images[2:], filters[2:])
    x_shape, w_shape = (lowering.folded_lengths(s, covered) for s in (images, filters))
    choice = lowering.choose(direction, platform, dtype, x_shape, w_shape, geometry)
    names = [name for name in DIRECTIONS[direction] if name != "unshared"]
    if only:
        names = [name for name in names if name == "xla" or name in only.split(",")]
    terms = filters[1] * filters[2] * filters[3]
    options = COMPILER_OPTIONS.get(jax.default_backend())
    ways = {}
    for name in names:
        if name == "direct" and terms > 75:
            continue  # XLA would compile one loop with hundreds of terms for minutes

        def run(a: Any, b: Any, name: str = name) -> Any:
            return compute(a, b, *lengths, geometry, way=name)

        ways[name] = jax.jit(run).lower(*arguments).compile(options)
    return ways, arguments, choice


def measure(ways: Any, arguments: Any, options: argparse.Namespace) -> dict[str, list[float]]:
    """Seconds of every round, by way; ways that take too long have fewer."""
    expected = np.asarray(ways["xla"](*arguments), dtype="float64")
    scale = np.abs(expected).max()
    times: dict[str, list[float]] = {name: [] for name in ways}
    clock = {"wall": time.perf_counter, "cpu": time.process_time}[options.clock]
    slow = set()
    for name, way in ways.items():
        begun = time.perf_counter()
        found = np.asarray(way(*arguments), dtype="float64")
        if time.perf_counter() - begun > options.longest:
            times[name].append(time.perf_counter() - begun)
            slow.add(name)
        error = np.abs(found - expected).max() / scale
        if not error < 1e-2:
            raise SystemExit(f"{name} is wrong: an error of {error}")
    for _ in range(options.rounds):
        for name in ways:
            if name not in slow:
                begun = clock()
                ways[name](*arguments).block_until_ready()
                times[name].append(clock() - begun)
    return times


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = parse(arguments)
    jax.config.update("jax_default_matmul_precision", "highest")
    record = {}
    print(f"{jax.devices()[0].device_kind}, {options.dtype}: ms (ratio to xla)")
    for shape in options.shapes:
        for direction in options.directions:
            ways, values, choice = candidates(shape, direction, options.dtype, options.ways)
            times = measure(ways, values, options)
            record[f"{shape} {direction}"] = times
            shown = []
            for name, seconds in times.items():
                n = min(len(seconds), len(times["xla"]))
                ratio = np.median(np.array(seconds[:n]) / np.array(times["xla"][:n]))
                mark = "*" if name == choice else ""
                shown.append(f"{mark}{name} {1e3 * np.median(seconds):.2f} ({ratio:.2f})")
            print(f"{shape:16s}{direction:9s}{'  '.join(shown)}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
