"""Methods and protocols of symbolic tensors that are not those of one op."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano
import theano.tensor as T
from theano import config, function
from theano.tensor import inplace, utils
from theano.tensor.elemwise import All, CAReduce, Prod, Sum
from theano.tensor.ops.elementwise import FUNCTIONS
from theano.tensor.xlogx import xlogx, xlogy0

METHODS = (
    *("arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "ceil", "cos", "cosh"),
    *("deg2rad", "exp", "exp2", "expm1", "floor", "log", "log10", "log1p", "log2", "rad2deg"),
    *("sin", "sinh", "sqrt", "tan", "tanh", "trunc", "conj"),
)


@pytest.mark.parametrize("name", METHODS)
def test_elementwise_methods(name):
    x = T.dvector("x")
    assert getattr(x, name)().owner.op == getattr(T, name)
    if hasattr(np, name):
        # NumPy asks an object for a method of that name.
        assert getattr(np, name)(x).owner.op == getattr(T, name)


class TestNorm:
    @pytest.mark.parametrize("order", [1, 2, 3, 0.5])
    @pytest.mark.parametrize("axis", [None, 0, (0, 1)], ids=str)
    def test_values(self, order, axis, rng):
        x = rng.normal(size=(2, 3)) + 3
        expected = (np.abs(x) ** order).sum(axis) ** (1 / order)
        check_op(lambda x: x.norm(order, axis=axis), [x], expected)

    def test_keepdims(self, rng):
        x = rng.normal(size=(2, 3))
        expected = np.linalg.norm(x, axis=1, keepdims=True)
        check_value(lambda x: x.norm(2, axis=1, keepdims=True), [x], expected)
        assert T.dmatrix().norm(2, axis=1, keepdims=True).broadcastable == (False, True)

    @pytest.mark.parametrize("order", [0, np.inf, -np.inf])
    def test_orders_that_are_no_powers(self, order):
        with check_raises(NotImplementedError, "finite orders"):
            T.dvector().norm(order)


def test_transfer_leaves_it_where_it_is():
    x = T.dvector()
    assert x.transfer("cpu") is x


class TestConstantsAreKept:
    @pytest.mark.parametrize("value", [1, -10, 1.5, 0.0, np.float32(1), np.int64(3), [1], [[2.0]]])
    def test_small_numbers_are_one_object(self, value):
        assert T.constant(value) is T.constant(value)
        assert T.as_tensor_variable(value) is T.constant(value)

    @pytest.mark.parametrize("value", [11, -11, 300, [1, 2], 1j, np.bool_(True)])
    def test_others_are_not(self, value):
        assert T.constant(value) is not T.constant(value)
        assert T.constant(value).equals(T.constant(value))

    def test_what_tells_them_apart(self):
        assert T.constant(1) is not T.constant(1, dtype="int16")
        assert T.constant(1) is not T.constant([1])
        assert T.constant(0.0) is not T.constant(-0.0)
        one = T.constant(1, name="one")
        assert one.name == "one"
        assert one is not T.constant(1)
        assert T.constant(1).name is None

    def test_values_that_python_converts(self):
        assert T.constant(True).dtype == "int8"
        assert T.constant(300, dtype="int8").data == 44
        with check_raises(T.AsTensorError, "boolean"):
            T.as_tensor_variable(True)


class TestInplaceNames:
    def test_every_function_has_one(self):
        assert {f"{name}_inplace" for name in FUNCTIONS} < set(inplace.__all__)
        assert str(inplace.exp_inplace) == "exp_inplace"
        assert str(inplace.fill_inplace) == "second_inplace"
        assert inplace.inv_inplace.scalar_op is theano.scalar.reciprocal

    def test_values(self, rng):
        x, y = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
        check_op(inplace.add_inplace, [x, y], x + y)
        check_value(inplace.transpose_inplace, [x], x.T)
        check_value(inplace.inv_inplace, [x], 1 / x)
        check_value(inplace.fill_inplace, [x, np.float64(2)], np.full((2, 3), 2.0))

    def test_the_first_argument_gives_the_type(self):
        assert inplace.add_inplace(T.fvector(), T.dvector()).type == T.fvector
        assert inplace.sqrt_inplace(T.lvector()).type == T.lvector
        with check_raises(ValueError, "another shape than its first argument", "use add"):
            inplace.add_inplace(T.drow(), T.dmatrix())

    def test_no_argument_is_overwritten(self):
        x = np.ones(3)
        run = function([v := T.dvector()], inplace.add_inplace(v, 1))
        np.testing.assert_array_equal(run(x), [2, 2, 2])
        np.testing.assert_array_equal(x, [1, 1, 1])


class TestEntropies:
    def test_x_log_x(self):
        x = np.array([0.3, 1.0, 2.5])
        check_op(xlogx, [x], x * np.log(x))
        check_value(xlogx, [np.array([0.0, 1.0])], [0.0, 0.0])
        assert xlogx(T.lvector()).dtype == "float64"

    def test_x_log_y(self):
        x, y = np.array([0.3, 1.0, -2.5]), np.array([2.0, 0.5, 3.0])
        check_op(xlogy0, [x, y], x * np.log(y))
        check_value(xlogy0, [np.array([0.0, 0.0]), np.array([0.0, np.nan])], [0.0, 0.0])
        v, w = T.dvectors("vw")
        g = function([v, w], T.grad(xlogy0(v, w).sum(), w))
        np.testing.assert_array_equal(g([0.0, 2.0], [0.0, 4.0]), [0.0, 0.5])


class TestReductionsByName:
    @pytest.mark.parametrize(
        ("op", "expected"),
        [
            ("add", lambda x, axis: x.sum(axis)),
            ("mul", lambda x, axis: x.prod(axis)),
            ("maximum", lambda x, axis: x.max(axis)),
            ("minimum", lambda x, axis: x.min(axis)),
            ("and_", lambda x, axis: np.bitwise_and.reduce(x, axis)),
            ("or_", lambda x, axis: np.bitwise_or.reduce(x, axis)),
            ("xor", lambda x, axis: np.bitwise_xor.reduce(x, axis)),
        ],
    )
    @pytest.mark.parametrize("axis", [0, 1, None])
    def test_of_any_op(self, op, expected, axis, rng):
        scalar_op = getattr(theano.scalar, op)
        reduced = T.CAReduce(scalar_op, axis)
        x = rng.integers(1, 4, size=(2, 3))
        want = expected(x, axis) if axis is not None else expected(x.ravel(), 0)
        skip = ["gradient", "R_op"]
        check_op(reduced, [x], want, skip=skip)
        check_value(reduced, [x.astype("uint8")], want.astype("uint8"))
        assert str(reduced) == f"Reduce{{{op}}}" + ("" if axis is None else f"{{{axis}}}")

    def test_dtypes(self, rng):
        x = T.bvector()
        assert T.CAReduce(theano.scalar.add)(x).dtype == "int8"
        by_sum = T.CAReduceDtype(theano.scalar.add)
        assert by_sum(x).dtype == "int64"
        assert T.CAReduceDtype(theano.scalar.add, dtype="float32")(x).dtype == "float32"
        check_value(by_sum, [np.full(300, 100, "int8")], np.int64(30000))

    @pytest.mark.parametrize("dtype", ["float32", "int8", "bool"])
    def test_products_without_zeros(self, dtype, rng):
        x = rng.integers(0, 3, size=(3, 4)).astype(dtype)
        result = {"float32": "float32"}.get(dtype, "int64")
        for axis in (None, 0, [1]):
            want = np.where(x == 0, 1, x).prod(axis if axis != [1] else 1, dtype=result)
            check_value(T.elemwise.ProdWithoutZeros(axis), [x], want)
        want = np.where(x[0] == 0, x[1], np.where(x[1] == 0, x[0], x[0] * x[1]))
        check_value(T.Elemwise(T.elemwise.mul_without_zeros), [x[0], x[1]], want)
        v = T.dvector()
        with check_raises(TypeError, "product without zeros"):
            T.grad(T.elemwise.ProdWithoutZeros()(v), v)

    def test_of_nothing(self):
        check_value(T.CAReduce(theano.scalar.add, 0), [np.zeros((0, 2))], [0.0, 0.0])
        check_op_raises(
            T.CAReduce(theano.scalar.maximum), [np.zeros(0)], ValueError, "of no elements"
        )
        with check_raises(NotImplementedError, "order of elements"):
            T.CAReduce(theano.scalar.sub)

    def test_classes_that_programs_look_for(self):
        x = T.dmatrix()
        for op, made in ((Sum, x.sum(0)), (Prod, x.prod(0)), (All, x.all(0))):
            assert isinstance(made.owner.op, op)
            assert isinstance(made.owner.op, CAReduce)
            assert op(0)(x).type == made.type
            assert op(0) == made.owner.op

    @pytest.mark.parametrize("axis", [None, 0, [1], (0, 1)], ids=str)
    def test_max_and_argmax(self, axis, rng):
        x = rng.permuted(np.arange(6.0)).reshape(2, 3)
        largest, place = T.max_and_argmax(T.dmatrix(), axis)
        got = T.MaxAndArgmax(axis)(T.dmatrix())
        assert [v.type for v in got] == [largest.type, place.type]
        lone = axis[0] if isinstance(axis, list) else axis if isinstance(axis, int) else None
        check_op(T.MaxAndArgmax(axis), [x], [x.max(lone), x.argmax(lone)])


class TestUtils:
    def test_shapes_of_a_whole_graph(self):
        x, y = T.dmatrix("x"), T.dvector("y")
        z = (x + y).sum(0) * 2
        graph = theano.FunctionGraph([x, y], [z], clone=False)
        shapes = utils.shape_of_variables(graph, {x: (3, 4), y: (4,)})
        assert shapes[z] == (4,)
        assert shapes[z.owner.inputs[0]] == (4,)
        assert shapes[x] == (3, 4)
        with check_raises(ValueError, "shapes of y are missing"):
            utils.shape_of_variables(graph, {x: (3, 4)})

    def test_digests(self):
        digest = utils.hash_from_ndarray
        x = np.arange(6.0)
        assert digest(x) == digest(x.copy())
        others = [x + 1, x.reshape(2, 3), x.astype("float32"), x[::-1]]
        assert len({digest(v) for v in [x, *others]}) == 5
        assert digest(x[::-1]) == digest(x[::-1].copy())

    def test_axes_put_back(self):
        x = T.dmatrix()
        assert T.basic.makeKeepDims(x, x.sum(0), 0).broadcastable == (True, False)


def test_floatX_can_change():
    for floatX in ("float16", "float32", "float64"):
        config.floatX = floatX
        assert T.matrix().dtype == floatX
        assert T.TensorType("floatX", ()).dtype == floatX
        assert T.cast(T.ivector(), "floatX").dtype == floatX


def test_blocks_and_nested_lists(rng):
    x, y = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    check_op(T.horizontal_stack, [x, y], np.hstack([x, y]))
    check_op(T.vertical_stack, [x, y], np.vstack([x, y]))
    nested = check_op(lambda a, b: T.stacklists([[a, b], [b, 1]]), [np.float64(2), np.float64(3)])
    np.testing.assert_array_equal(nested[0], [[2, 3], [3, 1]])
    with check_raises(ValueError, "two matrices or more"):
        T.horizontal_stack(T.dmatrix())
    with check_raises(ValueError, "takes matrices"):
        T.vertical_stack(T.dvector(), T.dvector())
