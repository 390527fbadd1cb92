"""The loops that are compared: their sizes, first weights and data, and how results are checked.

Every contestant computes, for each case, a cost and its gradient with respect to every weight, in
the order of ``Problem.weights``. Runs on Python 3.7 and NumPy 1.19 too.
"""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, Sequence

import numpy as np

RANDOM = ("rbm",)
"""Cases whose results depend on each library's own random numbers."""
RTOL = 1e-3
RANDOM_RTOL = 0.1
"""Of the mean and the spread of a result that is a mean over a batch of random draws."""


class Problem(NamedTuple):
    """One case: float32 weights, data by name, and the numbers that are known beforehand."""

    weights: dict[str, np.ndarray]
    data: dict[str, Any]
    sizes: dict[str, int]


class Draw:
    """Weights and data of a case, drawn from one seeded generator."""

    def __init__(self) -> None:
        self.rng = np.random.RandomState(7)

    def weight(self, *shape: int, scale: float = 1.0) -> np.ndarray:
        """Normal numbers; those of a matrix keep the size of what they are multiplied by."""
        rows = shape[0] if len(shape) > 1 else 100
        return np.asarray(self.rng.randn(*shape) * scale / np.sqrt(rows), "float32")

    def normal(self, *shape: int) -> np.ndarray:
        return np.asarray(self.rng.randn(*shape), "float32")

    def symbols(self, n: int, *shape: int) -> np.ndarray:
        return self.rng.randint(0, n, shape).astype("int64")


def elman(draw: Draw, steps: int, batch: int, hidden: int) -> Problem:
    """Data x (steps, batch, hidden) and y (steps, batch, 10): a recurrent layer and a readout."""
    weights = {
        "W": draw.weight(hidden, hidden),
        "U": draw.weight(hidden, hidden),
        "b": draw.weight(hidden),
        "V": draw.weight(hidden, 10),
        "c": draw.weight(10),
    }
    data = {"x": draw.normal(steps, batch, hidden), "y": draw.normal(steps, batch, 10)}
    return Problem(weights, data, {"hidden": hidden})


def lstm(draw: Draw, steps: int, batch: int, hidden: int, words: int) -> Problem:
    """x, mask (steps, batch) and y (batch,): sentences of several lengths, and their mood."""
    weights = {
        "E": draw.weight(words, hidden, scale=np.sqrt(words)),
        "W": draw.weight(hidden, 4 * hidden),
        "U": draw.weight(hidden, 4 * hidden),
        "b": draw.weight(4 * hidden),
        "V": draw.weight(hidden, 2),
        "c": draw.weight(2),
    }
    lengths = draw.rng.randint(steps // 2, steps + 1, batch)
    mask = (np.arange(steps)[:, None] < lengths).astype("float32")
    x = draw.symbols(words, steps, batch) * mask.astype("int64")
    return Problem(weights, {"x": x, "mask": mask, "y": draw.symbols(2, batch)}, {"hidden": hidden})


def gru(draw: Draw, steps: int, batch: int, hidden: int, words: int) -> Problem:
    """Data x and y (steps, batch): symbols, and those that follow them."""
    half = hidden // 2
    weights = {
        "E": draw.weight(words, half, scale=np.sqrt(words)),
        "W": draw.weight(half, 3 * hidden),
        "U": draw.weight(hidden, 3 * hidden),
        "b": draw.weight(3 * hidden),
        "V": draw.weight(hidden, words),
        "c": draw.weight(words),
    }
    text = draw.symbols(words, steps + 1, batch)
    return Problem(weights, {"x": text[:-1], "y": text[1:]}, {"hidden": hidden})


def rbm(draw: Draw, visible: int, hidden: int, batch: int, steps: int) -> Problem:
    """Data x (batch, visible) of 0 and 1."""
    weights = {
        # Small, so that means over a batch are near to what they estimate.
        "W": draw.weight(visible, hidden, scale=0.3),
        "vbias": draw.weight(visible, scale=10),
        "hbias": draw.weight(hidden, scale=10),
    }
    x = (draw.rng.uniform(size=(batch, visible)) < 0.2).astype("float32")
    return Problem(weights, {"x": x}, {"steps": steps})


def kalman(draw: Draw, steps: int) -> Problem:
    """Data y (steps,): a series, filtered by a level and a trend with unknown noises."""
    values = {"phi": 0.9, "rho": 0.7, "beta": 0.05, "log_q": -1.0, "log_r": -0.5}
    weights = {name: np.asarray(value, "float32") for name, value in values.items()}
    return Problem(weights, {"y": 2 * draw.normal(steps)}, {})


def until(draw: Draw, batch: int, hidden: int, most: int) -> Problem:
    """x, y (batch, hidden): a layer that feeds itself until it is at rest."""
    weights = {
        "W": draw.weight(hidden, hidden, scale=0.85),
        "U": draw.weight(hidden, hidden, scale=0.3),
        "b": draw.weight(hidden),
    }
    data = {"x": draw.normal(batch, hidden), "y": draw.normal(batch, hidden)}
    return Problem(weights, data, {"most": most})


def nested(draw: Draw, outer: int, inner: int, batch: int, hidden: int) -> Problem:
    """Data x (outer, inner, batch, hidden): words of sentences of texts, and y (batch, hidden)."""
    weights = {name: draw.weight(hidden, hidden) for name in ("W", "U", "A", "C")}
    weights["b"] = draw.weight(hidden)
    data = {"x": draw.normal(outer, inner, batch, hidden), "y": draw.normal(batch, hidden)}
    return Problem(weights, data, {})


def lengths(draw: Draw, shortest: int, n: int, batch: int, hidden: int) -> Problem:
    """Sequences (length, batch, hidden) of ``n`` lengths, and y (batch, 10)."""
    weights = elman(draw, 1, 1, hidden).weights
    xs = [draw.normal(shortest + k, batch, hidden) for k in draw.rng.permutation(n)]
    return Problem(weights, {"xs": xs, "y": draw.normal(batch, 10)}, {"hidden": hidden})


class Case(NamedTuple):
    """What makes a case, in the size that is measured, and in one for a quick look."""

    make: Callable[..., Problem]
    size: Sequence[int]
    small: Sequence[int]


CASES = {
    "elman": Case(elman, (100, 32, 128), (4, 3, 5)),
    "lstm": Case(lstm, (100, 64, 256, 10000), (4, 3, 5, 11)),
    "gru": Case(gru, (100, 32, 256, 1000), (4, 3, 6, 11)),
    "rbm": Case(rbm, (784, 500, 20, 15), (60, 40, 200, 3)),
    "kalman": Case(kalman, (100000,), (50,)),
    "until": Case(until, (32, 256, 1000), (3, 5, 200)),
    "nested": Case(nested, (20, 30, 16, 64), (3, 4, 3, 5)),
    "lengths": Case(lengths, (50, 50, 32, 64), (2, 3, 3, 5)),
}


def problem(case: str, small: bool) -> Problem:
    """The weights and data of a case: the same for whoever asks."""
    made = CASES[case]
    return made.make(Draw(), *(made.small if small else made.size))


def difference(
    case: str, names: Sequence[str], found: Sequence[Any], expected: Sequence[Any]
) -> str:
    """What differs between two contestants' results, or an empty text."""
    if len(found) != len(expected):
        return f"{len(found)} results, not {len(expected)}"
    for name, value, other in zip(names, found, expected):
        if value.shape != other.shape or value.dtype != other.dtype:
            return f"{name} is {value.dtype} {value.shape}, not {other.dtype} {other.shape}"
        if not np.isfinite(value).all():
            return f"{name} is not finite"
        if case in RANDOM:
            scale = np.sqrt(np.mean(other.astype("float64") ** 2))
            errors = np.abs([value.mean() - other.mean(), value.std() - other.std()])
            close = bool((errors <= RANDOM_RTOL * scale).all())
        else:
            scale = np.abs(other).max()
            errors = np.abs(value - other)
            close = bool((errors <= RTOL * scale).all())
        if not close:
            return f"{name} is {errors.max():.3g} off, where it is of size {scale:.3g}"
    return ""
