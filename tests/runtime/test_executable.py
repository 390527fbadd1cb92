"""Executables: compiled for shapes and dtypes, with donated inputs."""

from __future__ import annotations

import warnings

import jax
import numpy as np
import pytest
from jax import numpy as jnp

from theano.runtime import executable as module
from theano.runtime.devices import to_device
from theano.runtime.executable import compile_program


def add(a, b):
    return a + b, a * b


def test_what_was_compiled():
    executable = compile_program(add, [(2,), (2,)], ["float64", "float64"])
    total, product = executable.call(np.ones(2), np.full(2, 3.0))
    np.testing.assert_array_equal(total, [4, 4])
    np.testing.assert_array_equal(product, [3, 3])
    done = executable.compilation
    assert done.shapes == ((2,), (2,))
    assert done.trace_seconds > 0
    assert done.compile_seconds > 0
    assert "HloModule" in executable.as_text()


def test_it_is_the_same_when_warm():
    executable = compile_program(add, [(), ()], ["float32", "float32"])
    arguments = np.float32(1), np.float32(2)
    first = executable.call(*arguments)
    executable.warm()
    second = executable.call(*arguments)
    assert [float(a) for a in first] == [float(a) for a in second] == [3, 2]


def test_donated_inputs_are_gone_and_others_stay():
    executable = compile_program(add, [(9,), (9,)], ["float64", "float64"], donate=[1])
    a, b = to_device(np.ones(9)), to_device(np.ones(9))
    executable.call(a, b)
    assert not a.is_deleted()
    assert b.is_deleted()


def test_memory_that_cannot_be_taken_over_is_no_matter():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        executable = compile_program(
            lambda a: (jnp.concatenate([a, a]),), [(3,)], ["float64"], donate=[0]
        )
    assert executable.call(to_device(np.ones(3)))[0].shape == (6,)


def test_inputs_that_are_not_used_keep_their_places():
    executable = compile_program(lambda a, b: (b,), [(2,), (2,)], ["float64", "int8"])
    (result,) = executable.call(np.zeros(2), np.ones(2, "int8"))
    assert result.dtype == "int8"


def test_other_shapes_and_dtypes_are_refused():
    executable = compile_program(add, [(2,), (2,)], ["float64", "float64"])
    with pytest.raises(TypeError, match="float64"):
        executable.call(np.ones(3), np.ones(3))
    with pytest.raises(TypeError, match="float32"):
        executable.call(np.ones(2, "float32"), np.ones(2))


def test_matrix_products_are_of_full_precision(rng):
    a, b = (rng.normal(size=(64, 64)).astype("float32") for _ in range(2))
    executable = compile_program(lambda a, b: (a @ b,), [a.shape] * 2, ["float32"] * 2)
    np.testing.assert_allclose(executable.call(a, b)[0], a.astype("float64") @ b, atol=1e-4)


def test_options_that_xla_does_not_take_are_left_out(monkeypatch):
    platform = jax.default_backend()
    known = dict(module.COMPILER_OPTIONS.get(platform, {}))
    refused = {"xla_no_such_option": 1, "xla_backend_optimization_level": "highest"}
    monkeypatch.setitem(module.COMPILER_OPTIONS, platform, {**known, **refused})
    executable = compile_program(add, [(), ()], ["float64", "float64"])
    assert executable.call(1.0, 2.0)[0] == 3
    assert module.COMPILER_OPTIONS[platform] == known


@pytest.mark.parametrize(
    ("name", "value"), module.COMPILER_OPTIONS.get(jax.default_backend(), {}).items()
)
def test_this_xla_takes_every_option(name, value):
    add_one = jax.jit(lambda x: x + 1).lower(1.0)
    assert add_one.compile(compiler_options={name: value})(1.0) == 2
