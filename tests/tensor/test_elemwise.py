"""Broadcasting, DimShuffle, Rebroadcast, and the ways from values to tensors."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from tests.checks import FacetError, check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import Apply, Op, config, function, scalar
from theano.scalar import ALL_DTYPES
from theano.tensor.elemwise import DimShuffle, Elemwise
from theano.tensor.rebroadcast import Rebroadcast


def tensor_type(dtype, *pattern):
    return T.TensorType(dtype, pattern)


class TestBroadcasting:
    def test_lower_ranks_get_leading_dimensions(self, rng):
        x, y, z = rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal()
        check_op(lambda x, y, z: x * y + z, [x, y, z], x * y + z)

    def test_rows_and_columns(self, rng):
        row, column = rng.normal(size=(1, 3)), rng.normal(size=(2, 1))
        types = [T.drow, T.dcol]
        check_op(T.mul, [row, column], row * column, types=types)
        check_op(T.maximum, [row, column], np.maximum(row, column), types=types)

    def test_a_dimension_that_all_share_stays_broadcastable(self):
        x, y = T.drow(), T.drow()
        assert (x + y).broadcastable == (True, False)
        assert (x + T.dmatrix()).broadcastable == (False, False)
        assert (x + T.dscalar()).broadcastable == (True, False)
        assert (T.dscalar() + T.dscalar()).broadcastable == ()
        check_op(
            T.add, [np.ones((1, 2)), np.ones((1, 2))], np.full((1, 2), 2.0), types=[T.drow] * 2
        )

    def test_middle_dimensions(self, rng):
        x, y = rng.normal(size=(2, 1, 2)), rng.normal(size=(2, 3, 1))
        types = [
            tensor_type("float64", False, True, False),
            tensor_type("float64", *[False] * 2, True),
        ]
        check_op(T.sub, [x, y], x - y, types=types)

    @pytest.mark.parametrize("shape", [(0, 3), (2, 0), (0, 0)], ids=str)
    def test_empty_dimensions(self, shape):
        row = np.ones((1, shape[1]))
        check_op(T.add, [np.zeros(shape), row], np.zeros(shape), types=[None, T.drow])

    def test_a_broadcastable_dimension_meets_an_empty_one(self):
        check_op(T.mul, [np.ones((1, 2)), np.ones((0, 2))], np.ones((0, 2)), types=[T.drow, None])

    def test_numbers_and_arrays_as_operands(self):
        x = np.array([[1.0, 2.0], [3.0, 4.0]])
        check_op(lambda x: 2 * x - np.array([1.0, 2.0]), [x], 2 * x - np.array([1.0, 2.0]))
        check_op(lambda x: [1.0, 2.0] + x, [x], x + np.array([1.0, 2.0]))

    def test_the_same_variable_twice(self):
        x = np.array([1.5, -2.0])
        check_op(lambda x: x * x + x / x, [x], x * x + 1)

    @pytest.mark.parametrize("shapes", [((3,), (1,)), ((1,), (3,)), ((2, 3), (2, 1))], ids=str)
    def test_a_length_of_one_is_not_repeated_unless_declared(self, shapes):
        axis = len(shapes[0]) - 1
        check_op_raises(
            T.add,
            [np.ones(s) for s in shapes],
            ValueError,
            "Input dimension mis-match in add",
            f"input[0].shape[{axis}] = {shapes[0][axis]}, "
            f"input[1].shape[{axis}] = {shapes[1][axis]}",
            f"of shape {shapes[1]}",
            "addbroadcast",
        )

    def test_the_error_names_inputs_and_the_line(self):
        x, y = T.dmatrix("weights"), T.dvector("bias")
        total = x + y
        with check_raises(
            ValueError, "weights of shape (2, 3)", "test_elemwise.py", "total = x + y"
        ):
            function([x, y], total)(np.ones((2, 3)), np.ones(4))

    def test_three_operands(self):
        values = [np.ones(2), np.ones(2), np.ones(3)]
        check_op_raises(T.add, values, ValueError, "input[0].shape[0] = 2, input[2].shape[0] = 3")

    def test_gradients_are_summed_over_repeated_dimensions(self, rng):
        column, x = T.dcol(), T.dmatrix()
        g = T.grad((column * x).sum(), column)
        assert g.broadcastable == (False, True)
        value = rng.normal(size=(2, 3))
        run = function([column, x], g, on_unused_input="ignore")
        np.testing.assert_allclose(run(np.ones((2, 1)), value), value.sum(axis=1, keepdims=True))


class TestElemwiseOp:
    def test_equality_and_hash(self):
        assert Elemwise(scalar.add) == T.add
        assert hash(Elemwise(scalar.add)) == hash(T.add)
        assert Elemwise(scalar.add) != T.mul
        assert Elemwise(scalar.Cast("int8")) == Elemwise(scalar.Cast("int8"))
        assert Elemwise(scalar.Cast("int8")) != Elemwise(scalar.Cast("int16"))

    def test_text(self):
        assert str(T.add) == "Elemwise{add,no_inplace}"
        assert str(T.Elemwise(scalar.add)) == "Elemwise{add}"
        assert str(T.Elemwise(scalar.add, {0: 0})) == "Elemwise{add}[(0, 0)]"
        assert str(T.Elemwise(scalar.add, name="sum")) == "sum"

    def test_what_a_node_would_be(self):
        dtypes, patterns, inputs = T.add.get_output_info(T.DimShuffle, T.fvector(), T.drow())
        assert (dtypes, patterns) == (("float64",), [[True, False]])
        assert [x.broadcastable for x in inputs] == [(True, False), (True, False)]
        assert T.add.python_constant_folding((T.dscalar() + 1).owner)
        assert not T.add.python_constant_folding((T.dvector() + 1).owner)

    def test_it_survives_pickle(self):
        z = T.exp(T.fvector("x")) + 1
        copy = pickle.loads(pickle.dumps(z))
        assert copy.type == z.type
        assert copy.owner.op == z.owner.op

    def test_perform_gives_arrays_of_its_own(self):
        x = T.dvector()
        y = T.tensor_copy(x)
        value = np.ones(3)
        storage = [[None]]
        y.owner.op.perform(y.owner, [value], storage)
        assert not np.shares_memory(value, storage[0][0])

    def test_many_outputs(self):
        class SumAndDifference(scalar.ScalarOp):
            nin = nout = 2

            def output_dtypes(self, *dtypes):
                return (scalar.upcast(*dtypes),) * 2

            def impl(self, x, y):
                return x + y, x - y

            def lower(self, ctx, x, y):
                return x + y, x - y

            def L_op(self, inputs, outputs, output_grads):
                of_sum, of_difference = output_grads
                return [of_sum + of_difference, of_sum - of_difference]

        x, y = np.array([1.0, 2.0]), np.array([0.5, 5.0])
        check_op(Elemwise(SumAndDifference()), [x, y], [x + y, x - y])

    def test_a_lowering_of_the_wrong_dtype_is_caught(self):
        class Wrong(Op):
            __props__ = ()

            def make_node(self, x):
                return Apply(self, [x], [x.type()])

            def perform(self, node, inputs, output_storage):
                output_storage[0][0] = inputs[0] + 1

            def lower(self, ctx, x):
                return x + 1.5

            def infer_shape(self, node, shapes):
                return shapes

        with check_raises(FacetError, "value", "compiled"):
            check_value(Wrong(), [np.ones(2)])


class TestDimShuffle:
    @pytest.mark.parametrize(
        ("shape", "order"),
        [
            ((), ("x",)),
            ((), ("x", "x")),
            ((3,), ("x", 0)),
            ((3,), (0, "x")),
            ((2, 3), (1, 0)),
            ((2, 3), (-1, "x", -2)),
            ((2, 3, 2), (2, 0, 1)),
            ((2, 3, 2), ("x", 2, "x", 1, 0, "x")),
            ((0, 3), (1, "x", 0)),
        ],
        ids=str,
    )
    def test_values(self, shape, order, rng):
        x = rng.normal(size=shape)
        moved = np.transpose(x, [axis for axis in order if axis != "x"])
        expected = np.expand_dims(moved, [i for i, axis in enumerate(order) if axis == "x"])
        check_op(lambda x: x.dimshuffle(*order), [x], expected)

    def test_dropped_dimensions(self, rng):
        x = rng.normal(size=(1, 3))
        check_op(lambda x: x.dimshuffle(1), [x], x[0], types=[T.drow])
        x = rng.normal(size=(1, 3, 1))
        types = [tensor_type("float64", True, False, True)]
        check_op(lambda x: x.dimshuffle(1), [x], x[0, :, 0], types=types)
        check_op(lambda x: x.dimshuffle(1, "x"), [x], x[0], types=types)

    @pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float16", "complex64"])
    def test_dtypes_are_kept(self, dtype):
        x = np.array([[1, 0], [1, 1], [0, 1]]).astype(dtype)
        check_value(lambda x: x.dimshuffle(1, 0), [x], x.T)

    def test_patterns(self):
        x = tensor_type("float32", True, False)()
        assert x.dimshuffle(1, 0).broadcastable == (False, True)
        assert x.dimshuffle("x", 1).broadcastable == (True, False)
        assert x.dimshuffle([1, "x", 0]).broadcastable == (False, True, True)
        assert x.dimshuffle((1,)).broadcastable == (False,)

    def test_equality(self):
        assert DimShuffle([False], ["x", 0]) == DimShuffle((0,), ("x", -1))
        assert DimShuffle([False], ["x", 0]) != DimShuffle([False], [0, "x"])

    @pytest.mark.parametrize(
        ("order", "error", "text"),
        [
            ((0, 0), ValueError, "may not appear twice"),
            ((0, -2), ValueError, "may not appear twice"),
            ((0,), ValueError, "drops axis 1, which is not broadcastable"),
            ((0, 1, 2), ValueError, "axis 2 does not exist in a tensor of 2 dimensions"),
            ((0, 1, -3), ValueError, "axis -3 does not exist"),
            ((0, "y"), TypeError, "axis numbers and 'x', got 'y'"),
            ((0, 1.5), TypeError, "float"),
        ],
    )
    def test_what_is_refused(self, order, error, text):
        with check_raises(error, text):
            T.dmatrix().dimshuffle(*order)

    def test_a_pattern_that_promises_too_much_is_refused(self):
        with check_raises(TypeError, "dimshuffle was applied to a tensor of another pattern"):
            DimShuffle([True, False], [1])(T.dmatrix())


class TestRebroadcast:
    def test_more_is_known(self, rng):
        x = rng.normal(size=(1, 3))
        check_op(lambda x: T.addbroadcast(x, 0), [x], x)
        assert T.addbroadcast(T.dmatrix(), 0).broadcastable == (True, False)
        assert T.addbroadcast(T.dmatrix(), -1).broadcastable == (False, True)
        row, y = rng.normal(size=(1, 3)), rng.normal(size=(2, 3))
        check_op(lambda r, y: T.addbroadcast(r, 0) * y, [row, y], row * y)

    def test_less_is_known(self, rng):
        x = rng.normal(size=(1, 3))
        check_op(lambda x: T.unbroadcast(x, 0), [x], x, types=[T.drow])
        assert T.unbroadcast(T.drow(), -2).broadcastable == (False, False)

    def test_a_whole_pattern(self):
        assert T.patternbroadcast(T.drow(), (False, True)).broadcastable == (False, True)
        x = T.dmatrix()
        assert T.patternbroadcast(x, (False, False)) is x
        assert T.patternbroadcast(x, (True,)).broadcastable == (True, False)
        with check_raises(
            ValueError, "another number of dimensions", "2 flags", "(True, True, True)"
        ):
            T.patternbroadcast(x, (True,) * 3)
        assert T.unbroadcast(x, 0) is T.unbroadcast(x) is x

    def test_a_longer_dimension_is_an_error_when_it_runs(self):
        build = lambda x: T.addbroadcast(x, 0)  # noqa: E731
        check_op_raises(build, [np.ones((2, 3))], ValueError, "axis 0", "its length is 2")

    def test_axes_that_do_not_exist(self):
        for axis in (2, -3):
            with check_raises(ValueError, "does not exist in a tensor of 2"):
                T.addbroadcast(T.dmatrix(), axis)

    def test_equality(self):
        assert Rebroadcast((0, True), (1, False)) == Rebroadcast((1, False), (0, True))


ARRAYS_OF_FLOAT = np.array([1.5])


class TestFilter:
    """What an input of a given type takes, without and with ``allow_downcast``."""

    @pytest.mark.parametrize("floatX", ["float32", "float64"])
    @pytest.mark.parametrize(
        ("kind", "value", "by_default", "strictly_no_loss"),
        [
            (T.fvector, [1.5, 2], True, True),
            (T.fvector, [0.1], False, False),
            (T.fvector, [float("nan")], True, True),
            (T.fvector, ARRAYS_OF_FLOAT, False, False),
            (T.fvector, np.array([1], "int16"), True, True),
            (T.fvector, np.array([1], "int32"), False, False),
            (T.fvector, [True], True, True),
            (T.ivector, [1, 2], True, True),
            (T.ivector, [1.5], False, False),
            (T.ivector, np.array([1]), False, False),
            (T.bscalar, 127, True, True),
            (T.bscalar, 128, False, False),
            (T.bscalar, np.int64(3), True, True),
            (T.iscalar, 1.0, True, True),
            (T.iscalar, True, True, True),
            (T.iscalar, 2**40, False, False),
            (T.fscalar, 1.5, True, True),
            (T.fscalar, 0.1, "floatX", False),
            (T.fscalar, np.float64(0.1), False, False),
            (T.fscalar, 16777217, False, False),
            (T.dscalar, 0.1, True, True),
            (T.dvector, [], True, True),
            (T.zscalar, 1j, True, True),
            (T.cscalar, 1j, True, True),
            (T.dvector, np.array([1.5], ">f8"), True, True),
        ],
        ids=str,
    )
    def test_conversions(self, kind, value, by_default, strictly_no_loss, floatX):
        config.floatX = floatX
        if by_default == "floatX":
            by_default = floatX == "float32"
        for allow_downcast, accepted in [
            (None, by_default),
            (False, strictly_no_loss),
            (True, True),
        ]:
            if not accepted:
                with check_raises(TypeError, "losing precision", "allow_input_downcast=True"):
                    kind.filter(value, allow_downcast=allow_downcast)
                continue
            got = kind.filter(value, allow_downcast=allow_downcast)
            assert type(got) is np.ndarray
            assert got.dtype == np.dtype(kind.dtype)  # in this machine's byte order
            assert got.ndim == kind.ndim

    def test_strict_takes_arrays_of_the_very_dtype_only(self):
        assert T.dvector.filter(ARRAYS_OF_FLOAT, strict=True) is ARRAYS_OF_FLOAT
        for value in ([1.5], np.array([1.5], "float32"), np.array([1.5], ">f8"), 1.5):
            with check_raises(TypeError, "strict", "numpy.asarray(x, dtype='float64')"):
                T.dvector.filter(value, strict=True)

    def test_an_array_of_the_right_dtype_is_not_copied(self):
        assert T.dvector.filter(ARRAYS_OF_FLOAT) is ARRAYS_OF_FLOAT
        with_subclass = np.ones((2, 2)).view(np.matrix)
        assert type(T.dmatrix.filter(with_subclass)) is np.ndarray

    @pytest.mark.parametrize(
        ("kind", "value", "texts"),
        [
            (T.dscalar, [[1.0]], ["wrong number of dimensions", "shape (1, 1)"]),
            (T.dmatrix, [1.0], ["2 dimensions (TensorType(float64, matrix))", "1 dimensions"]),
            (T.drow, np.ones((2, 2)), ["longer than 1 along a broadcastable", "shape (2, 2)"]),
            (T.dvector, None, ["None (NoneType)"]),
            (T.dvector, [None], ["[None] (list)"]),
            (T.dvector, T.dvector("x"), ["symbolic variable", "`x`", "givens"]),
        ],
    )
    def test_what_is_refused(self, kind, value, texts):
        with check_raises(TypeError, *texts):
            kind.filter(value)

    def test_functions_filter_their_arguments(self):
        x = T.fvector("x")
        run = function([x], x + 1)
        assert run([1, 2]).dtype == "float32"
        with check_raises(TypeError, "Bad input argument", '"x"', "index 0", "float64"):
            run(np.array([1.0]))
        forgiving = function([x], x + 1, allow_input_downcast=True)
        np.testing.assert_allclose(forgiving(np.array([0.1])), [1.1], rtol=1e-6)


class TestTensorType:
    def test_equality(self):
        assert tensor_type("float32", False) == T.fvector
        assert hash(tensor_type("float32", False)) == hash(T.fvector)
        assert T.fvector != T.dvector
        assert T.frow != T.fmatrix
        assert T.TensorType("float32", [0, 1]) == T.fcol
        assert T.TensorType("floatX", ()) == T.TensorType(config.floatX, ())

    def test_dtypes_by_any_name(self):
        assert T.TensorType(np.float32, [False]) == T.fvector
        assert T.TensorType(float, [False]) == T.dvector
        with check_raises(TypeError, "unsupported dtype", "float80"):
            T.TensorType("float80", ())

    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            (T.fscalar, "TensorType(float32, scalar)"),
            (T.dcol, "TensorType(float64, col)"),
            (T.itensor3, "TensorType(int32, 3D)"),
            (tensor_type("int8", True, True), "TensorType(int8, (True, True))"),
        ],
    )
    def test_text(self, kind, text):
        assert str(kind) == repr(kind) == text

    def test_constructors_follow_floatX(self):
        for floatX in ("float32", "float64"):
            config.floatX = floatX
            assert T.matrix().dtype == floatX
        assert [v.name for v in T.ivectors("a", "b")] == ["a", "b"]
        assert [v.type for v in T.fmatrices(2)] == [T.fmatrix] * 2
        assert len(T.matrices(3)) == 3
        assert T.tensor("int8", (True, False), name="t").type == tensor_type("int8", True, False)
        assert T.vector(dtype="int16").dtype == "int16"

    def test_a_variable_of_a_more_special_type_stands_in(self):
        row = T.frow()
        assert T.fmatrix.filter_variable(row).type == T.fmatrix
        assert T.fmatrix.is_super(T.frow)
        assert not T.frow.is_super(T.fmatrix)
        with check_raises(TypeError, "cannot stand in"):
            T.frow.filter_variable(T.fmatrix())

    def test_equality_of_values(self):
        x = np.array([1.0, np.nan])
        assert T.dvector.values_eq(x, x.copy())
        assert T.dvector.values_eq_approx(x, x * (1 + 1e-13))
        assert not T.dvector.values_eq(x, x * (1 + 1e-13))
        assert not T.dvector.values_eq_approx(x, x * (1 + 1e-4))
        assert not T.dvector.values_eq_approx(x, x.astype("float32"))
        assert not T.dvector.values_eq_approx(x, x[None])


class TestAsTensorVariable:
    def test_a_variable_is_itself(self):
        x = T.dvector()
        assert T.as_tensor_variable(x) is x
        assert T.as_tensor_variable((x + 1).owner).type == T.dvector

    def test_lengths_of_one_are_broadcastable(self):
        assert T.as_tensor_variable(np.ones((1, 3))).broadcastable == (True, False)
        assert T.as_tensor_variable(1).broadcastable == ()

    def test_rank(self):
        assert T.as_tensor_variable([1, 2], ndim=2).type == T.lrow
        assert T.as_tensor_variable(T.dvector(), ndim=3).broadcastable == (True, True, False)
        assert T.as_tensor_variable(T.drow(), ndim=1).type == T.dvector
        with check_raises(ValueError, "cannot be made to have 1"):
            T.as_tensor_variable(T.dmatrix(), ndim=1)
        with check_raises(ValueError, "cannot have ndim=0"):
            T.constant([1, 2], ndim=0)

    def test_sequences_with_variables_are_stacked(self):
        n, x = T.iscalar(), T.dvector()
        assert T.as_tensor_variable([1, n]).type == T.ivector
        assert T.as_tensor_variable((x, x)).type == T.dmatrix
        with check_raises(T.AsTensorError, "tensors of one rank", "TensorType(float64, vector)"):
            T.as_tensor_variable([x, n])
        run = function([n], T.as_tensor_variable([[1, n], [n, 4]]))
        np.testing.assert_array_equal(run(7), [[1, 7], [7, 4]])

    def test_an_object_may_say_what_it_is(self):
        class Tensor:
            def _as_TensorVariable(self):
                return T.constant(3, name="three")

        assert T.as_tensor_variable(Tensor()).name == "three"
        assert (T.dscalar() + Tensor()).dtype == "float64"

    @pytest.mark.parametrize("value", ["a", None, object(), {1}, b"ab", [None], [[1], [1, 2]]])
    def test_what_is_refused(self, value):
        with check_raises(T.AsTensorError, "cannot be made a constant tensor"):
            T.as_tensor_variable(value)

    def test_booleans_of_python_are_refused(self):
        with check_raises(T.AsTensorError, "theano.tensor.eq(a, b)"):
            T.as_tensor_variable(T.dscalar() == T.dscalar())
        assert T.as_tensor_variable(np.array(True)).dtype == "bool"


class TestConstants:
    def test_they_do_not_follow_the_array_they_were_made_from(self):
        for make in (lambda v: v, lambda v: v.view(np.matrix), lambda v: v[:1]):
            value = np.ones((2, 2))
            constant = T.constant(make(value))
            value[:] = 5
            assert (constant.data == 1).all()

    def test_the_array_stays_writeable(self):
        value = np.ones(2)
        T.constant(value)
        T.TensorConstant(T.dvector, value)
        value[0] = 3

    def test_their_data_cannot_be_changed(self):
        with check_raises(ValueError, "read-only"):
            T.constant([1.0]).data[0] = 2

    def test_signatures(self):
        same = T.constant(1.0).signature() == T.constant(1.0).signature()
        assert same
        assert T.constant(0.0).signature() != T.constant(-0.0).signature()
        assert T.constant(1).signature() != T.constant(1.0).signature()
        assert T.constant([1, 2]).signature() != T.constant([[1, 2]]).signature()
        nan = T.constant(np.nan)
        assert nan.signature() == T.constant(np.nan).signature()

    def test_text(self):
        assert str(T.constant(2)) == "TensorConstant{2}"
        assert str(T.constant([1, 2])) == "TensorConstant{[1 2]}"
        assert str(T.constant(np.ones((2, 3)))) == "TensorConstant{(2, 3) of 1.0}"
        assert str(T.constant(np.arange(12.0).reshape(3, 4))) == (
            "TensorConstant{[[ 0.  1. .. 10. 11.]]}"
        )
        assert str(T.constant(2, name="two")) == "two"

    def test_dtype(self):
        assert T.constant(2, dtype="float64").dtype == "float64"
        assert T.constant([1, 2], dtype="floatX").dtype == config.floatX


class TestCasts:
    @pytest.mark.parametrize("source", [d for d in ALL_DTYPES if not d.startswith("complex")])
    def test_all_pairs(self, source):
        x = np.array([0, 1, 2, 5, 100]).astype(source)
        outputs = check_value(lambda x: [T.cast(x, d) for d in ALL_DTYPES], [x])
        for dtype, output in zip(ALL_DTYPES, outputs, strict=True):
            assert output.dtype == dtype
            np.testing.assert_array_equal(output, x.astype(dtype))

    def test_floats_are_truncated(self):
        x = np.array([-1.7, -0.5, 0.5, 1.7])
        check_value(lambda x: T.cast(x, "int8"), [x], np.array([-1, 0, 0, 1]))
        check_value(lambda x: T.cast(x, "bool"), [x], np.ones(4, bool))

    def test_integers_wrap(self):
        x = np.array([300, -1, 128])
        check_value(lambda x: [T.cast(x, "uint8"), T.cast(x, "int8")], [x])

    def test_gradients(self):
        x = np.array([0.5, -1.5])
        check_op(lambda x: T.cast(x, "float32"), [x], x)
        check_op(lambda x: T.cast(x, "complex128"), [x], x)
        check_op(lambda x: T.cast(x, "float64"), [x.astype("float32")], x)

    def test_complex_numbers(self):
        z = np.array([1 + 2j, -1j])
        check_op(lambda z: T.cast(z, "complex128"), [z.astype("complex64")], z)
        with check_raises(TypeError, "complex128", "float64", "real part"):
            T.cast(T.zvector(), "float64")

    def test_the_same_dtype_is_no_operation(self):
        x = T.fvector()
        assert T.cast(x, "float32") is x
        assert x.astype("float64").dtype == "float64"
        assert T.cast(x, "floatX").dtype == config.floatX


class TestFunctions:
    def test_fills(self):
        x = np.array([[1.0, 2.0, 3.0]])
        check_op(lambda x: T.fill(x, 5.0), [x], np.full((1, 3), 5.0), skip=["R_op", "gradient"])
        check_op(lambda x, y: T.second(x, y), [x, np.array(2.0)], np.full((1, 3), 2.0))
        values = check_value(lambda x: [T.zeros_like(x), T.ones_like(x, dtype="int8")], [x])
        assert [v.dtype.name for v in values] == ["float64", "int8"]

    def test_extrema_of_several(self):
        a, b, c = np.array([1.0, 5.0]), np.array([2.0, 4.0]), np.array([0.0, 9.0])
        check_value(T.largest, [a, b, c], [[2.0, 9.0]])
        check_value(T.smallest, [a, b, c], [[0.0, 4.0]])

    def test_rounding(self):
        x = np.array([-2.5, -1.5, -0.5, -0.4, 0.5, 1.5, 2.5])
        even = np.array([-2.0, -2.0, -0.0, -0.0, 0.0, 2.0, 2.0])
        check_value(T.round, [x], even)
        check_value(lambda x: x.round(), [x], even)
        away = np.array([-3.0, -2.0, -1.0, -0.0, 1.0, 2.0, 3.0])
        check_value(lambda x: T.round(x, "half_away_from_zero"), [x], away)
        (result,) = check_value(T.iround, [x], even)
        assert result.dtype == "int64"
        with check_raises(ValueError, "half_to_even", "'down'"):
            T.round(T.dvector(), mode="down")

    def test_half_away_from_zero_does_not_round_what_is_just_below_a_half(self):
        x = np.array([0.49999999999999994, -0.49999999999999994])
        check_value(T.round_half_away_from_zero, [x], np.array([0.0, -0.0]))

    def test_integer_division_rounded_up(self):
        x, y = np.array([7, 8, -7, 0]), np.array([4, 4, 4, 3])
        check_value(T.ceil_intdiv, [x, y], np.array([2, 2, -1, 0]))

    def test_quotient_and_remainder(self):
        x, y = np.array([7, -7]), np.array([4, 4])
        check_value(divmod, [x, y], [x // y, x % y])
        check_value(lambda x: list(divmod(9, x)), [x], [9 // x, 9 % x])

    def test_closeness(self):
        a = np.array([1, np.nan, np.inf, 1e-9, -np.inf, 1, np.inf, 1.0])
        b = np.array([1 + 1e-6, np.nan, np.inf, 0, np.inf, 1.1, 1, np.inf])
        check_value(T.isclose, [a, b], np.isclose(a, b))
        nan_too = lambda a, b: T.isclose(a, b, equal_nan=True)  # noqa: E731
        check_value(nan_too, [a, b], np.isclose(a, b, equal_nan=True))
        check_value(T.allclose, [a, b], np.array(False))
        check_value(lambda a: T.allclose(a, a, equal_nan=True), [a], np.array(True))
        check_value(T.isclose, [np.array([3, 5]), np.array([3, 4])], np.array([True, False]))


class TestOperators:
    def test_all_of_them(self):
        x, y = np.array([2.5, -3.0]), np.array([2.0, 0.5])
        expected = [x + y, x - y, x * y, x / y, x // y, x % y, y**x, -x, abs(x)]
        expected += [x < y, x <= y, x > y, x >= y, 1 + x, 1 - x, 2 * x, 1 / x, 2**x, 7 // x, 7 % x]

        def build(x, y):
            outputs = [x + y, x - y, x * y, x / y, x // y, x % y, y**x, -x, abs(x)]
            outputs += [x < y, x <= y, x > y, x >= y]
            return outputs + [1 + x, 1 - x, 2 * x, 1 / x, 2**x, 7 // x, 7 % x]

        check_value(build, [x, y], expected)

    def test_bits(self):
        x, y = np.array([6, -3]), np.array([3, 5])

        def build(x, y):
            return [x & y, x | y, x ^ y, ~x, 1 & x, 1 | x, 1 ^ x]

        check_value(build, [x, y], build(x, y))

    def test_rounding_by_python(self):
        x = np.array(2.7)
        check_value(lambda x: [math.floor(x), math.ceil(x), math.trunc(x)], [x], [2.0, 3.0, 2.0])

    def test_parts(self):
        z = np.array([1 + 2j, -3j])
        check_value(lambda z: [z.real, z.imag, z.conj()], [z], [z.real, z.imag, z.conj()])

    def test_arrays_on_the_left(self):
        x = T.dvector()
        assert isinstance(np.ones(3) + x, T.TensorVariable)
        assert isinstance(np.float64(2) * x, T.TensorVariable)
        assert isinstance(np.ones(3) < x, T.TensorVariable)

    @pytest.mark.parametrize("other", [None, "a", object()], ids=["None", "str", "object"])
    def test_operands_of_other_kinds(self, other):
        with check_raises(TypeError, "unsupported operand"):
            T.dvector() + other

    def test_another_class_may_take_over(self):
        class Other:
            def __radd__(self, left):
                return "taken"

        assert T.dvector() + Other() == "taken"

    def test_equality_is_identity(self):
        x, y = T.dvector(), T.dvector()
        assert x == x
        assert x != y
        assert len({x, y, x}) == 2

    def test_what_a_symbolic_tensor_is_not(self):
        x = T.dvector("x")
        assert bool(x)
        for comparison in (x > 0, x >= 0, x < 0, x <= 0, x > 0):
            with check_raises(TypeError, "no truth value", "switch"):
                bool(comparison)
        with check_raises(TypeError, "write (a < b) * (b < c)"):
            assert 0 < x < 1
        assert bool(T.gt(x, 0))
        with check_raises(TypeError, "no length yet", "x.shape[0]"):
            len(x)
        with check_raises(ValueError, "cannot be iterated over", "theano.scan"):
            list(x)
        with check_raises(TypeError, "cannot be iterated over", "theano.scan"):
            list(T.dmatrix())
