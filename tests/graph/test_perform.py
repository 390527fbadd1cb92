"""How nodes are run on the host: values, memory, params, thunks, and ops that cannot be run."""

from __future__ import annotations

import copy
import pickle
import threading
import time

import numpy as np
import pytest
from jax import numpy as jnp
from tests.checks import check_raises

import theano
import theano.tensor as T
from theano import Apply, Mode, Op, Type, function, shared
from theano.errors import MethodNotDefined
from theano.gof import COp, EnumList, OpenMPOp, Params, ParamsType

MODES = pytest.mark.parametrize("mode", [Mode(linker="py"), None], ids=["host", "compiled"])


class Plain(Op):
    """An op with no more than ``make_node``."""

    def make_node(self, x):
        x = T.as_tensor_variable(x)
        return Apply(self, [x], [x.type()])


# What perform gives


class Store(Plain):
    """Sets its output to a given thing, of a given type."""

    def __init__(self, value, kind):
        self.value, self.kind = value, kind

    def make_node(self, x):
        return Apply(self, [x], [self.kind()])

    def perform(self, node, inputs, output_storage):
        if self.value is not Ellipsis:
            output_storage[0][0] = self.value


VALUES = [
    (1.5, T.dscalar, 1.5),
    (3, T.dscalar, 3.0),
    (True, T.dscalar, 1.0),
    (np.float64(1.5), T.dscalar, 1.5),
    (np.float32(1.5), T.dscalar, 1.5),
    (0.1, T.fscalar, 0.1),
    (np.float64(0.1), T.fscalar, 0.1),
    ([1.0, 2.0], T.dvector, [1, 2]),
    ((1, 2), T.dvector, [1, 2]),
    (np.arange(3), T.dvector, [0, 1, 2]),
    (np.arange(3, dtype="float32"), T.dvector, [0, 1, 2]),
]
FAULTS = [
    (np.arange(3.0), T.fvector, "ndarray of dtype float64, shape (3,)"),
    (np.float64(1.5), T.lscalar, "float64 of dtype float64, shape ()"),
    (np.arange(3.0), T.lvector, "ndarray of dtype float64, shape (3,)"),
    (np.ones((2, 2)), T.dvector, "shape (2, 2)"),
    (np.ones(1), T.dscalar, "shape (1,)"),
    (np.ones((2, 2)), T.drow, "shape (2, 2)"),
    ("abc", T.dscalar, "'abc' (str)"),
    (1 + 2j, T.dscalar, "(complex)"),
    ([[1.0], [2.0, 3.0]], T.dmatrix, "(list)"),
]


def test_values_that_are_converted():
    x = T.dvector()
    outputs = [Store(value, kind)(x) for value, kind, _ in VALUES]
    results = function([x], [*outputs, *(z * 2 for z in outputs)])(np.ones(2))
    for i, (result, (value, kind, expected)) in enumerate(zip(results, VALUES, strict=False)):
        case = f"{value!r} as {kind}"
        assert type(result) is np.ndarray, case
        assert result.dtype == kind.dtype, case
        np.testing.assert_array_equal(result, np.asarray(expected, kind.dtype), case)
        np.testing.assert_array_equal(results[len(VALUES) + i], 2 * result, case)


@MODES
def test_values_that_do_not_fit(mode):
    x = T.dvector()
    for value, kind, described in FAULTS:
        f = function([x], Store(value, kind)(x), mode=mode)
        with check_raises(TypeError, "perform() of Store", "output 0", str(kind), described):
            f(np.ones(2))
    f = function([x], Store(..., T.dscalar)(x), mode=mode)
    with check_raises(TypeError, "perform() of Store set no value for output 0", "output_storage"):
        f(np.ones(2))


@MODES
def test_the_error_of_perform_names_the_node(mode):
    class Fails(Plain):
        def perform(self, node, inputs, output_storage):
            raise RuntimeError("out of luck")

    x = T.dvector()
    w = shared(1.0)
    f = function([x], Fails()(x), updates=[(w, w + 1)], mode=mode)  # the line to blame
    with pytest.raises(RuntimeError, match="out of luck") as caught:
        f(np.ones(2))
    (note,) = caught.value.__notes__
    assert note.startswith("in Fails, created at test_perform.py")
    assert "the line to blame" in note
    assert w.get_value() == 1


def test_memory_that_perform_keeps():
    class Kept(Plain):
        def perform(self, node, inputs, output_storage):
            if not hasattr(self, "memory"):
                self.memory = np.empty_like(inputs[0])
            np.multiply(inputs[0], 2, out=self.memory)
            output_storage[0][0] = self.memory

    class Reused(Plain):
        def perform(self, node, inputs, output_storage):
            (z,) = output_storage
            if z[0] is None or z[0].shape != inputs[0].shape:
                z[0] = np.zeros_like(inputs[0])
            z[0] += inputs[0]

    x = T.dvector()
    f = function([x], [Kept()(x), T.exp(Kept()(x)), Reused()(x)])
    first = f(np.ones(2))
    second = f(np.full(2, 5.0))
    np.testing.assert_array_equal(first[0], [2, 2])
    np.testing.assert_allclose(first[1], np.exp([2, 2]))
    np.testing.assert_array_equal(first[2], [1, 1])
    np.testing.assert_array_equal(second[2], [5, 5])


# Memory


class Overwrite(Plain):
    """Doubles its input in place, and returns it."""

    destroy_map = {0: [0]}  # noqa: RUF012

    def perform(self, node, inputs, output_storage):
        inputs[0][...] *= 2
        output_storage[0][0] = inputs[0]


@MODES
def test_what_an_op_overwrites_is_a_copy(mode):
    x = T.dvector("x")
    given, state = np.ones(2), shared(np.ones(2))
    constant = T.constant(np.ones(2))
    op = Overwrite()
    op.do_constant_folding = lambda node: False
    twice = T.exp(x)
    f = function(
        [x], [op(x), op(state), op(constant), x + 0, op(twice), twice, op(op(x))], mode=mode
    )
    for _ in range(2):
        results = f(given)
        np.testing.assert_array_equal(results[:4], [[2, 2], [2, 2], [2, 2], [1, 1]])
        np.testing.assert_allclose(results[4], 2 * results[5])
        np.testing.assert_array_equal(results[6], [4, 4])
    np.testing.assert_array_equal(given, [1, 1])
    np.testing.assert_array_equal(state.get_value(), [1, 1])
    np.testing.assert_array_equal(constant.data, [1, 1])


@MODES
def test_a_view_is_never_seen(mode):
    class Tail(Plain):
        view_map = {0: [0]}  # noqa: RUF012

        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = inputs[0][1:]

    x = T.dvector("x")
    given, state = np.ones(3), shared(np.ones(3))
    constant = T.constant(np.ones(3))
    f = function([x], [Tail()(x), Tail()(state), Tail()(constant)], mode=mode)
    for result in f(given):
        result[:] = 7
    np.testing.assert_array_equal(given, 1)
    np.testing.assert_array_equal(state.get_value(), 1)
    np.testing.assert_array_equal(constant.data, 1)
    update = function([x], [], updates=[(state, Tail()(x))], mode=mode)
    update(given)
    given[:] = 9
    np.testing.assert_array_equal(state.get_value(), [1, 1])


# Params


class Shifted(Plain):
    __props__ = ("by",)
    params_type = ParamsType(by=theano.scalar.Scalar("int32"))

    def __init__(self, by):
        self.by = by

    def perform(self, node, inputs, output_storage, params):
        assert type(params.by) is np.int32
        output_storage[0][0] = inputs[0] + params.by


@MODES
def test_params(mode):
    class Own(Plain):
        def get_params(self, node):
            return node.inputs[0].type.dtype

        def perform(self, node, inputs, output_storage, params):
            assert params == "float64"
            output_storage[0][0] = inputs[0] * 2

    x = T.dvector()
    results = function([x], [Shifted(3)(x), Own()(x)], mode=mode)(np.ones(2))
    np.testing.assert_array_equal(results, [[4, 4], [2, 2]])


def test_params_that_are_missing():
    op = Shifted(3)
    node = op(T.dvector()).owner
    assert node.params_type == Shifted.params_type
    assert node.run_params() == Params(Shifted.params_type, by=np.int32(3))
    del op.by
    with check_raises(AttributeError, "Shifted", "no attribute by"):
        node.run_params()
    assert type(Plain()(T.dvector()).owner.run_params()) is object


def test_params_types():
    kind = ParamsType(a=theano.scalar.Scalar("int32"), b=T.dmatrix)
    assert (kind.fields, kind.types, kind.length) == (("a", "b"), (kind.types[0], T.dmatrix), 2)
    assert kind.has_type(T.dmatrix)
    assert kind.get_type("b") == T.dmatrix
    assert kind.get_field(T.dmatrix) == "b"
    params = kind.get_params(object(), a=7.5, b=[[1, 2]])
    assert params == kind.get_params(a=7, b=[[1.0, 2.0]])
    assert hash(params) == hash(kind.get_params(a=7, b=[[1.0, 2.0]]))
    assert params != kind.get_params(a=8, b=[[1.0, 2.0]])
    assert params["a"] == params.a == 7
    assert repr(params) == "Params(a:int32:7, b:ndarray:[[1. 2.]])"
    assert kind.filter(params, strict=True) == params
    assert kind.extended(c=T.dscalar).fields == ("a", "b", "c")
    for back in (pickle.loads(pickle.dumps(params)), copy.deepcopy(params)):
        assert back == params
    assert str(kind).startswith("ParamsType<a:int32, b:")
    for error, text, make in (
        (ValueError, "at least one", lambda: ParamsType()),
        (TypeError, "'a'", lambda: ParamsType(a=3)),
        (KeyError, "b", lambda: kind.get_params(a=1)),
        (TypeError, "fields b", lambda: Params(kind, a=1)),
        (AttributeError, "'zz'", lambda: params.zz),
        (NotImplementedError, "changed", lambda: setattr(params, "a", 1)),
        (TypeError, "expected Params", lambda: kind.filter(3)),
        (ValueError, "", lambda: kind.get_type("z")),
    ):
        with check_raises(error, text):
            make()


def test_params_of_named_constants():
    first = EnumList("A", ("B", "beta"), "C")
    kind = ParamsType(n=theano.scalar.int32, first=first, second=EnumList(("D", "delta"), "E"))
    assert [kind.get_enum(name) for name in "ABCDE"] == [0, 1, 2, 0, 1]
    assert [kind.enum_from_alias(name) for name in ("beta", "delta", "C")] == [1, 0, 2]
    assert kind.E == 1
    assert ParamsType(a=first, b=first).get_enum("C") == 2
    assert pickle.loads(pickle.dumps(kind)).B == copy.copy(kind).B == 1
    for error, text, make in (
        (KeyError, "beta", lambda: kind.get_enum("beta")),
        (KeyError, "zz", lambda: kind.enum_from_alias("zz")),
        (AttributeError, "'Z'", lambda: kind.Z),
        (
            AttributeError,
            "values of one name: A",
            lambda: ParamsType(a=first, b=EnumList("A", "D")),
        ),
        (AttributeError, "beta", lambda: ParamsType(a=first, b=EnumList(("D", "beta")))),
    ):
        with check_raises(error, text):
            make()


# Thunks


class Thunked(Plain):
    """Runs by a thunk of its own, and counts."""

    def __init__(self):
        self.made = self.prepared = 0

    def prepare_node(self, node, storage_map, compute_map, impl):
        self.prepared += 1

    def make_thunk(self, node, storage_map, compute_map, no_recycling, impl=None):
        self.made += 1
        inputs = [storage_map[v] for v in node.inputs]
        outputs = [storage_map[v] for v in node.outputs]

        def thunk():
            outputs[0][0] = inputs[0][0] * 2
            compute_map[node.outputs[0]][0] = True

        thunk.inputs, thunk.outputs, thunk.lazy = inputs, outputs, False
        return thunk


class Prepared(Plain):
    def prepare_node(self, node, storage_map, compute_map, impl):
        self.prepared = impl

    def perform(self, node, inputs, output_storage):
        assert self.prepared == "py"
        output_storage[0][0] = 3 * inputs[0]


@MODES
def test_ops_that_make_their_own_thunks(mode):
    op, ready = Thunked(), Prepared()
    x = T.dvector()
    f = function([x], [op(x) + 1, ready(x), op(T.constant(np.ones(2)))], mode=mode)
    made = op.made
    for value in (1.0, 2.0):
        results = f(np.full(2, value))
        np.testing.assert_array_equal(results, [[2 * value + 1] * 2, [3 * value] * 2, [2, 2]])
    assert op.made <= made + 2
    assert op.prepared == 0
    node = f.maker.fgraph.outputs[1].owner
    assert copy.deepcopy(node).thunks == []


def test_a_thunk_in_an_old_form_that_sets_nothing():
    class Forgetful(Plain):
        def make_thunk(self, node, storage_map, compute_map, no_recycling):
            assert no_recycling == node.outputs
            return lambda: None

    x = T.dvector()
    f = function([x], Forgetful()(x), mode="FAST_RUN")
    for _ in range(2):
        with check_raises(TypeError, "Forgetful", "set no value for output 0"):
            f(np.ones(2))


def test_a_thunk_that_calls_its_own_function():
    class Deeper(Plain):
        def make_thunk(self, node, storage_map, compute_map, no_recycling, impl=None):
            (x,), (z,) = ([storage_map[v] for v in vs] for vs in (node.inputs, node.outputs))

            def thunk():
                n = x[0]
                z[0] = n + (f(n - 1) if n > 0 else 0)

            return thunk

    x = T.dscalar()
    f = function([x], Deeper()(x))
    assert f(4) == 10


def test_threads_do_not_share_a_thunk():
    class Slow(Plain):
        def make_thunk(self, node, storage_map, compute_map, no_recycling, impl=None):
            (x,), (z,) = ([storage_map[v] for v in vs] for vs in (node.inputs, node.outputs))

            def thunk():
                before = x[0]
                time.sleep(0.01)
                z[0] = before + x[0]

            return thunk

    x = T.dscalar()
    f = function([x], Slow()(x))
    f(0)
    results = {}
    threads = [
        threading.Thread(target=lambda i=i: results.update({i: float(f(i))})) for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {i: 2 * i for i in range(4)}


# Types of a user's own


class Exact(Type):
    """Python's own floats."""

    def filter(self, data, strict=False, allow_downcast=None):
        if strict and not isinstance(data, float):
            raise TypeError("not a float")
        return float(data)

    def __eq__(self, other):
        return type(self) is type(other)

    def __hash__(self):
        return hash(type(self))


class Product(Op):
    __props__ = ()

    def make_node(self, *numbers):
        return Apply(self, [Exact().filter_variable(n) for n in numbers], [Exact()()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0] * inputs[1]


@MODES
def test_types_of_a_users_own(mode):
    a, b = Exact()("a"), Exact()("b")
    f = function([a, b], [Product()(a, b), Product()(Product()(a, 2), 0.5)], mode=mode)
    assert f(10, 5.6) == [56.0, 10.0]
    assert type(f(10, 5.6)[0]) is float
    nothing = type("Nothing", (Type,), {})()
    assert nothing.value_validity_msg(1) == "none"
    with check_raises(MethodNotDefined, "Nothing has no filter()"):
        nothing.filter(1)

    class Named(theano.Variable):
        pass

    class WithVariable(Exact):
        Variable = Named

    assert type(WithVariable()("a")) is Named


# What an op lacks


class OnlyC(Plain):
    __props__ = ()

    def c_code(self, node, name, inputs, outputs, sub):
        return ""


class InFiles(COp):
    def __init__(self):
        super().__init__("code.c", "APPLY_SPECIFIC(f)")

    def make_node(self, x):
        return Apply(self, [x], [x.type()])


@MODES
def test_an_op_with_only_c_code(mode):
    x = T.dvector()
    for op in (OnlyC(), InFiles()):
        z = op(x)  # the line to blame
        texts = [type(op).__name__, "C code", "the line to blame", "perform(", "lower(", "as_op"]
        with check_raises(MethodNotDefined, *texts):
            function([x], z, mode=mode)(np.ones(2))
    with check_raises(MethodNotDefined, "Plain has no perform()"):
        function([x], Plain()(x), mode=mode)(np.ones(2))


def test_bases_of_ops_with_c_code():
    assert issubclass(theano.gof.op.PureOp, Op)
    assert theano.OpenMPOp is OpenMPOp
    assert OpenMPOp().openmp is False
    assert OpenMPOp(openmp=True).openmp is True
    assert COp(["a.c", "b.c"]).func_files == ["a.c", "b.c"]
    assert issubclass(type("Both", (theano.gof.op.PureOp, theano.gof.op.CLinkerOp), {}), Op)


class OnlyLowered(Plain):
    __props__ = ()

    def lower(self, ctx, x):
        ctx.check(jnp.all(x >= 0), 5, lambda number: ValueError(f"negative, {number}"))
        return x * jnp.asarray(2, x.dtype)

    def infer_shape(self, node, shapes):
        return shapes


@MODES
def test_an_op_with_only_a_lowering(mode):
    op = OnlyLowered()
    x = T.dvector()
    length = op(x.shape[0])
    f = function([x], [op(x), op(T.constant([1.0, 2.0])) * x, length, T.ones(length)], mode=mode)
    expected = [[2, 2], [2, 4], 4, [1, 1, 1, 1]]
    for result, value in zip(f(np.ones(2)), expected, strict=True):
        np.testing.assert_array_equal(result, value)
    with check_raises(ValueError, "negative, 5"):
        f(-np.ones(2))
