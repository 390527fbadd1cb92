"""Helpers on NumPy arrays that programs reached into Theano for."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.options import config


def _asarray(a: Any, dtype: Any, order: Any = None) -> np.ndarray:
    """Return ``a`` as an array of ``dtype``, which may be "floatX"."""
    if isinstance(dtype, str) and dtype == "floatX":
        dtype = config.floatX
    return np.asarray(a, dtype=dtype, order=order)
