"""Which device a program runs on, and how values get there."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from theano.errors import usage_error
from theano.options import config
from theano.runtime import memory as _memory  # noqa: F401  it holds for the whole process
from theano.runtime import x64  # noqa: F401  the dtypes of the language need it

KINDS = {"cpu": "cpu", "cuda": "cuda", "gpu": "gpu", "tpu": "tpu"}


@cache
def find_device(name: str) -> Any:
    """Return the JAX device that a name such as ``cpu``, ``cuda``, ``gpu1`` or ``tpu0`` means.

    Raises
    ------
    ValueError
        The name is no device's, or this machine has no such device.
    """
    match = re.fullmatch(r"([a-z]+?)(\d*)", name)
    if match is None or match.group(1) not in KINDS:
        raise usage_error(
            ValueError,
            "an unknown device was asked for",
            expected=", ".join(KINDS) + ", with a number for one of several",
            got=name,
            fix="set THEANO_FLAGS=device=cpu",
        )
    kind, number = KINDS[match.group(1)], int(match.group(2) or 0)
    try:
        devices = jax.local_devices(backend=kind)
    except RuntimeError as error:
        raise usage_error(
            ValueError,
            f"the device {name!r} was asked for, but JAX finds none of its kind here ({error})",
            fix="install JAX with support for it, for example `pip install 'jax[cuda13]'`, or set "
            "THEANO_FLAGS=device=cpu",
        ) from error
    if number >= len(devices):
        raise usage_error(
            ValueError,
            f"the device {name!r} was asked for",
            expected=f"a number below {len(devices)}: there are {len(devices)} of its kind",
            got=name,
        )
    return devices[number]


def current_device() -> Any:
    """Return the JAX device that ``config.device`` names."""
    return find_device(config.device)


def to_device(value: np.ndarray) -> Any:
    """Return an array on the current device that shares no memory with ``value``."""
    return jax.device_put(np.array(value), current_device())


def copied(array: Any) -> Any:
    """Return an array of its own with the values of ``array``, on the same device."""
    if isinstance(array, jax.Array) and current_device().platform != "cpu":
        return jnp.copy(array)
    # Without a program, which a forked process could not compile.
    return to_device(np.asarray(array))


def to_host(array: Any) -> np.ndarray:
    """Return an ordinary, writable ndarray with the values of ``array``; waits for them."""
    return np.array(array)


ALIGNMENT = 64
"""Arrays that start at a multiple of so many bytes are read by XLA on the CPU without a copy."""


def aligned_empty(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return a new array, not initialized, that XLA on the CPU reads in place."""
    n_bytes = int(np.prod(shape, dtype=int)) * dtype.itemsize
    memory = np.empty(n_bytes + ALIGNMENT, dtype="uint8")
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + n_bytes].view(dtype).reshape(shape)
