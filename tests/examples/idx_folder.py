"""Digits as a directory that the examples read with ``--data-dir``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import mnist_files


def write_idx(
    folder: Path,
    train_images: np.ndarray,
    test_images: np.ndarray,
    train_labels: np.ndarray,
    test_labels: np.ndarray,
) -> Path:
    """Make the folder, and write uint8 images ``(n, 784)`` and labels ``(n,)`` into it."""
    folder.mkdir(parents=True)
    arrays = (train_images, train_labels, test_images, test_labels)
    for name, array in zip(mnist_files.IDX_FILES, arrays, strict=True):
        content = array.reshape(-1, 28, 28) if array.ndim == 2 else array
        (folder / name).write_bytes(mnist_files.idx_payload(content))
    return folder
