"""Devices by name, and transfers that share no memory."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from theano import config
from theano.runtime.devices import current_device, find_device, to_device, to_host


def test_names():
    assert find_device("cpu") is jax.local_devices(backend="cpu")[0]
    assert find_device("cpu0") is find_device("cpu")
    assert current_device() is find_device(config.device)


@pytest.mark.parametrize("name", ["", "0", "abacus", "cpu:0", "CPU", "cpu-1"])
def test_names_of_nothing(name):
    with pytest.raises(ValueError, match=r"(?s)unknown device.*cpu, cuda, gpu, tpu.*device=cpu"):
        find_device(name)


def test_a_number_too_high():
    with pytest.raises(ValueError, match=r"(?s)'cpu99' was asked for.*below"):
        find_device("cpu99")


@pytest.mark.skipif(
    any(d.platform == "tpu" for d in jax.local_devices()), reason="this machine has what is missed"
)
def test_a_kind_that_is_not_there():
    with pytest.raises(ValueError, match=r"(?s)'tpu' was asked for.*finds none.*device=cpu"):
        find_device("tpu")


@pytest.mark.parametrize(
    "dtype", ["float64", "float32", "float16", "int64", "uint8", "bool", "complex128"]
)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)], ids=str)
def test_there_and_back(dtype, shape):
    value = np.ones(shape, dtype)
    array = to_device(value)
    back = to_host(array)
    assert (str(array.dtype), array.shape) == (dtype, shape)
    assert (back.dtype, back.shape) == (value.dtype, value.shape)
    assert type(back) is np.ndarray
    assert back.flags.writeable
    np.testing.assert_array_equal(back, value)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("n", [3, 300])
def test_no_memory_is_shared(n, order):
    value = np.zeros((n, n), order=order)
    array = to_device(value)
    value[:] = 1
    back = to_host(array)
    assert back.max() == 0
    back[:] = 2
    assert to_host(array).max() == 0
