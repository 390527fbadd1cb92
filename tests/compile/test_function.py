"""What a function returns, what it replaces, and what can be done with the function itself."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano import In, Out, function, shared
from theano.compile.mode import Mode
from theano.errors import MissingInputError
from theano.graph import FunctionGraph

x, y = T.dscalar("x"), T.dscalar("y")
v = T.dvector("v")
HOST = Mode("py", "None")


class TestOutputs:
    @pytest.mark.parametrize(
        ("outputs", "expected"),
        [
            (None, []),
            ([], []),
            ([x + 1], [2]),
            ((x + 1, x), [2, 1]),
            ([x, x], [1, 1]),
            (x + 1, 2),
            (Out(x + 1, borrow=True), 2),
            ([Out(x), x], [1, 1]),
            ({"b": x + 1, "a": Out(x)}, {"a": 1, "b": 2}),
            ({}, {}),
            (T.constant(3.0), 3),
        ],
        ids=lambda p: type(p).__name__,
    )
    @pytest.mark.parametrize("mode", ["FAST_RUN", HOST], ids=["xla", "host"])
    def test_forms(self, outputs, expected, mode):
        result = function([x], outputs, on_unused_input="ignore", mode=mode)(1)
        assert type(result) is (np.ndarray if np.isscalar(expected) else type(expected))
        assert result == expected

    def test_a_dict_is_in_alphabetical_order(self):
        outputs = OrderedDict([("b", x), ("a", x + 1)])
        assert list(function([x], outputs)(1)) == ["a", "b"]

    @pytest.mark.parametrize("wrong", [3.0, "x", [3.0], [[x]], {"a": 1}, iter([x])])
    def test_other_things_are_no_outputs(self, wrong):
        with pytest.raises(TypeError, match=r"(?s)output of a function is no variable.*expected"):
            function([x], wrong, on_unused_input="ignore")

    def test_keys_are_strings(self):
        with pytest.raises(TypeError, match="keys of a dict of outputs must be strings"):
            function([x], {1: x})

    @pytest.mark.parametrize("mode", ["FAST_RUN", HOST], ids=["xla", "host"])
    @pytest.mark.parametrize(
        "outputs",
        [x * 2, x, T.constant(1.5), v, v.reshape((1, -1)), v[::2], theano.shared(np.ones(3))],
        ids=["0-d", "scalar input", "constant", "input", "view", "slice", "shared"],
    )
    def test_results_are_ordinary_arrays_of_the_callers_own(self, outputs, mode):
        f = function([x, v], [outputs, outputs], on_unused_input="ignore", mode=mode)
        argument = np.arange(4.0)
        first, second = f(1.5, argument)
        for result in (first, second):
            assert type(result) is np.ndarray
            assert result.flags.writeable
            assert result.flags.owndata
            assert not np.shares_memory(result, argument)
        assert not np.shares_memory(first, second)
        kept = first.copy()
        first[...] = -1
        np.testing.assert_array_equal(second, kept)
        np.testing.assert_array_equal(f(1.5, argument)[0], kept)
        np.testing.assert_array_equal(argument, np.arange(4.0))

    def test_a_result_survives_later_calls(self):
        s = shared(np.zeros(3))
        f = function([], [s, s + 1], updates=[(s, s + 1)])
        results = [f() for _ in range(4)]
        assert [r[0][0] for r in results] == [0, 1, 2, 3]
        assert [r[1][0] for r in results] == [1, 2, 3, 4]


class TestGivens:
    @pytest.mark.parametrize("form", [dict, list], ids=["dict", "pairs"])
    def test_an_input_is_replaced(self, form):
        s = shared(5.0)
        assert function([], x * 2, givens=form([(x, s)]))() == 10
        assert function([y], x * 2, givens=form([(x, y + 1)]))(3) == 8

    def test_values_take_the_type_of_what_they_replace(self):
        assert function([], x * 2, givens=[(x, 3)])() == 6
        np.testing.assert_array_equal(function([], v * 2, givens={v: np.ones(2)})(), [2, 2])

    def test_a_shared_variable_is_replaced_but_still_updated(self):
        s = shared(1.0)
        f = function([y], s * 2, givens={s: y}, updates=[(s, s + 10)])
        assert f(3) == 6
        assert s.get_value() == 13

    def test_an_expression_is_replaced(self):
        e = x + 1
        assert function([x], e * 2, givens={e: x * 10})(3) == 60
        assert function([y], e * 2, givens={e: y})(3) == 6

    def test_updates_are_replaced_in_too(self):
        s = shared(1.0)
        function([y], updates=[(s, x)], givens={x: y * 2})(4)
        assert s.get_value() == 8

    def test_later_replacements_use_earlier_ones(self):
        s = shared(5.0)
        assert function([], x * 2, givens=[(y, s + 1), (x, y + 1)])() == 14

    def test_earlier_replacements_cannot_use_later_ones(self):
        s = shared(5.0)
        with pytest.raises(ValueError, match=r"(?s)`y`.*list its own replacement first"):
            function([], x * 2, givens=[(x, y + 1), (y, s)])
        with pytest.raises(ValueError, match=r"already|after it was itself used"):
            function([], x * 2, givens=[(x, s), (x, s + 1)])

    @pytest.mark.parametrize("new", [x + 1, y], ids=["itself", "other"])
    def test_a_given_argument_cannot_be_replaced(self, new):
        with pytest.raises(RuntimeError, match=r"(?s)both an input and replaced.*`x`"):
            function([x, y], x + y, givens={x: new})

    def test_types_must_agree(self):
        a = T.fscalar("a")
        with pytest.raises(TypeError, match=r"(?s)another type.*`a`, .*float32.*`x`, .*float64"):
            function([x], a * 2, givens={a: x})
        assert function([x], a * 2, givens={a: x}, rebuild_strict=False)(1).dtype == "float64"
        with pytest.raises(TypeError, match="another type"):
            function([v], x * 2, givens={x: v})
        with pytest.raises(TypeError, match="replaces variables"):
            function([x], x, givens={"x": x})

    def test_a_row_may_stand_for_a_matrix(self):
        m, r = T.dmatrix(), T.drow()
        assert function([r], m * 2, givens={m: r})(np.ones((1, 3))).shape == (1, 3)

    def test_the_graph_is_left_as_it_is(self):
        e = (x + 1) * y
        before = theano.printing.debugprint(e, file="str")
        function([y], e, givens={x: y * 2})
        assert theano.printing.debugprint(e, file="str") == before

    @pytest.mark.parametrize("new", [shared(1.0), shared(np.ones(2)), np.ones(3)], ids=str)
    def test_a_replacement_that_nothing_needs_is_no_matter(self, new):
        assert function([x], x, givens={v: new} if np.ndim(new) else {y: new})(2) == 2

    def test_arrays_are_shared_and_numbers_are_constants(self):
        value = np.arange(3.0)
        f = function([], v * x, givens={v: value, x: 2})
        value[:] = 9
        np.testing.assert_array_equal(f(), [0, 2, 4])
        assert [s.type for s in f.get_shared()] == [v.type]
        row = T.drow()
        assert function([], row, givens={row: [[1, 2]]})().shape == (1, 2)
        with pytest.raises(TypeError, match="expected"):
            function([], v, givens={v: np.ones((2, 2))})


class TestShapes:
    def test_each_shape_is_compiled_once(self):
        f = function([v], v.sum())
        assert f.compilations == []
        for n in (2, 3, 2, 3, 2, 4, 3):
            assert f(np.ones(n)) == n
        assert [c.shapes for c in f.compilations] == [((2,),), ((3,),), ((4,),)]
        assert all(c.trace_seconds > 0 and c.compile_seconds > 0 for c in f.compilations)

    def test_shapes_of_shared_variables_count_too(self):
        s = shared(np.zeros(2))
        f = function([], s.sum())
        f()
        s.set_value(np.ones(2))
        f()
        s.set_value(np.ones(3))
        assert f() == 3
        assert len(f.compilations) == 2

    def test_shapes_that_do_not_fit(self):
        f = function([v], v + T.constant([1.0, 2.0], name="two"))
        with pytest.raises(ValueError, match=r"(?s)mis-match.*test_function.py.*v \+ T") as info:
            f(np.ones(3))
        assert not any("JAX" in note for note in info.value.__notes__)
        np.testing.assert_array_equal(f(np.ones(2)), [2, 3])


class TestCopy:
    def make(self):
        s = shared(1.0, "s")
        return s, function([x], [x * s], updates=[(s, s + x)], name="step")

    def test_a_copy_uses_the_same_shared_variables(self):
        s, f = self.make()
        f(1)
        g = f.copy()
        assert (g.name, f.name) == ("step copy", "step")
        assert g(1) == [2]
        assert s.get_value() == 3
        assert f(1) == [3]

    def test_a_copy_does_not_compile_again(self):
        _, f = self.make()
        f(1)
        g = f.copy(share_memory=True)
        g(1)
        assert len(g.compilations) == 1

    def test_shared_variables_are_exchanged(self):
        s, f = self.make()
        other = shared(100.0, "other")
        f(1)
        g = f.copy(swap={s: other}, name="swapped")
        assert g(1) == [100]
        assert (other.get_value(), s.get_value()) == (101, 2)
        assert f(1) == [2]
        assert (other.get_value(), s.get_value()) == (101, 3)
        assert g.get_shared() == [other]
        assert f.get_shared() == [s]
        assert g.name == "swapped"
        assert f.copy(name="").name == copy.copy(f).name == "step copy"

    def test_updates_are_left_out(self):
        s, f = self.make()
        g = f.copy(delete_updates=True)
        assert g(1) == [1]
        assert s.get_value() == 1
        assert len(g.maker.fgraph.outputs) == 1
        f(1)
        assert s.get_value() == 2

    def test_bad_exchanges(self):
        s, f = self.make()
        with pytest.raises(ValueError, match=r"(?s)plays no part.*expected: s"):
            f.copy(swap={shared(1.0): shared(2.0)})
        with pytest.raises(TypeError, match="another type"):
            f.copy(swap={s: shared(np.zeros(2))})
        for swap in ({s: x}, {x: s}):
            with pytest.raises(TypeError, match="exchanges shared variables"):
                f.copy(swap=swap)
        other = shared(1.0)
        g = function([], s + other)
        with pytest.raises(ValueError, match="two shared variables of a function one"):
            g.copy(swap={s: other})

    def test_states_of_inputs_start_anew(self):
        f = function([In(x, value=5.0, update=x + 1)], x)
        f()
        g = f.copy()
        assert [float(h()) for h in (f, g, f, g)] == [6, 5, 7, 6]
        h = f.copy(delete_updates=True)
        assert [float(h()), float(h())] == [5, 5]

    def test_copy_and_deepcopy(self):
        s, f = self.make()
        copy.copy(f)(1)
        assert s.get_value() == 2
        g = copy.deepcopy(f)
        assert g(1) == [2]
        assert s.get_value() == 2
        assert g.get_shared()[0].get_value() == 3


class TestPickle:
    def test_a_function_and_its_state(self):
        s = shared(1.0, "s")
        f = function([x], {"product": x * s}, updates=[(s, s + x)], name="step")
        f(1)
        g = pickle.loads(pickle.dumps(f))
        assert g(1) == {"product": 2}
        assert g(1) == {"product": 3}
        assert s.get_value() == 2
        assert g.name == "step"
        assert g.get_shared()[0].name == "s"

    def test_what_is_pickled_together_stays_together(self):
        s = shared(1.0)
        pair = function([x], updates=[(s, s + x)]), function([], s * 2), s
        step, read, t = pickle.loads(pickle.dumps(pair))
        step(2)
        assert read() == 6
        assert t.get_value() == 3
        assert s.get_value() == 1

    def test_defaults_and_states_of_inputs(self):
        f = function([In(x, value=5.0, update=x + 1), In(y, value=1.0, name="offset")], x + y)
        f()
        g = pickle.loads(pickle.dumps(f))
        assert [float(g()), float(g(offset=10.0)), float(g()), float(f())] == [7, 17, 9, 7]

    def test_every_way_of_conversion_is_kept(self):
        w = T.fvector("w")
        f = function([w], w, allow_input_downcast=True, mode=HOST)
        f.trust_input = False
        g = pickle.loads(pickle.dumps(f))
        assert g(np.ones(2)).dtype == "float32"
        assert g.executor.interpreter is not None

    def test_a_long_chain_needs_no_deep_recursion(self):
        e = x
        for _ in range(5000):
            e = e + 1
        f = function([x], e, mode=HOST)
        assert pickle.loads(pickle.dumps(f))(1) == 5001
        assert copy.deepcopy(f)(1) == 5001

    def test_several_outputs_of_one_op_and_constants(self):
        parts = T.split(v, [1, 2], 2, axis=0) if hasattr(T, "split") else [v[:1], v[1:]]
        f = function([v], [*parts, T.constant(7.0), v])
        a, b, c, d = pickle.loads(pickle.dumps(f))(np.arange(3.0))
        assert (a.tolist(), b.tolist(), float(c), d.tolist()) == ([0], [1, 2], 7, [0, 1, 2])

    def test_errors_still_name_the_line(self):
        w = T.dvector("w")
        g = pickle.loads(pickle.dumps(function([v, w], v + w)))
        with pytest.raises(ValueError, match=r"test_function.py"):
            g(np.ones(2), np.ones(3))


class TestTheFunctionItself:
    def test_what_it_tells(self):
        s, unused = shared(1.0, "s"), shared(2.0, "unused")
        f = function([x], x * s, name="product")
        assert f.get_shared() == [s]
        assert unused not in f.get_shared()
        assert isinstance(f.maker.fgraph, FunctionGraph)
        assert [i.name for i in f.maker.fgraph.inputs] == ["x", "s"]
        assert f.maker.inputs[0].variable is x
        assert "product" in repr(f)

    def test_its_inputs_and_their_places(self):
        s = shared(2.0, "s")
        f = function([In(x, value=3.0), y], [x * s, Out(y, borrow=True)], updates=[(s, s + 1)])
        first, second, state = f.maker.inputs
        assert f.maker.expanded_inputs == [first, second, state]
        assert (first.value, second.required, first.implicit) == (3, True, False)
        assert (state.variable, state.value, state.implicit) == (s, s.container, True)
        assert (state.shared, state.mutable, second.shared) == (True, True, False)
        assert state.update in f.maker.fgraph.outputs
        assert [one.borrow for one in f.outputs] == [False, True]
        assert f.outputs == f.maker.outputs
        assert f.defaults == [(False, True, 3), (True, False, None), (False, False, None)]
        assert [c.value for c in f.input_storage] == [3, None, 2]
        assert f.input_storage[2].storage is s.container.storage
        assert f.finder[x].value == f.finder["x"].value == f.finder[0].value == 3
        g = f.copy(swap={s: shared(5.0, "t")})
        assert g.maker.inputs[2].variable.name == "t"
        assert f.copy(delete_updates=True).maker.inputs[2].update is None

    def test_free_changes_nothing(self):
        f = function([x], x + 1)
        f(1)
        assert f.free() is None
        assert f(1) == 2

    def test_an_error_leaves_it_usable(self):
        f = function([v], v.sum())
        with pytest.raises(ValueError, match="abc"):
            f("abc")
        assert f([1.0, 2.0]) == 3


class TestClone:
    def test_replaces(self):
        e = x + y
        f = function([y], theano.clone(e, replace={x: y}))
        assert f(3) == 6
        assert theano.clone([e, x], replace=[(x, y)])[1] is y

    def test_types(self):
        a = T.fscalar()
        with pytest.raises(TypeError, match="cannot stand in"):
            theano.clone(x + y, replace={x: a})
        assert theano.clone(a + a, replace={a: x}, strict=False).type.dtype == "float64"


class TestEval:
    def test_values_by_variable_and_by_name(self):
        e = x - y
        assert e.eval({x: 5, y: 3}) == 2
        assert e.eval({"x": 5, "y": 3}) == 2
        assert (shared(2.0) * 3).eval() == 6

    def test_the_function_is_kept(self):
        e = x - y
        e.eval({x: 5, y: 3})
        (f,) = e._eval_cache.values()
        e.eval({x: 6, y: 3})
        assert list(e._eval_cache.values()) == [f]
        assert len(f.compilations) == 1

    def test_the_order_of_the_inputs_does_not_matter(self):
        e = x - y
        assert e.eval({x: 5, y: 3}) == e.eval({y: 3, x: 5}) == e.eval({"y": 3, x: 5}) == 2
        assert len(e._eval_cache) == 1

    def test_an_inner_expression_can_be_given(self):
        inner = x + y
        assert (inner * 2).eval({inner: 1.0}) == 2

    def test_what_is_missing(self):
        with pytest.raises(MissingInputError, match="`y`"):
            (x - y).eval({x: 1})
        with pytest.raises(ValueError, match="0 inputs of the graph are named 'z'"):
            (x - y).eval({"z": 1})
