"""Rules as programs of earlier versions write them: they run in compiled functions."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_raises
from tests.rewriting.toys import INT, add, graph, mul, neg, square

import theano
import theano.tensor as T
from theano import gof
from theano.gof.opt import (
    EquilibriumOptimizer,
    LocalOptGroup,
    MergeOptimizer,
    NavigatorOptimizer,
    OpKeyOptimizer,
    OpRemove,
    OpSub,
    PatternSub,
    SeqOptimizer,
    TopoOptimizer,
    check_stack_trace,
    copy_stack_trace,
    in2out,
    out2in,
    pre_constant_merge,
    pre_greedy_local_optimizer,
)
from theano.graph import Apply, Op
from theano.rewriting import RewriteWarning
from theano.rewriting import optdb as engine

x, y, z = INT("x"), INT("y"), INT("z")
two = INT.make_constant(2)


class Doubled(Op):
    """Twice a vector: only rules know that it has an equal."""

    __props__ = ()

    def make_node(self, v):
        return Apply(self, [v], [v.type()])

    def perform(self, node, inputs, output_storage):
        raise AssertionError("a rule should have replaced it")


@pytest.fixture
def rules():
    """The names of rules that a test registers; they are removed after it."""
    before, stages = set(engine), list(engine.stages)
    yield
    for name in set(engine) - before:
        engine.remove(name)
    engine.stages[:] = stages


def optimized(optimizer, *outputs):
    fgraph = graph([x, y, z], *outputs)
    optimizer.optimize(fgraph)
    fgraph.check_integrity()
    return str(fgraph)


PATTERNS = [
    ((add, (neg, "a"), "b"), (mul, "b", "a"), add(neg(x), y), "[Mul(y, x)]"),
    ((add, "a", "a"), (mul, 2, "a"), add(x, x), "[Mul(IntConstant, x)]"),
    ((add, "a", "a"), (neg, "a"), add(x, y), "[Add(x, y)]"),
    ((neg, (neg, "a")), "a", neg(neg(neg(neg(x)))), "[x]"),
    ((mul, "a", 2), (add, "a", "a"), mul(x, two), "[Add(x, x)]"),
    ((mul, "a", two), (add, "a", "a"), mul(x, 3), None),
    ((neg, {"pattern": "a", "constraint": lambda v: v.owner}), (square, "a"), neg(x), "[Neg(x)]"),
    ((neg, (add, "a", "b")), "a", mul(neg(add(x, y)), add(x, z)), "[Mul(x, Add(x, z))]"),
]


@pytest.mark.parametrize("case", range(len(PATTERNS)))
def test_patterns(case):
    left, right, output, expected = PATTERNS[case]
    rule = PatternSub(left, right)
    if expected is None:
        expected = str(graph([x, y, z], output))
    for driver in (OpKeyOptimizer(rule), TopoOptimizer(rule), EquilibriumOptimizer([rule])):
        found = optimized(driver, output)
        assert found == expected.replace("IntConstant", "Constant{2}"), driver


def test_a_pattern_inside_is_used_once_unless_told():
    inner = add(x, y)
    both = mul(neg(inner), inner)
    left, right = (neg, (add, "a", "b")), (square, "a")
    assert optimized(out2in(PatternSub(left, right)), both) == "[Mul(Neg(*1 -> Add(x, y)), *1)]"
    anywhere = PatternSub(left, right, allow_multiple_clients=True)
    assert optimized(out2in(anywhere), both) == "[Mul(Square(x), Add(x, y))]"


def test_rules_about_one_op():
    assert optimized(OpKeyOptimizer(OpSub(neg, square)), neg(neg(x))) == "[Square(Square(x))]"
    assert optimized(TopoOptimizer(OpRemove(neg)), add(neg(x), neg(y))) == "[Add(x, y)]"
    assert str(OpSub(neg, square)) == "Neg -> Square"


def test_new_trees_are_visited_or_not():
    grow = PatternSub((neg, "a"), (square, (neg, "a")))
    assert optimized(OpKeyOptimizer(grow, ignore_newtrees=True), neg(x)) == "[Square(Neg(x))]"
    shrink = PatternSub((neg, (neg, "a")), (neg, "a"))
    deep = neg(neg(neg(neg(x))))
    assert optimized(TopoOptimizer(shrink, ignore_newtrees=False), deep) == "[Neg(x)]"


def test_groups_and_sequences():
    first, second = (
        PatternSub((neg, "a"), (square, "a")),
        PatternSub((square, "a"), (add, "a", "a")),
    )
    assert optimized(in2out(first, second, ignore_newtrees=True), neg(x)) == "[Square(x)]"
    assert optimized(in2out(first, second), neg(x)) == "[Add(x, x)]"
    every = LocalOptGroup(first, second, apply_all_opts=True)
    assert optimized(in2out(every, name="both"), neg(x)) == "[Add(x, x)]"
    in_turn = SeqOptimizer(in2out(first), in2out(second), MergeOptimizer())
    assert optimized(in_turn, mul(neg(x), neg(x))) == "[Mul(*1 -> Add(x, x), *1)]"
    at_rest = EquilibriumOptimizer([first, second, MergeOptimizer()])
    assert optimized(at_rest, mul(neg(x), neg(x))) == "[Mul(*1 -> Add(x, x), *1)]"


def test_failures_reach_the_callback():
    @gof.local_optimizer([neg])
    def fails(node):
        raise ZeroDivisionError("of mine")

    seen = []
    optimized(TopoOptimizer(fails, failure_callback=lambda *args: seen.append(args)), neg(x))
    ((error, _nav, pairs, rule, node),) = seen
    assert str(error) == "of mine"
    assert rule is fails
    assert node.op == neg
    assert pairs is False
    with pytest.raises(ZeroDivisionError):
        optimized(TopoOptimizer(fails), neg(x))
    with pytest.raises(ZeroDivisionError), theano.change_flags(on_opt_error="raise"):
        optimized(TopoOptimizer(fails, failure_callback=NavigatorOptimizer.warn), neg(x))


def test_what_local_optimizer_refuses():
    with check_raises(ValueError, "an empty list", "None means all"):
        gof.local_optimizer([])
    with check_raises(TypeError, "tracks something that is no op"):
        gof.local_optimizer([3])
    with check_raises(TypeError, "no op at its top"):
        PatternSub("a", "b")


def test_a_rule_of_a_user_runs_in_functions(rules):
    doubled = Doubled()

    @T.opt.register_canonicalize("mine")
    @gof.local_optimizer([Doubled])
    def drop_doubled(node):
        assert node.fgraph.clients(node.outputs[0]) == node.outputs[0].clients
        return [node.inputs[0] * 2]

    @gof.local_optimizer(None)
    def never(node):
        return False

    theano.compile.optdb["stabilize"].register("never", never, "fast_run")
    assert "drop_doubled" in theano.compile.optdb["canonicalize"]
    v = T.dvector("v")
    f = theano.function([v], doubled(v))
    np.testing.assert_array_equal(f([1.0, 2.0]), [2.0, 4.0])
    g = theano.function([v], doubled(v), mode=theano.Mode(optimizer=None).including("mine"))
    np.testing.assert_array_equal(g([1.0, 2.0]), [2.0, 4.0])
    for mode in ("FAST_COMPILE", theano.compile.get_mode("FAST_RUN").excluding("mine")):
        left = theano.function([v], doubled(v), mode=mode)
        with pytest.raises(AssertionError, match="should have replaced"):
            left([1.0])
    assert check_stack_trace(f)
    assert check_stack_trace(f, "all")
    assert check_stack_trace(f, [Doubled])
    assert check_stack_trace(f, None)
    with pytest.raises(ValueError, match="drop_doubled"):
        T.opt.register_specialize(drop_doubled)


def test_positions_and_databases(rules):
    order = []

    class Noting(gof.Optimizer):
        def __init__(self, note):
            self.note = note

        def apply(self, fgraph):
            order.append(self.note)

    optdb = theano.compile.mode.optdb
    optdb.register("late", Noting("late"), 75, "fast_run")
    optdb.register("early", Noting("early"), 0.5, "fast_run")
    optdb.register("asked", Noting("asked"), 1.2, "on_demand")
    inner = gof.EquilibriumDB()
    optdb.register("inner_db", inner, 60, "fast_run")
    inner.register("to_squares", PatternSub((neg, "a"), (square, "a")), "fast_run")
    inner.register("left_out", PatternSub((square, "a"), (neg, "a")), "others")
    mode = theano.Mode("cvm", "fast_run").register((Noting("mine"), 60.5))
    fgraph = graph([x], neg(x))
    mode.including("on_demand").rewrite(fgraph)
    assert order == ["early", "asked", "mine", "late"]
    assert str(fgraph) == "[Square(x)]"
    assert optdb["inner_db"] is inner
    assert optdb.__position__["late"] == 75
    order.clear()
    fgraph = graph([x], neg(x))
    optdb.query(gof.Query(include=["fast_run"], exclude=["inner_db"])).optimize(fgraph)
    assert order == ["early", "late"]
    assert str(fgraph) == "[Neg(x)]"
    with check_raises(ValueError, "late"):
        optdb.register("late", Noting("again"), 3)
    with check_raises(TypeError, "no rewrite rule"):
        optdb.register("nothing", 3, 3)
    with check_raises(TypeError, "no position"):
        optdb.register("nothing", Noting("x"), "fast_run")


def test_databases_of_programs():
    to_squares = PatternSub((neg, "a"), (square, "a"))
    to_sums = PatternSub((square, "a"), (add, "a", "a"))
    group = gof.LocalGroupDB(apply_all_opts=True)
    group.register("to_sums", to_sums, "t")
    group.register("to_squares", to_squares, "t", position=0)
    topo = gof.TopoDB(group, order="in_to_out")
    sequence = gof.SequenceDB()
    sequence.register("merge", MergeOptimizer(), 2, "t")
    sequence.register("topo", topo, 1, "t")
    assert optimized(sequence.query("+t"), mul(neg(x), neg(x))) == "[Mul(*1 -> Add(x, x), *1)]"
    assert optimized(sequence.query("+t", "-topo"), neg(x)) == "[Neg(x)]"
    assert optimized(sequence.query("+t", position_cutoff=1.5), neg(x)) == "[Add(x, x)]"
    assert "topo" in sequence
    assert "t" in sequence
    assert "other" not in sequence
    with check_raises(ValueError, "The tag"):
        sequence.register("third", MergeOptimizer(), 3, "merge")
    assert "third" not in sequence
    with pytest.raises(ValueError, match="must begin with"):
        sequence.query("t")


def test_modes_by_name():
    optimizer = in2out(PatternSub((neg, "a"), (square, "a")))
    theano.compile.register_optimizer("tests_squares", optimizer)
    theano.compile.register_mode("TESTS_MODE", theano.Mode("py", "tests_squares"))
    theano.compile.register_linker("tests_linker", gof.PerformLinker())
    with pytest.raises(ValueError, match="already taken"):
        theano.compile.register_mode("TESTS_MODE", theano.Mode())
    mode = theano.compile.get_mode("TESTS_MODE")
    fgraph = graph([x], neg(x))
    mode.rewrite(fgraph)
    assert str(fgraph) == "[Square(x)]"
    assert mode is theano.compile.predefined_modes["TESTS_MODE"]
    assert theano.Mode("tests_linker", None).on_host
    required = theano.compile.FAST_RUN.requiring("stabilize", "none_has_this")
    assert required.clone().query.require == {"stabilize", "none_has_this"}
    assert theano.Mode(optimizer=gof.Query(include=None)).query.include == frozenset()


def test_queries_by_name():
    mode = theano.compile.mode
    v = T.dvector("v")
    for query, n_nodes in ((mode.OPT_NONE, 2), (mode.OPT_FAST_RUN, 0)):
        fgraph = theano.FunctionGraph([v], [T.neg(T.neg(v))])
        mode.optdb.query(query).optimize(fgraph)
        assert len(fgraph.toposort()) == n_nodes
    assert "stabilize" not in mode.OPT_STABILIZE.exclude
    assert "specialize" in mode.OPT_STABILIZE.exclude
    assert mode.predefined_optimizers["fast_run"] is mode.OPT_FAST_RUN


def test_constants_of_a_graph_to_be():
    first, second = INT.make_constant(5), INT.make_constant(5)
    total = add(mul(x, first), mul(y, second))
    pre_constant_merge([total])
    assert total.owner.inputs[0].owner.inputs[1] is total.owner.inputs[1].owner.inputs[1]
    shorter = pre_greedy_local_optimizer([PatternSub((neg, (neg, "a")), "a")], add(neg(neg(x)), y))
    assert str(graph([x, y], shorter)) == "[Add(x, y)]"
    other = neg(y)
    assert copy_stack_trace(total, other) is other
    assert other.source == total.source


def test_what_a_feature_refuses_is_undone():
    class NoSquares:
        def validate(self, fgraph):
            if any(node.op == square for node in fgraph.apply_nodes):
                raise gof.InconsistencyError("no squares here")

    fgraph = graph([x], neg(x))
    fgraph.attach_feature(gof.toolbox.ReplaceValidate())
    fgraph.attach_feature(NoSquares())
    with pytest.warns(RewriteWarning, match="no squares here"):
        EquilibriumOptimizer([PatternSub((neg, "a"), (square, "a"))]).optimize(fgraph)
    assert str(fgraph) == "[Neg(x)]"
    fgraph.check_integrity()
