"""``Composite``: several scalar ops as one; and symbolic numbers in programs of their own."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from tests.checks import check_op, check_raises, check_value

import theano
import theano.tensor as T
from theano import config, scalar
from theano.scalar import Composite
from theano.tensor.elemwise import Elemwise

A, B = scalar.float64("a"), scalar.float64("b")
POLYNOMIAL = Composite([A, B], [A * B + scalar.exp(A), A - 2])


class TestComposite:
    def test_facets(self, rng):
        a, b = rng.normal(size=(2, 2, 3))
        check_op(Elemwise(POLYNOMIAL), [a, b], [a * b + np.exp(a), a - 2])

    def test_broadcasting(self, rng):
        a, b = rng.normal(size=(1, 3)), rng.normal(size=(2, 3))
        expected = [a * b + np.exp(a), np.broadcast_to(a - 2, (2, 3))]
        check_op(Elemwise(POLYNOMIAL), [a, b], expected, types=[T.drow, None])

    def test_one_output_and_one_input_twice(self):
        x = np.array([1.0, 2.0])
        square = Elemwise(Composite([A, B], [A * B]))
        check_op(lambda x: square(x, x), [x], x * x)

    def test_complex_numbers(self):
        z = scalar.complex128()
        op = Elemwise(Composite([z], [z * z + 1]))
        x = np.array([1 + 2j, -0.5j])
        check_op(op, [x], x * x + 1)

    def test_an_op_with_perform_alone_inside(self):
        class Half(scalar.UnaryScalarOp):
            def impl(self, x):
                return x / 2

        op = Elemwise(Composite([A], [Half()(A) + 1]))
        check_value(op, [np.array([1.0, 3.0])], [1.5, 2.5], compiled=False)

    def test_dtypes_follow_the_inputs(self):
        x, y = T.fvector(), T.bvector()
        assert [z.dtype for z in Elemwise(POLYNOMIAL)(x, y)] == ["float32", "float32"]
        a, b = np.array([1, 2], "float32"), np.array([3, 4], "int8")
        check_value(Elemwise(POLYNOMIAL), [a, b], [a * b + np.exp(a), a - 2], rtol=1e-6)

    def test_on_numbers(self):
        outputs = POLYNOMIAL(scalar.float32("p"), scalar.int8("q"))
        assert [z.type for z in outputs] == [scalar.float32, scalar.float32]
        one, two = POLYNOMIAL(1.0, 2.0)
        assert one.eval() == pytest.approx(2 + np.e)
        assert two.eval() == -1

    def test_text(self):
        assert str(POLYNOMIAL) == "Composite{((i0 * i1) + exp(i0)), (i0 - Constant{2})}"

    def test_composites_inside_are_taken_apart(self):
        inner = Composite([A, B], [A * B])
        outer = Composite([A, B], [inner(A + 1, B)])
        assert str(outer) == "Composite{((i0 + Constant{1}) * i1)}"
        assert outer == Composite([A, B], [(A + 1) * B])
        x = np.array([1.0, 2.0])
        check_value(Elemwise(outer), [x, x], (x + 1) * x)

    def test_equality(self):
        other = scalar.float64()
        assert Composite([A], [A + 1]) == Composite([other], [other + 1])
        assert hash(Composite([A], [A + 1])) == hash(Composite([other], [other + 1]))
        assert Composite([A], [A + 1]) != Composite([A], [A + 2])
        assert Composite([A], [A + 1]) != Composite([A], [A + np.int16(1)])
        assert Composite([A, B], [A - B]) != Composite([A, B], [B - A])

    def test_pickle(self):
        copy = pickle.loads(pickle.dumps(POLYNOMIAL))
        assert copy == POLYNOMIAL
        assert str(copy) == str(POLYNOMIAL)

    def test_what_is_refused(self):
        with check_raises(ValueError, "depend on what is no input", "`b`"):
            Composite([A], [A + B])
        with check_raises(TypeError, "symbolic numbers"):
            Composite([T.dscalar()], [A])
        with check_raises(TypeError, "made of scalar ops"):
            Composite([A], [T.scalar_from_tensor(T.tensor_from_scalar(A))])


class TestNumbers:
    def test_programs_of_numbers(self):
        a, i = scalar.float32("a"), scalar.int8("i")
        run = theano.function([a, i], [a + i, scalar.exp(a)])
        total, e = run(1, 2)
        assert (total.dtype, total) == ("float32", 3)
        assert e == pytest.approx(np.e)
        assert (a + 1).eval({a: 2}) == 3

    def test_to_tensors_and_back(self):
        a, x = scalar.float64("a"), T.dscalar("x")
        assert T.tensor_from_scalar(a).type == T.dscalar
        assert T.scalar_from_tensor(x).type == scalar.float64
        assert T.as_tensor_variable(a).type == T.dscalar
        assert scalar.as_scalar(x).type == scalar.float64
        y = T.dvector("y")
        run = theano.function([a, y], (y * T.as_tensor_variable(a)).sum())
        assert run(2.0, [1.0, 2.0]) == 6
        check_op(lambda x: T.tensor_from_scalar(T.scalar_from_tensor(x)), [np.array(2.0)], 2.0)
        with check_raises(TypeError, "0-d"):
            T.scalar_from_tensor(y)

    def test_as_scalar(self):
        a = scalar.float32("a")
        assert [scalar.as_scalar(v).dtype for v in (1, 1.5, np.float32(1), np.int64(3))] == [
            *("int8", "float32", "float32", "int64")
        ]
        assert scalar.as_scalar((a + 1).owner).dtype == "float32"
        assert scalar.as_scalar(2, "two").name == "two"
        for wrong in (T.dvector(), "a", [1, 2], None):
            with check_raises(TypeError, "a scalar op takes numbers"):
                scalar.as_scalar(wrong)

    def test_constants(self):
        assert scalar.constant(2).dtype == "int8"
        assert scalar.constant(2, dtype="float32").data == np.float32(2)
        assert scalar.constant(2.0, name="two").name == "two"
        assert scalar.convert(300).dtype == "int16"
        assert scalar.convert(2, dtype="floatX").dtype == config.floatX
        with check_raises(TypeError, "one number"):
            scalar.constant([1, 2])

    def test_variables(self):
        config.floatX = "float32"
        assert [(v.name, v.dtype) for v in scalar.floats("xy")] == [
            ("x", "float32"),
            ("y", "float32"),
        ]
        assert [v.dtype for v in scalar.ints(["n"])] == ["int64"]
        assert [v.dtype for v in scalar.complexs(2)] == ["complex128"] * 2
        assert scalar.float32("q").name == "q"

    def test_casts(self):
        i = scalar.int8("i")
        assert scalar.cast(i, "int8") is i
        assert scalar.cast(i, "float32").dtype == i.astype("float32").dtype == "float32"
        assert scalar.convert_to_int16(i).dtype == "int16"
        assert str(scalar.convert_to_int8) == "Cast{int8}"
        assert [v.dtype for v in scalar.as_common_dtype(i, scalar.float32())] == ["float32"] * 2
        with check_raises(TypeError, "real part"):
            scalar.cast(scalar.complex64(), "float32")
        assert i.zeros_like().dtype == "int8"
        assert i.ones_like().eval() == 1

    @pytest.mark.parametrize("path", ["theano.scalar", "theano.scalar.basic"])
    def test_old_names(self, path):
        old = __import__(path, fromlist=["AND"])
        assert isinstance(scalar.and_, old.AND)
        assert isinstance(scalar.reciprocal, old.Inv)
        assert isinstance(scalar.add, old.Add)
        assert old.inv is scalar.reciprocal
        assert old.Add(scalar.upcast_out, name="add") == scalar.add

    def test_a_number_and_its_type(self):
        assert scalar.int8.filter(3.7, allow_downcast=True) == 3
        with check_raises(TypeError, "300"):
            scalar.int8.filter(300)
        assert scalar.float32.dtype_specs()[0] is np.float32
        assert scalar.float32.get_size(scalar.float32.get_shape_info(np.float32(1))) == 4
        assert not scalar.float32.may_share_memory(1, 1)
        assert scalar.float32.upcast("int8") == "float32"
        assert scalar.float64.values_eq_approx(1.0, 1.0 + 1e-15)
        assert not scalar.float64.values_eq_approx(1.0, 1.1)
        assert not scalar.int8.values_eq_approx(1, 2)
