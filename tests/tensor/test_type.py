"""``TensorType``: what values it takes, what it says of itself, and how it compares."""

from __future__ import annotations

import decimal
import fractions
import json
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tests.checks import check_raises

import theano.tensor as T
from theano import config, scalar
from theano.tensor import comparison
from theano.tensor.type import (
    TensorType,
    values_eq_approx_always_true,
    values_eq_approx_remove_inf,
    values_eq_approx_remove_inf_nan,
    values_eq_approx_remove_nan,
)

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "conversions.json").read_text("utf-8"))


UNDEFINED = ("np.array(float('nan'))", "np.array(1e300)")
"""As integers, these are what the processor makes of them."""


def value_of(text):
    return eval(text, {"np": np, "decimal": decimal, "fractions": fractions})


def same(got, expected):
    """Whether two texts are of one number: a narrow float has several."""
    if got == expected or expected.endswith("Error") or got.endswith("Error"):
        return got == expected
    numbers = [complex(eval(t, {"nan": np.nan, "inf": np.inf})) for t in (got, expected)]
    return bool(np.isclose(*numbers, rtol=1e-12, atol=0, equal_nan=True))


@pytest.mark.parametrize("dtype", RECORDED["filter"])
def test_what_a_type_takes(dtype):
    """Held against Theano 1.0.5, for every value and allow_downcast."""
    config.floatX = "float32"
    kind = TensorType(dtype, ())
    wrong = []
    for text, answers in RECORDED["filter"][dtype].items():
        for allow, expected in zip((None, False, True), answers, strict=True):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
                    value = kind.filter(value_of(text), allow_downcast=allow)
                assert value.dtype == dtype
                got = repr(value.item())
            except (OverflowError, TypeError, ValueError) as error:
                got = type(error).__name__
            if allow and kind.numpy_dtype.kind in "iu" and text in UNDEFINED:
                continue
            if not same(got, expected):
                wrong.append(f"{text}, allow_downcast={allow}: {got}, Theano {expected}")
    assert not wrong, "\n".join(wrong)


def test_a_dropped_imaginary_part_is_told_by_numpy():
    with pytest.warns(np.exceptions.ComplexWarning):
        assert T.fscalar.filter(np.array(1 + 2j), allow_downcast=True) == 1


@pytest.mark.parametrize(
    ("kind", "value", "error", "text"),
    [
        (T.dvector, [[1.0]], TypeError, "wrong number of dimensions"),
        (T.drow, np.ones((2, 2)), TypeError, "longer than 1 along a broadcastable dimension"),
        (T.dvector, T.dvector(), TypeError, "a symbolic variable was given"),
        (T.lscalar, float("nan"), ValueError, "a value cannot be converted"),
        (T.lscalar, float("inf"), OverflowError, "a value cannot be converted"),
        (T.lvector, [[1], [1, 2]], ValueError, "[[1], [1, 2]] (list)"),
        (T.dvector, "ab", ValueError, "'ab' (str)"),
    ],
)
def test_what_a_type_refuses(kind, value, error, text):
    with check_raises(error, text):
        kind.filter(value)


def test_strict():
    for value in ([1.0], np.array([1]), 1.0):
        with check_raises(TypeError, "strict"):
            T.dvector.filter(value, strict=True)
    x = np.ones(2)
    assert T.dvector.filter(x, strict=True) is x
    assert T.dvector.is_valid_value(x)
    assert not T.dvector.is_valid_value([1.0])
    assert T.dvector.value_validity_msg(x) == "value is valid"
    assert "dimensions" in T.dvector.value_validity_msg(np.ones((1, 1)))


def test_other_kinds_of_arrays():
    mapped = np.ones((1, 1)).view(np.memmap)
    for value in (mapped, np.ma.array([[1.0]]), np.array([[1.0]], dtype=">f8")):
        got = T.dmatrix.filter(value)
        assert type(got) is np.ndarray
        assert got.dtype == np.dtype("float64")
        assert got == [[1]]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (T.fscalar, "TensorType(float32, scalar)"),
        (T.frow, "TensorType(float32, row)"),
        (T.fcol, "TensorType(float32, col)"),
        (T.dmatrix, "TensorType(float64, matrix)"),
        (TensorType("float32", (False,) * 5), "TensorType(float32, 5D)"),
        (T.ftensor3, "TensorType(float32, 3D)"),
        (TensorType("float32", (True,)), "TensorType(float32, (True,))"),
        (TensorType("int8", (False, True, False)), "TensorType(int8, (False, True, False))"),
        (TensorType("int8", (0, 1)), "TensorType(int8, col)"),
        (TensorType("float32", (False,), name="mine"), "mine"),
    ],
)
def test_text(kind, text):
    assert str(kind) == text


def test_facts():
    assert T.fmatrix.get_size(T.fmatrix.get_shape_info(np.ones((3, 2), "float32"))) == 24
    np.testing.assert_array_equal(T.bvector.value_zeros((2,)), np.zeros(2, "int8"), strict=True)
    assert T.fmatrix.to_scalar_type() == scalar.float32
    assert T.fmatrix.dtype_specs() == (np.float32, "npy_float32", "NPY_FLOAT32")
    assert T.drow.clone("int8") == TensorType("int8", (True, False))
    assert T.drow.clone(broadcastable=()) == T.dscalar
    assert T.dmatrix.Variable is T.TensorVariable
    assert T.dmatrix.Constant is T.TensorConstant
    x = np.ones(4)
    assert T.dvector.may_share_memory(x, x[1:])
    assert not T.dvector.may_share_memory(x[:1], x[1:])
    assert not T.dvector.may_share_memory(x, 1.0)


def test_an_unknown_dtype():
    for dtype in ("float128", "str", "object", "floatY"):
        with check_raises(TypeError, "unsupported dtype", "complex128"):
            TensorType(dtype, ())


class TestVariablesOfAnotherType:
    def test_what_is_a_special_case(self):
        assert T.dmatrix.is_super(T.drow)
        assert T.dmatrix.is_super(T.dmatrix)
        for other in (T.fmatrix, T.dvector, scalar.float64):
            assert not T.dmatrix.is_super(other)
        assert not T.drow.is_super(T.dmatrix)

    def test_conversion(self):
        x = T.dmatrix()
        assert T.dmatrix.convert_variable(x) is x
        assert T.dmatrix.convert_variable(T.drow()).type == T.dmatrix
        assert T.drow.convert_variable(x) is None
        assert T.dmatrix.convert_variable(T.fmatrix()) is None

    def test_filter_variable(self):
        assert T.dmatrix.filter_variable(T.drow()).type == T.dmatrix
        assert T.dmatrix.filter_variable(np.ones((2, 2))).type == T.dmatrix
        assert T.fscalar.filter_variable(1).type == T.fscalar
        for kind, other in ((T.dmatrix, T.dvector()), (T.drow, T.dmatrix())):
            with check_raises(TypeError, "cannot stand in for one of another type"):
                kind.filter_variable(other)
        with check_raises(TypeError, "cannot stand in"):
            T.dmatrix.filter_variable(T.drow(), allow_convert=False)
        with check_raises(TypeError, "cannot be converted"):
            T.lscalar.filter_variable(1.5)


def array(dtype, *values):
    return np.array(values, dtype=dtype)


class TestEqualValues:
    @pytest.mark.parametrize(
        ("dtype", "close", "far"),
        [
            ("float64", 1 + 5e-6, 1 + 2.5e-5),
            ("float32", 1 + 1e-5, 1 + 3e-5),
            ("float16", 1 + 1e-3, 1 + 4e-3),
            ("complex64", 1 + 5e-6j, 1 + 5e-5j),
            ("complex128", 1 + 5e-6j, 1 + 5e-5j),
            ("int8", 1, 2),
            ("bool", True, False),
        ],
    )
    def test_tolerances(self, dtype, close, far):
        kind = TensorType(dtype, [False])
        assert kind.values_eq_approx(array(dtype, 1), array(dtype, close))
        assert not kind.values_eq_approx(array(dtype, 1), array(dtype, far))
        assert kind.values_eq(array(dtype, 1), array(dtype, 1))
        assert not kind.values_eq(array(dtype, 1), array(dtype, far))

    @pytest.mark.parametrize(
        ("sloppy", "dtype", "close", "far"),
        [
            (1, "float64", 1 + 1e-3, 1 + 2e-3),
            (1, "float32", 1 + 1e-3, 1 + 2e-3),
            (1, "float16", 1 + 1e-2, 1 + 3e-2),
            (2, "float32", 1 + 1.4e-3, 1 + 2e-3),
            (2, "float16", 1 + 5e-2, 1 + 8e-2),
        ],
    )
    def test_sloppy_tolerances(self, sloppy, dtype, close, far, monkeypatch):
        flags = SimpleNamespace(tensor=SimpleNamespace(cmp_sloppy=sloppy))
        monkeypatch.setattr(comparison, "config", flags)
        same = TensorType.values_eq_approx
        assert same(array(dtype, 1), array(dtype, close))
        assert not same(array(dtype, 1), array(dtype, far))
        assert comparison.all_close(array(dtype, 1, 2), array(dtype, close, 2))
        assert not comparison.all_close(array(dtype, 1, 2), array(dtype, far, 2))

    def test_absolute_tolerances(self):
        assert T.dvector.values_eq_approx(array("float64", 0), array("float64", 1e-8))
        assert not T.dvector.values_eq_approx(array("float64", 0), array("float64", 2e-8))
        assert T.fvector.values_eq_approx(array("float32", 0), array("float32", 1e-5))

    def test_given_tolerances(self):
        one, other = array("float64", 1), array("float64", 1.1)
        assert T.dvector.values_eq_approx(one, other, rtol=0.2)
        assert T.dvector.values_eq_approx(one, other, atol=0.2)

    def test_shape_and_dtype_count(self):
        one = np.ones(1)
        for equal in (T.dvector.values_eq, T.dvector.values_eq_approx):
            assert not equal(one, np.ones(2))
            assert not equal(one, np.ones(1, "float32"))
        assert T.dvector.values_eq(one, np.ones(1, "float32"), force_same_dtype=False)
        assert not T.dvector.values_eq_approx(1.0, 1.0)

    def test_what_is_not_finite(self):
        eq = T.dvector.values_eq_approx
        x, inf, nan = (array("float64", v, 1) for v in (2, np.inf, np.nan))
        assert eq(inf, inf)
        assert eq(nan, nan)
        assert T.dvector.values_eq(nan, nan)
        for other in (-inf, nan, x):
            assert not eq(inf, other)
        assert values_eq_approx_remove_inf(inf, x)
        assert not values_eq_approx_remove_inf(nan, x)
        assert values_eq_approx_remove_nan(nan, x)
        assert not values_eq_approx_remove_nan(inf, x)
        assert values_eq_approx_remove_inf_nan(inf, nan)
        assert not values_eq_approx_remove_inf_nan(array("float64", np.inf, 1), x + 1)
        assert values_eq_approx_always_true(inf, x)


def test_several_variables_at_once():
    def names(variables):
        return [v.name for v in variables]

    assert names(T.dvectors("vw")) == ["v", "w"]
    assert T.scalars("x").name == "x"
    assert T.fmatrices(1).type == T.lvectors(["v"]).type.clone("float32", [False] * 2)
    assert names(T.fmatrices("one", "two", None)) == ["one", "two", None]
    assert names(T.tensor3s(["one", "two"])) == ["one", "two"]
    assert names(T.lscalars(2)) == [None, None]
    assert T.lscalars() == T.lscalars(0) == []
    assert [v.type for v in T.fmatrices(2)] == [T.fmatrix] * 2
