"""The networks that are compared: sizes, first weights and data, and how results are checked.

Images are ``(batch, channels, rows, columns)``, filters ``(filters, channels, rows, columns)``,
not turned round. Runs on Python 3.7 and NumPy 1.19 too.
"""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, Sequence

import numpy as np

EPSILON = 1e-4
"""Of batch normalization."""
AVERAGE = 0.1
"""How much of a batch's statistics goes into running averages."""
DROP = (0.2, 0.2, 0.2, 0.5)
"""Of the three convolutional layers and of the dense one."""
RATE, RHO, SMALL = 1e-4, 0.9, 1e-6
"""Of RMSprop."""
SGD_RATE, MOMENTUM = 1e-3, 0.9

RANDOM = ("mnist",)
"""Cases whose results depend on each library's own random numbers."""
RTOL = 1e-3
"""Of results, relative to the largest of an array."""
CHANGE_RTOL = 2e-2
"""Of what steps change in weights, as a norm relative to that of the change."""
RANDOM_RTOL = 0.25
CHECKED_CALLS = 3


class Problem(NamedTuple):
    """One case: float32 weights, data by name, and the numbers that are known beforehand."""

    weights: dict[str, np.ndarray]
    data: dict[str, np.ndarray]
    sizes: dict[str, int]


class Built(NamedTuple):
    """A program: a call of it, its weights now, and results in the layout of the problem."""

    call: Callable[[], Sequence[Any]]
    weights: Callable[[], dict[str, np.ndarray]]
    restore: Callable[[Any], np.ndarray] = np.asarray


class Draw:
    """Weights and data of a case, drawn from one seeded generator."""

    def __init__(self) -> None:
        self.rng = np.random.RandomState(5)

    def filters(self, *shape: int) -> np.ndarray:
        """Normal numbers that keep the size of what they are applied to under ``relu``."""
        return np.asarray(self.rng.randn(*shape) * np.sqrt(2 / np.prod(shape[1:])), "float32")

    def dense(self, *shape: int) -> np.ndarray:
        return np.asarray(self.rng.randn(*shape) / np.sqrt(shape[0]), "float32")

    def normal(self, *shape: int) -> np.ndarray:
        return np.asarray(self.rng.randn(*shape), "float32")

    def near(self, value: float, n: int) -> np.ndarray:
        return np.asarray(value + 0.1 * self.rng.rand(n), "float32")

    def labels(self, n: int, *shape: int) -> np.ndarray:
        return self.rng.randint(0, n, shape).astype("int32")

    def distinct(self, *shape: int) -> np.ndarray:
        """Numbers of which no two are equal: libraries share out ties differently."""
        n = int(np.prod(shape))
        return (self.rng.permutation(n).reshape(shape) / n - 0.5).astype("float32")


def mnist(draw: Draw, batch: int, n1: int, n2: int, n3: int, dense: int) -> Problem:
    """X (batches, batch, 1, 28, 28) and y, one-hot: three convolutions, two dense layers."""
    weights = {
        "w1": draw.filters(n1, 1, 3, 3),
        "w2": draw.filters(n2, n1, 3, 3),
        "w3": draw.filters(n3, n2, 3, 3),
        "w4": draw.dense(n3 * 3 * 3, dense),
        # Small, so that costs hang little on which masks are drawn.
        "w_o": np.float32(0.2) * draw.dense(dense, 10),
    }
    x, y = draw.normal(4, batch, 1, 28, 28), draw.labels(10, 4, batch)
    return Problem(weights, {"x": x, "y": np.eye(10, dtype="float32")[y]}, {})


def lenet(draw: Draw, batch: int, n1: int, n2: int, dense: int) -> Problem:
    """X (images, 784) and y: the network of the tutorial, batches by their number."""
    weights = {
        "w1": draw.filters(n1, 1, 5, 5),
        "b1": draw.near(0, n1),
        "w2": draw.filters(n2, n1, 5, 5),
        "b2": draw.near(0, n2),
        "w3": draw.dense(n2 * 4 * 4, dense),
        "b3": draw.near(0, dense),
        "w_o": draw.dense(dense, 10),
        "b_o": draw.near(0, 10),
    }
    data = {"x": draw.normal(4 * batch, 784), "y": draw.labels(10, 4 * batch)}
    return Problem(weights, data, {"batch": batch})


def vgg(draw: Draw, batch: int, channels: int, filters: int, side: int) -> Problem:
    """Data x and y: two convolutions and a pool, then the mean of every channel and a readout."""
    weights = {
        "w1": draw.filters(filters, channels, 3, 3),
        "b1": draw.near(0, filters),
        "w2": draw.filters(filters, filters, 3, 3),
        "b2": draw.near(0, filters),
        "w_o": draw.dense(filters, 10),
    }
    data = {"x": draw.normal(batch, channels, side, side), "y": draw.labels(10, batch)}
    return Problem(weights, data, {})


def resnet(draw: Draw, batch: int, channels: int, side: int) -> Problem:
    """Data x and y: two convolutions with batch normalization beside the identity."""
    weights: dict[str, np.ndarray] = {}
    for k in "12":
        weights["w" + k] = draw.filters(channels, channels, 3, 3)
        weights["gamma" + k] = draw.near(1, channels)
        weights["beta" + k] = draw.near(0, channels)
        weights["mean" + k] = draw.near(0, channels)
        weights["var" + k] = draw.near(1, channels)
    weights["w_o"] = draw.dense(channels, 10)
    data = {"x": draw.normal(batch, channels, side, side), "y": draw.labels(10, batch)}
    return Problem(weights, data, {})


AVERAGES = ("mean1", "var1", "mean2", "var2")
"""Of the weights of ``resnet``: those that are not learned."""


def text(draw: Draw, batch: int, words: int, length: int, width: int, filters: int) -> Problem:
    """X (batches, batch, length) and y: a convolution over words (Kim, EMNLP 2014)."""
    weights = {"embedding": draw.normal(words, width)}
    for k in (3, 4, 5):
        weights["w%d" % k] = draw.filters(filters, 1, k, width)
        weights["b%d" % k] = draw.near(0, filters)
    weights["w_o"] = draw.dense(3 * filters, 2)
    data = {"x": draw.labels(words, 4, batch, length), "y": draw.labels(2, 4, batch)}
    return Problem(weights, data, {})


def pool(draw: Draw, batch: int, channels: int, side: int, window: int, stride: int) -> Problem:
    """Data x, and g, the gradient of what is pooled."""
    after = (side - window) // stride + 1
    x, g = draw.distinct(batch, channels, side, side), draw.normal(batch, channels, after, after)
    return Problem({}, {"x": x, "g": g}, {"window": window, "stride": stride})


def norm(draw: Draw, batch: int, channels: int, side: int) -> Problem:
    """Data x, and g, the gradient of what is normalized."""
    shape = (batch, channels, side, side)
    weights = {"gamma": draw.near(1, channels), "beta": draw.near(0, channels)}
    return Problem(weights, {"x": draw.normal(*shape) + 1, "g": draw.normal(*shape)}, {})


class Case(NamedTuple):
    """What makes a case, in the size that is measured, and in one for a quick look."""

    make: Callable[..., Problem]
    size: Sequence[int]
    small: Sequence[int]


TWO, THREE = (128, 32, 28, 2, 2), (32, 64, 55, 3, 2)
SMALL_TWO, SMALL_THREE = (2, 3, 8, 2, 2), (2, 3, 9, 3, 2)
MNIST, SMALL_MNIST = (128, 32, 64, 128, 625), (4, 3, 4, 5, 6)
VGG, SMALL_VGG = (32, 32, 64, 32), (2, 3, 4, 8)
RESNET, SMALL_RESNET = (32, 64, 28), (3, 4, 6)
CASES = {
    "mnist": Case(mnist, MNIST, (200, 3, 4, 5, 6)),
    "mnist_plain": Case(mnist, MNIST, SMALL_MNIST),
    "lenet": Case(lenet, (500, 20, 50, 500), (4, 3, 4, 5)),
    "vgg": Case(vgg, VGG, SMALL_VGG),
    "vgg_step": Case(vgg, VGG, SMALL_VGG),
    "resnet": Case(resnet, RESNET, SMALL_RESNET),
    "resnet_step": Case(resnet, RESNET, SMALL_RESNET),
    "text": Case(text, (50, 5000, 64, 300, 100), (3, 11, 7, 6, 4)),
    "max2": Case(pool, TWO, SMALL_TWO),
    "max2_grad": Case(pool, TWO, SMALL_TWO),
    "max3": Case(pool, THREE, SMALL_THREE),
    "max3_grad": Case(pool, THREE, SMALL_THREE),
    "mean2": Case(pool, TWO, SMALL_TWO),
    "mean2_grad": Case(pool, TWO, SMALL_TWO),
    "norm": Case(norm, (32, 64, 28), (2, 3, 4)),
    "norm_grad": Case(norm, (32, 64, 28), (2, 3, 4)),
}


def problem(case: str, small: bool) -> Problem:
    """The weights and data of a case: the same for whoever asks."""
    made = CASES[case]
    return made.make(Draw(), *(made.small if small else made.size))


def found_by(built: Built, problem: Problem) -> dict[str, np.ndarray]:
    """What the first calls of a program give, and what they change in its weights."""
    found = {}
    for k in range(CHECKED_CALLS):
        for i, value in enumerate(built.call()):
            found["result %d of call %d" % (i, k)] = np.array(built.restore(value))
    for name, value in built.weights().items():
        found["change of " + name] = np.asarray(value) - problem.weights[name]
    return found


def difference(case: str, found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> str:
    """What differs between two contestants' results, or an empty text."""
    if list(found) != list(expected):
        return "there are %s, not %s" % (", ".join(found), ", ".join(expected))
    for name, value in found.items():
        other = expected[name]
        if value.shape != other.shape or value.dtype != other.dtype:
            return f"{name} is {value.dtype} {value.shape}, not {other.dtype} {other.shape}"
        if not np.isfinite(value).all():
            return f"{name} is not finite"
        errors, sizes = np.abs(value - other), np.abs(other)
        if name.startswith("change"):
            # Steps of random networks go elsewhere.
            allowed = np.inf if case in RANDOM else CHANGE_RTOL
            error, size = np.sqrt((errors**2).sum()), np.sqrt((sizes**2).sum())
        else:
            allowed = RANDOM_RTOL if case in RANDOM else RTOL
            error, size = errors.max(), sizes.max()
        if error > allowed * size:
            return f"{name} is {error:.3g} off, where it is of size {size:.3g}"
    return ""
