"""First costs of examples/modern_net.py under whatever ``theano`` is installed, on made-up digits.

    python tests/oracle/trajectory.py
    THEANO_FLAGS=floatX=float64 python tests/oracle/trajectory.py --seed 7

It prints them as JSON. With Theano 1.0.5 (Python 3.7, NumPy 1.19) in place of this project's they
are the reference in ``tests/data/seed_trajectory.json``: the program is the same file both times,
only `load` is replaced here, by digits that any NumPy makes alike.
"""

from __future__ import annotations

import json
import runpy
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import numpy as np

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
BATCH_SIZE, N_STEPS = 128, 20
# The last, incomplete minibatch is to be left out.
N_TRAIN, N_TEST = BATCH_SIZE * N_STEPS + 40, 100


def made_up_digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Blocky signs with noise, one for each class: training images, test images, labels of both.

    Images are uint8 (n, 784), labels uint8 (n,) in 0..9. Only ``RandomState.rand`` is drawn from,
    whose numbers NumPy keeps the same across releases and machines.
    """
    rng = np.random.RandomState(1)
    signs = (rng.rand(10, 7, 7) < 0.3).repeat(4, axis=1).repeat(4, axis=2)
    n = N_TRAIN + N_TEST
    labels = (rng.rand(n) * 10).astype(np.uint8)
    ink = (128 + rng.rand(n, 28, 28) * 128).astype(np.uint8)
    chance = np.where(signs[labels], 0.5, 0.12)
    images = np.where(rng.rand(n, 28, 28) < chance, ink, np.uint8(0)).reshape(n, 784)
    return images[:N_TRAIN], images[N_TRAIN:], labels[:N_TRAIN], labels[N_TRAIN:]


def mnist(**_options: object) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    train_images, test_images, train_labels, test_labels = made_up_digits()
    return (
        train_images / 255.0,
        test_images / 255.0,
        np.eye(10)[train_labels],
        np.eye(10)[test_labels],
    )


def main() -> None:
    load = ModuleType("load")
    load.mnist = mnist
    sys.modules["load"] = load
    sys.path.insert(0, str(EXAMPLES))
    with tempfile.TemporaryDirectory() as out:
        sys.argv[1:1] = ["--epochs", "1", "--batch-size", str(BATCH_SIZE), "--out", out]
        program = runpy.run_path(str(EXAMPLES / "modern_net.py"), run_name="__main__")
    theano = program["theano"]
    record = {
        "theano": theano.__version__,
        "floatX": theano.config.floatX,
        "seed": program["options"].seed,
        "costs": program["run"].costs,
        "accuracy": program["run"].accuracies[0],
    }
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
