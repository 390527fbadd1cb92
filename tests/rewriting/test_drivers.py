"""The driver: equilibrium, order, bounds, and what happens to rules that are wrong."""

import time
import warnings

import pytest
from tests.rewriting.toys import (
    INT,
    Add,
    DivMod,
    Neg,
    Shift,
    Square,
    Sub,
    ToyOp,
    add,
    divmod_,
    graph,
    mul,
    neg,
    shift,
    show,
    square,
    sub,
    to_narrow,
    toy_vocabulary,
    values,
)

from theano.graph import Feature
from theano.graph.provenance import SourceLine
from theano.rewriting import (
    STABILIZE,
    Equilibrium,
    Query,
    Report,
    RewriteDatabase,
    RewriteError,
    RewriteWarning,
    graph_rewriter,
    merge,
    node_rewriter,
    rewrite_graph,
)
from theano.rewriting import drivers as drivers_module

a, b, c = (INT(name) for name in "abc")


@node_rewriter([Neg])
def drop_double_neg(fgraph, node):
    inner = node.inputs[0].owner
    return inner.inputs[0] if inner is not None and inner.op == neg else None


@node_rewriter([square])
def square_to_mul(fgraph, node):
    (x,) = node.inputs
    return mul(x, x)


@node_rewriter([Square])
def raises(fgraph, node):
    raise ZeroDivisionError("a slip of the pen")


def run(fgraph, *rules, **options):
    """Apply ``rules`` and check what must hold after any run."""
    report = Equilibrium(rules, **options).run(fgraph)
    fgraph.check_integrity()
    return report


def test_rules_follow_one_another_until_nothing_changes():
    fgraph = graph([a], neg(neg(square(neg(neg(a))))))
    report = run(fgraph, drop_double_neg, square_to_mul)
    assert show(fgraph.outputs[0]) == "mul(a, a)"
    assert report.applied == {"drop_double_neg": 2, "square_to_mul": 1}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (lambda node: None, ["divmod(a, b)[0]", "divmod(a, b)[1]"]),
        (lambda node: False, ["divmod(a, b)[0]", "divmod(a, b)[1]"]),
        (lambda node: [square(x) for x in node.inputs], ["square(a)", "square(b)"]),
        (lambda node: (None, square(node.inputs[1])), ["divmod(a, b)[0]", "square(b)"]),
        (lambda node: {node.outputs[1]: sub(*node.inputs)}, ["divmod(a, b)[0]", "sub(a, b)"]),
    ],
)
def test_forms_of_an_answer(answer, expected):
    rule = node_rewriter([DivMod], name="rule")(lambda fgraph, node: answer(node))
    fgraph = graph([a, b], *divmod_(a, b))
    run(fgraph, rule, on_error="raise")
    assert [show(v) for v in fgraph.outputs] == expected


def test_outputs_that_nobody_uses_are_not_replaced():
    rule = node_rewriter([DivMod], name="rule")(
        lambda fgraph, node: [square(node.inputs[0]), neg(square(node.inputs[1]))]
    )
    fgraph = graph([a, b], divmod_(a, b)[0])
    run(fgraph, rule, on_error="raise")
    assert [type(n.op) for n in fgraph.apply_nodes] == [Square]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda node: 3, "TypeError: it answered with 3"),
        (lambda node: [neg(a), neg(a)], "ValueError: it gave 2 variables for 1 outputs"),
        (lambda node: [3], "TypeError: it answered with 3, which is no variable"),
        (lambda node: to_narrow(node.inputs[0]), "InconsistencyError: it would change the type"),
        (lambda node: INT("stranger"), "MissingInputError"),
        (lambda node: 1 // 0, "ZeroDivisionError"),
    ],
)
def test_a_wrong_rule_is_named_and_passed_over(answer, text):
    wrong = node_rewriter([Square], name="wrong")(lambda fgraph, node: answer(node))

    def fresh():
        inner = square(a)
        inner.owner.set_source(SourceLine("train.py", 41, "main"))
        return graph([a], neg(neg(square(inner))))

    fgraph = fresh()
    with pytest.warns(RewriteWarning, match="`wrong` failed and was left out") as caught:
        report = run(fgraph, wrong, drop_double_neg)
    assert len(caught) == 1
    message = str(caught[0].message)
    assert text in message
    assert "at the node Square created at train.py:41" in message
    assert "mode.excluding('wrong')" in message
    assert show(fgraph.outputs[0]) == "square(square(a))"
    assert report.rules["wrong"].failed >= 2
    assert report.rules["wrong"].applied == 0

    with pytest.raises(RewriteError, match="`wrong`"):
        run(fresh(), wrong, on_error="raise")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(fresh(), wrong, on_error="ignore")


def test_the_exception_of_a_rule_is_chained():
    with pytest.raises(RewriteError) as caught:
        run(graph([a], square(a)), raises, on_error="raise")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_an_unknown_way_to_treat_errors_is_refused():
    with pytest.raises(ValueError, match="'warn' or 'raise' or 'ignore'"):
        Equilibrium([], on_error="explode")


def test_all_pairs_are_checked_before_any_is_carried_out():
    half_wrong = node_rewriter([DivMod], name="half_wrong")(
        lambda fgraph, node: [square(node.inputs[0]), to_narrow(node.inputs[1])]
    )
    fgraph = graph([a, b], *divmod_(a, b))
    with pytest.warns(RewriteWarning):
        run(fgraph, half_wrong)
    assert [show(v) for v in fgraph.outputs] == ["divmod(a, b)[0]", "divmod(a, b)[1]"]


def test_a_replacement_may_use_what_it_replaces():
    wrap_once = node_rewriter([Square], name="wrap_once")(
        lambda fgraph, node: (
            None
            if any(user != "output" for user, _ in fgraph.clients[node.out])
            else neg(neg(node.out))
        )
    )
    fgraph = graph([a], square(a))
    run(fgraph, wrap_once, on_error="raise")
    assert show(fgraph.outputs[0]) == "neg(neg(square(a)))"


def test_a_replacement_by_what_depends_on_it_is_refused():
    fgraph = graph([a], shift(neg(square(a)), 1))
    last = fgraph.outputs[0]
    circular = node_rewriter([Square], name="circular")(lambda fgraph, node: neg(last))
    with pytest.raises(RewriteError, match="would be computed from what is computed from it"):
        run(fgraph, circular, on_error="raise")
    fgraph.check_integrity()
    assert values(fgraph, 3) == [-18]


def test_a_replacement_from_afar_is_accepted():
    far = a
    for i in range(300):
        far = shift(far, i % 2)
    fgraph = graph([a, b], sub(square(far), square(b)))
    (_, y) = fgraph.inputs
    end = fgraph.outputs[0].owner.inputs[0].owner.inputs[0]
    rule = node_rewriter([Square], name="rule")(
        lambda fgraph, node: mul(end, end) if node.inputs[0] is y else None
    )
    run(fgraph, rule, on_error="raise")
    assert values(fgraph, 0, 5) == [0]


def test_rules_look_through_several_levels():
    """A change far below a node is a reason to ask about the node again."""
    rules = toy_vocabulary().equations(
        "neg(square(shift(x, 1))) -> x", "x * x -> shift(x, 1)", "neg(neg(x)) -> x"
    )
    fgraph = graph([a], neg(square(neg(neg(mul(a, a))))))
    run(fgraph, *rules, on_error="raise")
    assert show(fgraph.outputs[0]) == "a"


def test_rules_that_look_further_than_they_say_are_asked_in_the_next_round():
    @node_rewriter([Neg], depth=1)
    def far_sighted(fgraph, node):
        deep = node.inputs[0].owner.inputs[0].owner.inputs[0].owner
        return deep.inputs[0] if deep is not None and deep.op == mul else None

    late_mul = node_rewriter([Shift], name="late_mul")(
        lambda fgraph, node: mul(node.inputs[0], 2) if node.op.by == 1 else None
    )
    later = graph_rewriter(name="later")(lambda fgraph: None)
    fgraph = graph([a], neg(square(square(shift(a, 1)))))
    # The users come first here, so that only a second round can see the product.
    driver = Equilibrium([far_sighted, late_mul], [later], on_error="raise")
    driver.run(fgraph)
    assert show(fgraph.outputs[0]) == "a"


def test_a_loop_of_one_rule_is_stopped():
    grow = node_rewriter([Neg], name="grow")(lambda fgraph, node: neg(add(node.inputs[0], 0)))
    fgraph = graph([a], neg(a))
    start = time.perf_counter()
    with pytest.warns(RewriteWarning, match="`grow` did not come to an end") as caught:
        report = run(fgraph, grow)
    assert len(caught) == 1
    assert time.perf_counter() - start < 5
    assert report.applied["grow"] < 1000
    assert values(fgraph, 7) == [-7]


def test_rules_that_undo_each_other_are_both_named():
    there = node_rewriter([Square], name="there")(
        lambda fgraph, node: mul(node.inputs[0], node.inputs[0])
    )
    back = node_rewriter([mul], name="back")(lambda fgraph, node: square(node.inputs[0]))
    fgraph = graph([a], neg(neg(square(a))))
    pattern = "`(there|back)` and `(there|back)` undo each other's work"
    with pytest.warns(RewriteWarning, match=pattern):
        run(fgraph, drop_double_neg, there, back)
    assert values(fgraph, 5) == [25]
    assert "neg" not in show(fgraph.outputs[0])
    with pytest.raises(RewriteError, match=pattern):
        run(graph([a], square(a)), there, back, on_error="raise")


def test_a_loop_in_a_large_graph_is_stopped_soon():
    x = a
    for _ in range(3000):
        x = neg(x)
    there = node_rewriter([Square], name="there")(
        lambda fgraph, node: mul(node.inputs[0], node.inputs[0])
    )
    back = node_rewriter([mul], name="back")(lambda fgraph, node: square(node.inputs[0]))
    fgraph = graph([a], square(x))
    with pytest.warns(RewriteWarning, match="undo each other's work"):
        report = run(fgraph, there, back)
    assert report.applied["there"] + report.applied["back"] < 3 * 3000


def test_max_use_ratio_bounds_a_rule():
    step = node_rewriter([Shift], name="step")(
        lambda fgraph, node: shift(add(node.inputs[0], 1), node.op.by - 1) if node.op.by else None
    )
    fgraph = graph([a], shift(a, 150))
    with pytest.warns(RewriteWarning, match="`step` did not come to an end"):
        report = run(fgraph, step, max_use_ratio=2)
    assert report.applied["step"] == 101
    assert run(graph([a], shift(a, 150)), step).applied["step"] == 150


def test_graph_rules_that_never_rest_are_named(monkeypatch):
    monkeypatch.setattr(drivers_module, "MAX_ROUNDS", 4)

    @graph_rewriter()
    def restless(fgraph):
        old = fgraph.outputs[0]
        fgraph.replace(old, neg(neg(old)), reason="restless")

    fgraph = graph([a], square(a))
    with pytest.warns(RewriteWarning, match="`restless` still changed the graph in round 4"):
        report = Equilibrium([], [restless]).run(fgraph)
    fgraph.check_integrity()
    assert report.applied == {"restless": 4}


def test_a_graph_rule_that_fails_is_named():
    @graph_rewriter()
    def failing(fgraph):
        raise KeyError("lost")

    with pytest.warns(RewriteWarning, match="`failing` failed"):
        Equilibrium([drop_double_neg], [failing]).run(graph([a], neg(neg(a))))


def test_graph_rules_and_node_rules_take_turns():
    """The common square shows only after the rule, the difference only after the merge."""
    rules = toy_vocabulary().equations("x * x -> square(x)", "x - x -> 0", "neg(neg(x)) -> x")
    fgraph = graph([a], sub(neg(neg(square(a))), mul(a, a)))
    Equilibrium(rules, [merge], on_error="raise").run(fgraph)
    assert show(fgraph.outputs[0]) == "0"


def test_names_and_lines_of_the_user_are_kept():
    inner = mul(a, a)
    inner.name = "energy"
    program = square(inner)
    program.name = "cost"
    inner.owner.set_source(SourceLine("train.py", 10, "main"))
    program.owner.set_source(SourceLine("train.py", 20, "main"))
    swap = node_rewriter([Square], name="swap")(lambda fgraph, node: neg(neg(neg(node.inputs[0]))))
    constant = node_rewriter([mul], name="constant")(lambda fgraph, node: INT.make_constant(3))
    fgraph = graph([a], program, inner)
    run(fgraph, swap, constant, on_error="raise")
    cost, energy = fgraph.outputs
    assert show(cost) == "neg(neg(neg(3)))"
    assert (cost.name, energy.name) == ("cost", "energy")
    assert cost.source.line == 20
    assert {node.source.line for node in fgraph.apply_nodes} == {20}
    assert energy.source.line == 10


def test_reason_is_the_name_of_the_rule():
    class Listener(Feature):
        reasons: list

        def on_import(self, fgraph, node, reason):
            reasons.append(reason)

        def on_change_input(self, fgraph, node, i, old, new, reason=None):
            reasons.append(reason)

        def on_prune(self, fgraph, node, reason):
            reasons.append(reason)

    fgraph = graph([a], square(a))
    reasons = []
    fgraph.attach_feature(Listener())
    run(fgraph, square_to_mul)
    assert reasons == ["square_to_mul"] * 3


def test_the_order_of_rules_and_nodes_is_the_same_in_every_run():
    def trace():
        seen = []
        x = add(*[square(shift(a, i)) for i in range(20)])
        fgraph = graph([a, b], neg(neg(x)), mul(square(b), square(x)))
        note = node_rewriter(name="note")(lambda fgraph, node: seen.append(show(node.out)))
        run(fgraph, note, square_to_mul, drop_double_neg)
        return seen, [show(v) for v in fgraph.outputs]

    assert trace() == trace()


def test_the_first_rule_that_answers_wins():
    first = node_rewriter([Square], name="first")(lambda fgraph, node: neg(node.inputs[0]))
    second = node_rewriter([Square], name="second")(lambda fgraph, node: node.inputs[0])
    for rules, result in [((first, second), "neg(a)"), ((second, first), "a")]:
        fgraph = graph([a], square(a))
        run(fgraph, *rules)
        assert show(fgraph.outputs[0]) == result


def test_rules_see_only_what_they_track():
    seen = []
    watch = {
        "class": node_rewriter([Shift], name="class"),
        "equal op": node_rewriter([Shift(2)], name="equal op"),
        "base class": node_rewriter([ToyOp], name="base class"),
        "all": node_rewriter(name="all"),
    }
    rules = [
        make(lambda fgraph, node, label=label: seen.append((label, str(node.op))))
        for label, make in watch.items()
    ]
    run(graph([a], shift(shift(neg(a), 1), 2)), *rules)
    assert seen == [
        ("base class", "Neg"),
        ("all", "Neg"),
        ("class", "Shift{by=1}"),
        ("base class", "Shift{by=1}"),
        ("all", "Shift{by=1}"),
        ("class", "Shift{by=2}"),
        ("equal op", "Shift{by=2}"),
        ("base class", "Shift{by=2}"),
        ("all", "Shift{by=2}"),
    ]


def test_what_is_no_op_cannot_be_tracked():
    with pytest.raises(TypeError, match="tracks something that is no op"):
        node_rewriter([int])(lambda fgraph, node: None)


def test_ops_without_a_hash_are_rewritten_too():
    class Unhashable(Square):
        __hash__ = None

        def __eq__(self, other):
            return isinstance(other, Unhashable)

    fgraph = graph([a], add(Unhashable()(a), Unhashable()(a)))
    rule = node_rewriter([Unhashable], name="rule")(lambda f, node: neg(node.inputs[0]))
    run(fgraph, rule, on_error="raise")
    assert show(fgraph.outputs[0]) == "add(neg(a), neg(a))"


def test_the_graph_of_the_caller_stays_as_it_is():
    program = neg(neg(square(a)))
    run(graph([a], program), drop_double_neg, square_to_mul)
    assert show(program) == "neg(neg(square(a)))"


def test_no_feature_is_left_behind():
    fgraph = graph([a], square(a))
    with pytest.raises(RewriteError):
        Equilibrium([raises], on_error="raise").run(fgraph)
    assert fgraph._features == []


def test_rewrite_graph_runs_the_stages_in_order_and_reports():
    database = RewriteDatabase()
    vocabulary = toy_vocabulary(database)
    vocabulary.equations("square(x) -> x * x", stage="specialize")
    vocabulary.equations("neg(neg(x)) -> x", stage="canonicalize")
    vocabulary.equations("neg(square(x)) -> x", stage=STABILIZE)
    fgraph = graph([a, b], neg(neg(neg(square(a)))), square(b))
    report = rewrite_graph(fgraph, database=database)
    assert [show(v) for v in fgraph.outputs] == ["a", "mul(b, b)"]
    assert [s.name for s in report.stages] == ["canonicalize", "stabilize", "specialize"]
    assert [(s.nodes_before, s.nodes_after) for s in report.stages] == [(5, 3), (3, 1), (1, 1)]
    assert report.seconds >= max(s.seconds for s in report.rules.values()) > 0
    text = str(report)
    assert "canonicalize: 5 -> 3 nodes in" in text
    assert "neg(neg(x)) -> x" in text


def test_rewrite_graph_takes_a_query():
    database = RewriteDatabase()
    toy_vocabulary(database).equations(
        "neg(neg(x)) -> x", "square(x) -> x * x", stage=["canonicalize", "specialize"]
    )
    for query, expected in [
        (Query(), "mul(a, a)"),
        (Query().excluding("square(x) -> x * x"), "square(a)"),
        (Query().excluding("canonicalize"), "mul(a, a)"),
        (Query().excluding("canonicalize", "specialize"), "neg(neg(square(a)))"),
        (Query(include=frozenset()), "neg(neg(square(a)))"),
    ]:
        fgraph = graph([a], neg(neg(square(a))))
        rewrite_graph(fgraph, query, database=database)
        assert show(fgraph.outputs[0]) == expected


def test_an_empty_report_prints_nothing():
    assert str(Report()) == ""


CHAIN = 20_000


def test_a_long_chain_is_rewritten_in_linear_time():
    def seconds(length):
        x = a
        for i in range(length):
            x = neg(neg(x)) if i % 2 else square(x)
        fgraph = graph([a], x)
        rules = [drop_double_neg, square_to_mul, *toy_vocabulary().equations("x + -x -> 0")]
        start = time.process_time()
        report = Equilibrium(rules, [merge]).run(fgraph)
        elapsed = time.process_time() - start
        assert report.applied == {"drop_double_neg": length // 2, "square_to_mul": length // 2}
        assert len(fgraph.apply_nodes) == length // 2
        return elapsed

    small = min(seconds(CHAIN // 8) for _ in range(3))
    # Linear would be 8; quadratic 64.
    assert seconds(CHAIN) < 32 * small


def test_an_operation_moves_through_a_long_chain():
    sink = node_rewriter([Neg], name="sink")(
        lambda fgraph, node: (
            shift(neg(node.inputs[0].owner.inputs[0]), node.inputs[0].owner.op.by)
            if node.inputs[0].owner is not None and isinstance(node.inputs[0].owner.op, Shift)
            else None
        )
    )
    x = a
    for _ in range(2000):
        x = shift(x, 0)
    fgraph = graph([a], neg(x))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = run(fgraph, sink)
    assert report.applied == {"sink": 2000}
    assert values(fgraph, 3) == [-3]


def test_many_users_of_one_variable():
    """A hub: every node uses the same constant, and every node is replaced."""
    rules = toy_vocabulary().equations("x + 0 -> x", "x - y -> x + -y")
    x = a
    zero, one = INT.make_constant(0), INT.make_constant(1)
    for i in range(CHAIN // 2):
        x = sub(x, one) if i % 2 else add(x, zero)
    fgraph = graph([a], x)
    start = time.perf_counter()
    Equilibrium(rules, [merge]).run(fgraph)
    assert time.perf_counter() - start < 30
    assert values(fgraph, 0) == [-CHAIN // 4]
    assert not any(isinstance(node.op, Sub) for node in fgraph.apply_nodes)
    assert any(isinstance(node.op, Add) for node in fgraph.apply_nodes)
