"""What every contestant of the MNIST step benchmark shares: sizes, data, first weights.

Runs on Python 3.7 and NumPy 1.19 too, because the contestant that stands for the original Theano
needs them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

BATCH = 128
STEPS_PER_EPOCH = 468
WEIGHT_SHAPES = ((784, 625), (625, 625), (625, 10))
DROP_INPUT, DROP_HIDDEN = 0.2, 0.5
LEARNING_RATE, RHO, EPSILON = 0.001, 0.9, 1e-6


class Unavailable(ModuleNotFoundError):
    """Something that this contestant needs is missing on this machine."""


class Setup(NamedTuple):
    """What a contestant is given.

    ``images`` is (59904, 784) in [0, 1] and ``labels`` is (59904, 10) one-hot, both C-contiguous
    and of the dtype that the contestant's ``INPUT_DTYPE`` names.
    """

    images: np.ndarray
    labels: np.ndarray
    variant: str
    threads: int
    steps: int

    def batch(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Images (128, 784) and labels (128, 10) of a step; epochs repeat without shuffling."""
        start = step % STEPS_PER_EPOCH * BATCH
        return self.images[start : start + BATCH], self.labels[start : start + BATCH]


class Program(NamedTuple):
    """What a contestant gives back.

    ``train(k)`` makes the ``steps_per_call`` training steps from the ``k``-th on and returns the
    last one's cost, so that nothing is still running when it returns. ``predictor()``, if there,
    builds a second function from images (n, 784) to digits (n,). A program without a cost sets
    ``has_cost`` to False and returns 0.
    """

    train: Callable[[int], float]
    steps_per_call: int = 1
    predictor: Callable[[], Callable[[np.ndarray], Any]] | None = None
    has_cost: bool = True


def first_weights() -> list[np.ndarray]:
    """The three float32 weight matrices that every contestant starts from."""
    np.random.seed(0)
    return [np.asarray(np.random.randn(*shape) * 0.01, np.float32) for shape in WEIGHT_SHAPES]


def read_data(path: str, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Images as pixel / 255 and one-hot labels, from the uint8 arrays that the driver stored."""
    with np.load(path) as stored:
        pixels, digits = stored["pixels"], stored["digits"]
    images = np.empty(pixels.shape, dtype)
    # Batch by batch: a float64 copy of everything would count as the contestant's peak memory.
    for start in range(0, len(pixels), BATCH):
        images[start : start + BATCH] = pixels[start : start + BATCH] / 255.0
    labels = np.zeros((len(digits), 10), dtype)
    labels[np.arange(len(digits)), digits] = 1
    return images, labels
