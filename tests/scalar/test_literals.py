"""The dtypes of Python's numbers, and what the flags of casting change about them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.checks import check_raises, check_value

import theano
import theano.tensor as T
from theano import config, scalar
from theano.scalar import IntegerDivisionError, autocast_float, autocast_float_as, autocast_int
from theano.scalar import preference as rules

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "conversions.json").read_text("utf-8"))


@pytest.mark.parametrize("key", RECORDED["constants"])
def test_dtypes_of_constants_and_of_what_they_meet(key):
    """Held against Theano 1.0.5."""
    config.cast_policy, config.floatX = key.split()
    wrong = []
    for text, expected in RECORDED["constants"][key].items():
        got = T.as_tensor_variable(eval(text, {"np": np})).dtype
        if got != expected:
            wrong.append(f"{text}: {got}, Theano {expected}")
    for text, expected in RECORDED["sums"][key].items():
        dtype, _, literal = text.partition(" + ")
        got = (T.vector(dtype=dtype) + eval(literal)).dtype
        if got != expected:
            wrong.append(f"{text}: {got}, Theano {expected}")
    assert not wrong, "\n".join(wrong)


def test_float_policy_of_programs():
    config.cast_policy, config.floatX = "numpy+floatX", "float32"
    assert T.arange(T.iscalar()).dtype == "int64"
    x = np.array([1, 2], "int32")
    check_value(lambda x: x * 0.5, [x], np.array([0.5, 1], "float32"))


class TestAutocastFloatAs:
    @pytest.mark.parametrize(
        ("dtypes", "expected"),
        [(["float32"], "float32"), (["float64"], "float64"), (["float32", "float64"], "float64")],
    )
    def test_dtypes(self, dtypes, expected):
        config.floatX = "float64"
        x = T.fvector()
        with autocast_float_as(*dtypes):
            assert (x + 0.1).dtype == expected
        assert (x + 0.1).dtype == "float64"

    def test_nested_and_left_by_an_error(self):
        config.floatX = "float64"
        x = T.fvector()
        with autocast_float_as("float32"):
            with autocast_float_as("float64"):
                assert (x + 0.1).dtype == "float64"
            assert (x + 0.1).dtype == "float32"
        with pytest.raises(ZeroDivisionError), autocast_float_as("float32"):
            1 / 0  # noqa: B018
        assert autocast_float.dtypes == ("float16", "float32", "float64")

    def test_the_functions_themselves(self):
        config.floatX = "float64"
        assert [autocast_int(v).dtype.name for v in (1, -300, 70000, 2**40)] == [
            *("int8", "int16", "int32", "int64")
        ]
        assert [autocast_float(v).dtype.name for v in (1.0, 0.1)] == ["float32", "float64"]
        with pytest.raises(OverflowError):
            autocast_int(2**63)
        with check_raises(OverflowError, "64 bits"):
            T.constant(2**64)


class TestIntDivision:
    @pytest.mark.parametrize(("flag", "dtype"), [("int", "int32"), ("floatX", "float32")])
    def test_division_of_python_2(self, flag, dtype):
        config.int_division, config.floatX = flag, "float32"
        i = T.iscalar()
        for z in (i.__div__(i), i.__rdiv__(7), T.div_proxy(i, 2)):
            assert z.dtype == dtype
        assert i.__div__(T.fscalar()).dtype == "float64"
        x = np.array([7, -7], "int32")
        expected = x // 2 if flag == "int" else (x / 2).astype("float32")
        check_value(lambda x: T.div_proxy(x, np.int32(2)), [x], expected)
        a = scalar.int32()
        for z in (a / a, 3 / a, scalar.div_proxy(a, a)):
            assert z.dtype == dtype

    def test_it_can_be_forbidden(self):
        config.int_division = "raise"
        i, a = T.iscalar(), scalar.int32()
        for divide in (lambda: i.__div__(i), lambda: T.div_proxy(i, 2), lambda: a / a):
            with check_raises(IntegerDivisionError, "fix:", "//"):
                divide()
        assert i.__div__(T.fscalar()).dtype == "float64"

    @pytest.mark.parametrize("flag", ["int", "raise", "floatX"])
    def test_the_slash_of_today_is_not_concerned(self, flag):
        config.int_division, config.floatX = flag, "float32"
        assert (T.iscalar() / 2).dtype == "float32"


class TestWarnFloat64:
    def test_it_tells_of_variables_but_not_of_constants(self):
        config.warn_float64 = "raise"
        x = T.ivector("x")
        for make in (T.dvector, lambda: T.sqrt(x), lambda: T.fvector() + x):
            with check_raises(TypeError, "float64"):
                make()
        T.fvector(), T.constant(np.float64(0.1)), theano.shared(1.0), T.dvector.clone()

    def test_warning_names_the_variable(self):
        config.warn_float64 = "warn"
        with pytest.warns(UserWarning, match="test_literals"):
            T.dvector("x")

    def test_debugger(self, monkeypatch):
        called = []
        monkeypatch.setattr("sys.breakpointhook", lambda: called.append(1))
        config.warn_float64 = "pdb"
        T.dvector()
        assert called == [1]


@pytest.mark.parametrize("rule", RECORDED["preferences"])
def test_dtype_rules_for_ops_of_users(rule):
    """Held against Theano 1.0.5."""
    for operands, expected in RECORDED["preferences"][rule].items():
        kinds = [scalar.get_scalar_type(dtype) for dtype in operands.split()]
        if expected == "TypeError":
            with pytest.raises(TypeError):
                getattr(rules, rule)(*kinds)
        else:
            assert getattr(rules, rule)(*kinds)[0].dtype == expected, operands


def test_dtype_rules_that_are_made():
    one, two = scalar.int8, scalar.float32
    assert rules.specific_out(two, one)(one) == (two, one)
    assert rules.transfer_type(1, 0, None)(one, two) == (two, one, two)
    lookup = rules.unary_out_lookup({one: two, two: (one, one)})
    assert lookup(one) == (two,)
    assert lookup(two) == (one, one)
    with check_raises(TypeError, "does not take this type", "int8, float32"):
        lookup(scalar.bool)
    assert rules.transfer_type(0) == rules.transfer_type(0)
    assert rules.transfer_type(0) != rules.transfer_type(1)
    assert hash(rules.specific_out(one)) == hash(rules.specific_out(one))
