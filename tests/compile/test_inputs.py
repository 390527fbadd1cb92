"""How a function takes its arguments: by position, by name, by default, and converted."""

from __future__ import annotations

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano import In, UnusedInputError, config, function
from theano.errors import MissingInputError
from theano.shared_variable import Container

x, y = T.dscalar("x"), T.dscalar("y")
v = T.fvector("v")


@pytest.fixture(autouse=True)
def _float32():
    config.floatX = "float32"


@pytest.fixture(scope="module")
def difference():
    return function([x, y], x - y, name="difference")


@pytest.fixture(scope="module")
def with_default():
    return function([x, In(y, value=10.0, name="offset")], x - y)


@pytest.mark.parametrize(
    ("args", "kwargs"), [((5, 3), {}), ((5,), {"y": 3}), ((), {"y": 3, "x": 5})]
)
def test_by_position_and_by_name(difference, args, kwargs):
    assert difference(*args, **kwargs) == 2


@pytest.mark.parametrize(
    ("args", "kwargs", "text"),
    [
        ((), {}, "the function difference was called without a value for input 0.*`x`"),
        ((1,), {}, "without a value for input 1.*`y`.*created at test_inputs.py"),
        ((1, 2, 3), {}, "(?s)too many arguments.*at most 2.*got: +3"),
        ((1, 2), {"y": 3}, "'y' was given twice"),
        ((1, 2), {"q": 3}, "(?s)no input or shared variable 'q'.*'x', 'y'"),
    ],
)
def test_wrong_arguments(difference, args, kwargs, text):
    with pytest.raises(TypeError, match=f"(?s){text.removeprefix('(?s)')}"):
        difference(*args, **kwargs)


def test_a_default(with_default):
    assert with_default(1) == -9
    assert with_default(1, 4) == -3
    assert with_default(1, offset=4) == -3
    assert with_default(1) == -9
    with pytest.raises(TypeError, match="no input or shared variable 'y'"):
        with_default(1, y=3)


def test_an_input_behind_a_default_is_still_needed():
    f = function([In(x, value=1.0), y], x - y)
    assert f(y=3) == -2
    assert f(5, 3) == 2
    with pytest.raises(TypeError, match="without a value for input 1"):
        f(3)


def test_inputs_without_a_name_are_given_by_position():
    a, b = T.dscalar(), T.dscalar()
    assert function([a, b], a - b)(5, 3) == 2
    with pytest.raises(TypeError, match="no names"):
        function([a], a)(a=3)


def test_a_name_of_two_inputs_is_ambiguous():
    other = T.dscalar("x")
    f = function([x, other], x - other)
    assert f(5, 3) == 2
    for wrong in (lambda: f(5, x=3), lambda: f["x"], lambda: f.__setitem__("x", 3)):
        with pytest.raises(TypeError, match=r"several inputs or shared variables.*'x'"):
            wrong()
    assert "x" not in f
    assert other in f


def test_autoname_can_be_left_out():
    f = function([In(x, autoname=False)], x)
    with pytest.raises(TypeError, match="no input or shared variable 'x'"):
        f(x=1)


def test_an_expression_can_be_an_input():
    e = x * 2
    assert function([e], e + 1)(5) == 6


def test_no_inputs():
    s = theano.shared(3.0)
    assert function([], s)() == 3
    assert function(inputs=None, outputs=s)() == 3


@pytest.mark.parametrize("form", [[x, 5.0], [(x, x + 1), 5.0], ["q", x, 5.0], (x,), ("q", x)])
def test_sequences_say_name_variable_update_and_value(form):
    f = function([form], x)
    assert f(2) == 2
    if "q" in form:
        assert f(q=3) == 3
    if 5.0 in form:
        f = function([form], x)
        assert f() == 5
        assert f() == (6 if isinstance(form[0], tuple) else 5)


@pytest.mark.parametrize(
    ("inputs", "error", "text"),
    [
        (x, TypeError, "takes a list of inputs.*write \\[x\\]"),
        ({x}, TypeError, "takes a list of inputs"),
        ([3], TypeError, "no variable.*3 \\(int\\)"),
        ([T.constant(1.0)], TypeError, "a constant was given as an input"),
        ([theano.shared(1.0, "s")], TypeError, "shared variable.*`s`.*givens"),
        ([[x, 1.0, 2.0]], TypeError, "cannot be read.*\\[name,\\] variable"),
        ([[]], TypeError, "no variable"),
        ([x, x], UnusedInputError, "twice.*positions 0 and 1.*`x`"),
        ([x, In(x)], UnusedInputError, "twice"),
    ],
)
def test_wrong_inputs(inputs, error, text):
    with pytest.raises(error, match=f"(?s){text}"):
        function(inputs, x)


def test_a_missing_input_is_named_with_its_line():
    with pytest.raises(MissingInputError, match=r"(?s)`y`.*created at test_inputs.py.*givens"):
        function([x], x + y)
    with pytest.raises(MissingInputError, match="`y`"):
        function([x], x, updates=[(theano.shared(1.0), y)])


def test_unused_inputs():
    with pytest.raises(UnusedInputError, match=r"(?s)index 1 is not part.*`y`.*on_unused_input"):
        function([x, y], x)
    with pytest.warns(UserWarning, match="index 1 is not part") as records:
        assert function([x, y], x, on_unused_input="warn")(1, 2) == 1
    assert records[0].filename == __file__
    assert function([x, y], x, on_unused_input="ignore")(1, 2) == 1
    with pytest.raises(ValueError, match=r"(?s)on_unused_input.*'raise', 'warn' or.*bogus"):
        function([x, y], x, on_unused_input="bogus")
    config.on_unused_input = "ignore"
    assert function([x, y], x)(1, 2) == 1


def test_an_input_used_by_an_update_alone_is_used():
    s = theano.shared(1.0)
    function([x], updates=[(s, s + x)])(2)
    assert s.get_value() == 3


FITS = [
    ("float32", np.float32([0.1, 1]), "yyy"),
    ("float32", np.float64([0.1, 1]), "nyn"),
    ("float32", np.int8([1, 2]), "yyy"),
    ("float32", np.int32([1, 2]), "nyn"),
    ("float32", np.float16([1, 2]), "yyy"),
    ("float32", [1, 2], "yyy"),
    ("float32", [1.0, 2.0], "yyy"),
    ("float32", [0.1, 2.0], "nyn"),
    ("float32", (1, 2), "yyy"),
    ("float32", 0.1, "yyn"),
    ("float32", 1, "yyy"),
    ("float32", True, "yyy"),
    ("float32", np.float64(0.1), "nyn"),
    ("float32", np.float32(0.1), "yyy"),
    ("float32", np.array(0.1), "nyn"),
    ("float64", np.float32([0.1]), "yyy"),
    ("float64", 0.1, "yyy"),
    ("int32", 1, "yyy"),
    ("int32", 1.0, "yyy"),
    ("int32", 2**40, "nyn"),
    ("int32", np.int64(2), "yyy"),
    ("int8", 300, "nyn"),
    ("int8", -1, "yyy"),
    ("int64", 1.5, "nyn"),
    ("int64", True, "yyy"),
]
"""Declared dtypes, values, and whether they pass if downcasting is None, True and False."""


@pytest.mark.parametrize(("dtype", "value", "verdicts"), FITS, ids=lambda p: repr(p)[:24])
def test_conversion_of_arguments(dtype, value, verdicts):
    kind = T.TensorType(dtype, (False,) * np.ndim(value))
    for allow, verdict in zip((None, True, False), verdicts, strict=True):
        variable = kind("argument")
        f = function([variable], variable, allow_input_downcast=allow, mode="FAST_COMPILE")
        if verdict == "y":
            result = f(value)
            assert result.dtype == dtype
            np.testing.assert_array_equal(result, np.asarray(value).astype(dtype))
        else:
            with pytest.raises(TypeError, match=r'(?s)name "argument".*index 0.*test_inputs.py'):
                f(value)


def test_downcast_of_floats_follows_floatX():
    f = function([T.fscalar("a")], T.constant(1), on_unused_input="ignore")
    f(0.1)
    config.floatX = "float64"
    with pytest.raises(TypeError, match="losing precision"):
        f(0.1)


def test_an_input_decides_for_itself():
    doubles = np.ones(2)
    assert function([In(v, allow_downcast=True)], v)(doubles).dtype == "float32"
    for decided in (In(v, allow_downcast=False), In(v)):
        with pytest.raises(TypeError, match="losing precision"):
            function([decided], v, allow_input_downcast=True)(doubles)
    strict = function([In(v, strict=True)], v)
    assert strict(np.float32([1, 2])).sum() == 3
    for wrong in ([1.0, 2.0], doubles, np.int8([1, 2])):
        with pytest.raises(TypeError, match="strict"):
            strict(wrong)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (np.ones(2), TypeError, "float32, vector.*dtype float64, shape \\(2,\\).*downcast=True"),
        (np.float32([[1]]), TypeError, "1 dimensions.*2 dimensions, shape \\(1, 1\\).*reshape"),
        (np.float32(1), TypeError, "1 dimensions.*0 dimensions"),
        ("abc", ValueError, "'abc' \\(str\\)"),
        (None, TypeError, "None"),
        ({}, TypeError, "dict"),
        (y, TypeError, "symbolic variable.*`y`.*givens"),
    ],
    ids=["dtype", "rank", "scalar", "str", "None", "dict", "variable"],
)
def test_bad_arguments_say_which_and_why(value, error, text):
    f = function([x, v], x * v, name="product")
    start = 'Bad input argument with name "v" to theano function with name "product" at index 1'
    with pytest.raises(error, match=f"(?s){start}.*{text}.*created: +test_inputs.py.*fvector"):
        f(1, value)


def test_a_dimension_declared_to_have_length_1_must_have_it():
    r = T.frow("r")
    f = function([r], r * 2)
    assert f(np.ones((1, 2), "float32")).shape == (1, 2)
    with pytest.raises(TypeError, match=r"(?s)broadcastable dimension.*shape \(2, 2\)"):
        f(np.ones((2, 2), "float32"))


def test_the_name_of_a_function_is_the_callers_line():
    f = function([x], x)
    assert f.name.startswith("test_inputs.py:")
    assert function([x], x, name="given").name == "given"


class Subclass(np.ndarray):
    pass


@pytest.mark.parametrize(
    "value",
    [
        np.arange(4, dtype=">f4"),
        np.arange(8, dtype="float32")[::2],
        np.arange(4, dtype="float32")[::-1],
        np.arange(4, dtype="float32").view(Subclass),
        np.ma.masked_array(np.arange(4, dtype="float32")),
        np.frombuffer(np.arange(4, dtype="float32").tobytes(), "float32"),
    ],
    ids=["big-endian", "strided", "reversed", "subclass", "masked", "read-only"],
)
def test_arrays_of_every_layout(value):
    result = function([v], v * 2)(value)
    np.testing.assert_array_equal(result, np.asarray(value) * 2)
    assert type(result) is np.ndarray


def test_fortran_order_is_kept_apart_from_shape():
    m = T.fmatrix()
    value = np.asfortranarray(np.arange(6, dtype="float32").reshape(2, 3))
    np.testing.assert_array_equal(function([m], m + 1)(value), value + 1)


def test_trusted_inputs_are_not_checked():
    f = function([v], v * 2)
    f.trust_input = True
    np.testing.assert_array_equal(f(np.float32([1, 2])), [2, 4])
    with pytest.raises(AttributeError):
        f([1.0, 2.0])


class TestState:
    """Inputs with an update, and the values behind names."""

    def test_an_input_with_an_update_counts(self):
        f = function([In(x, value=0.0, update=x + 1)], x)
        assert [float(f()) for _ in range(3)] == [0, 1, 2]
        assert f(100) == 100
        assert f() == 101

    def test_its_value_is_read_and_set_through_the_function(self):
        f = function([In(x, value=0.0, update=x + 1)], x)
        f()
        assert f[x] == f["x"] == f[0] == f.value[x] == f.value["x"] == f.container[x].value == 1
        f[x] = 10
        assert f() == 10
        f.value["x"] = 5
        assert f() == 5
        f.container["x"].value = 7
        assert f() == 7

    def test_its_update_may_use_other_inputs(self):
        f = function([y, In(x, value=0.0, update=x + y, name="sum")], [])
        f(3)
        f(y=4)
        assert f["sum"] == 7

    def test_several_states_with_shared_updates(self):
        s = theano.shared(1.0)
        f = function(
            [In(x, value=1.0, update=y), In(y, value=2.0, update=x)], [x, y], updates=[(s, s + x)]
        )
        assert [float(r) for r in f()] == [1, 2]
        assert [float(r) for r in f()] == [2, 1]
        assert s.get_value() == 4

    def test_an_update_without_a_value_needs_the_argument(self):
        f = function([In(x, update=x + 1)], x)
        assert f(2) == 2
        assert f[x] == 3
        with pytest.raises(TypeError, match="without a value"):
            f()

    def test_no_user_array_is_the_state(self):
        f = function([In(v, value=np.float32([1, 2]), update=v + 1)], v)
        a = f()
        a[:] = 0
        read = f[v]
        read[:] = 0
        np.testing.assert_array_equal(f(), [2, 3])

    def test_a_value_put_over_a_fixed_default_is_good_for_one_call(self):
        f = function([In(x, value=1.0)], x)
        f[x] = 4
        assert [float(f()), float(f())] == [4, 1]
        f[x] = 4
        assert [float(f(7)), float(f())] == [7, 1]
        g = function([In(x, value=1.0), y], x + y)
        g[x] = 4
        with pytest.raises(TypeError, match="without a value"):
            g()
        assert g(y=1) == 2

    def test_values_are_checked(self):
        f = function([In(x, value=1.0)], x)
        with pytest.raises(TypeError, match="wrong number of dimensions") as info:
            f[x] = np.zeros(2)
        assert "while setting the value of x" in info.value.__notes__
        for key in ("q", v, 7):
            with pytest.raises(TypeError, match="no input or shared variable"):
                f[key] = 1
            with pytest.raises(TypeError, match="no input or shared variable"):
                f[key]

    def test_shared_variables_are_found_too(self):
        s = theano.shared(2.0, "s")
        f = function([x], x * s)
        assert f[s] == f["s"] == f[1] == 2
        assert f[x] is None
        f[s] = 4
        assert s.get_value() == 4
        assert x in f
        assert "s" in f
        assert "q" not in f
        with pytest.raises(TypeError, match="shared variable 's' was given as an argument"):
            f(1, s=3)

    def test_a_container_is_the_default_itself(self):
        container = Container(x.type, [np.array(3.0)])
        f = function([In(x, value=container, update=x + 1)], x)
        assert [float(f()), float(f())] == [3, 4]
        assert container.value == 5
        with pytest.raises(TypeError, match="implicit"):
            f(1)

    def test_a_container_that_may_be_given_keeps_what_is_given(self):
        s = theano.shared(5.0)
        f = function([In(x, value=s.container, implicit=False)], x * 2)
        assert [float(f()), float(f(9.0)), float(f())] == [10, 18, 18]
        assert s.get_value() == 9
        with pytest.raises(ValueError, match="abc"):
            f("abc")
        assert s.get_value() == 9

    def test_implicit_inputs_cannot_be_given(self):
        f = function([y, In(x, value=1.0, implicit=True)], x + y)
        assert f(1) == 2
        for call in (lambda: f(1, 2), lambda: f(1, x=2)):
            with pytest.raises(TypeError, match=r"(?s)input 1, which is implicit.*`x`"):
                call()

    @pytest.mark.parametrize(
        ("options", "error", "text"),
        [
            ({"name": 3}, TypeError, "name of an input is no string.*3"),
            ({"implicit": True}, TypeError, "implicit input has no default.*`x`"),
            ({"mutable": True, "borrow": False}, ValueError, "mutable=True and borrow=False.*`x`"),
        ],
        ids=["name", "implicit", "mutable"],
    )
    def test_declarations_that_contradict(self, options, error, text):
        with pytest.raises(error, match=f"(?s){text}"):
            In(x, **options)

    def test_what_a_declaration_tells(self):
        plain, changed = In(x), In(x, value=1.0, update=x + 1)
        for one, expected in [
            (plain, (False, None, False, True)),
            (changed, (True, None, False, False)),
            (In(x, mutable=True), (True, True, False, True)),
            (In(x, borrow=True, strict=True), (False, True, True, True)),
        ]:
            assert (one.mutable, one.borrow, one.strict, one.required) == expected
        assert (changed.value, plain.implicit, plain.shared) == (1.0, False, False)

    def test_the_name_that_earlier_programs_use(self):
        f = function([theano.Param(x, default=3.0, name="q", mutable=True, borrow=True)], x)
        assert [float(f()), float(f(2)), float(f(q=1))] == [3, 2, 1]

    @pytest.mark.parametrize("update", [T.dvector("w"), x.astype("float32")], ids=str)
    def test_an_update_of_another_type(self, update):
        with pytest.raises(TypeError, match=r"(?s)update of an input must have the same type.*`x`"):
            In(x, value=1.0, update=update)

    @pytest.mark.parametrize(
        ("value", "error"), [("abc", ValueError), (np.zeros(2), TypeError)], ids=["str", "rank"]
    )
    def test_a_default_of_another_type(self, value, error):
        with pytest.raises(error, match="expected"):
            In(x, value=value)
