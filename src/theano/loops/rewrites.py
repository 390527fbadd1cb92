"""Brings loops into the form that costs least.

A step of XLA's loop costs per operation, so the loop keeps only what must be in it. What does not
change from step to step is computed before it, once. What does not depend on the states is computed
before it for all steps at once, and what no later step needs, after it; both as loops without
states, which become one batched operation. What is only added up, such as the gradient of weights,
is kept and added up afterwards, products of matrices as a single one. Loops over the same steps are
merged, states and stacks that nobody needs are dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theano.graph import Apply, Constant, FunctionGraph
from theano.graph.ordering import toposort
from theano.graph.traversal import rebuild
from theano.loops.draft import Draft, Stack, State, Taken
from theano.loops.ends import Ends, find_ends, is_cut_at_count, place_from_end, readers, rest_of
from theano.loops.loop import Loop
from theano.loops.products import find_terms, total_of
from theano.rewriting import CANONICALIZE, graph_rewriter, node_rewriter, optdb, rewrite_graph
from theano.rewriting.merging import merge
from theano.scalar.type import DISCRETE_DTYPES
from theano.tensor.elemwise import DimShuffle, Elemwise
from theano.tensor.ops.indexing import Subtensor
from theano.tensor.ops.shape import Alloc, Reshape, alloc
from theano.tensor.ops.sizes import MakeVector, ShapeI, lengths_of
from theano.tensor.type import TensorType

LOOPS = "loops"
optdb.add_stage(LOOPS, after=CANONICALIZE)

LIGHT = (Elemwise, DimShuffle, Subtensor, Alloc, Reshape, MakeVector, ShapeI)
"""Ops that cost no more in the loop, next to others that XLA fuses them with, than outside."""


@graph_rewriter(stage=LOOPS, tags=("fast_run",))
def improve_loops(fgraph: FunctionGraph) -> None:
    """Merge loops, and bring each into its best form."""
    merge_loops(fgraph)
    # Users first: what they turn out not to need, the loops before them do not give.
    for node in reversed(fgraph.toposort()):
        if isinstance(node.op, Loop) and node in fgraph.apply_nodes:
            stacks = node.outputs[node.op.n_states : node.op.n_states + node.op.n_stacks]
            if not node.op.is_improved or not all(fgraph.clients[v] for v in stacks):
                improve(fgraph, node)


def improve(fgraph: FunctionGraph, node: Apply) -> None:
    """Bring a loop into its best form, and put it in the place of the old one."""
    draft = Draft.of(node)
    used = {v for v in node.outputs if fgraph.clients[v]}
    for part in (*draft.states, *draft.stacks):
        names = "lasts" if hasattr(part, "lasts") else "outers"
        setattr(part, names, [v for v in getattr(part, names) if v in used])
    draft.counts = [v for v in draft.counts if v in used]
    tidy(draft)
    graph = draft.graph()
    rewrite_graph(graph)
    draft.take(graph)
    tidy(draft)
    hoist(draft)
    known = stacks_known_outside(draft)
    totals = add_up_outside(draft)
    ends = find_ends(fgraph, node, draft)
    if draft.states:
        ends.tail = split_after(draft, list(ends.reads))
    before = split_before(draft)
    after = split_after(draft, [s for s in draft.stacks if s not in ends.reads])
    tidy(draft)
    if ends.tail is not None:
        drop_unused(ends.tail)
    parts = [one for one in (before, after, ends.tail) if one is not None]
    elsewhere = {t.outer for one in parts for t in one.sequences}
    elsewhere.update(v for term in totals for v in term.sequences())
    carry_back(draft, read_by(fgraph, node) - elsewhere)
    made = finish(draft, before, after, ends)
    pairs = [*draft.replacements(made), *known, *ends.replacements(made)]
    if after is not None:
        pairs += after.replacements(made)
    pairs += [(v, total_of(term, made)) for term in totals for v in term.lasts]
    fgraph.replace_all(pairs, reason="improve_loops")


def tidy(draft: Draft) -> None:
    """Drop what nobody needs, and what is there twice."""
    twins = {t.inner: t.outer for t in draft.others if isinstance(t.outer, Constant)}
    draft.others = [t for t in draft.others if t.inner not in twins]
    for group in (draft.sequences, draft.others):
        first: dict[Any, Any] = {}
        for taken in group:
            if taken.outer in first:
                twins[taken.inner] = first[taken.outer].inner
            first.setdefault(taken.outer, taken)
        group[:] = first.values()
    draft.replace(twins)
    drop_unused(draft)
    draft.merge_step()
    merge_states(draft)
    kept: dict[Any, Stack] = {}
    for stack in draft.stacks:
        if stack.inner in kept:
            kept[stack.inner].outers += stack.outers
        kept.setdefault(stack.inner, stack)
    draft.stacks = list(kept.values())
    drop_unused(draft)


def drop_unused(draft: Draft) -> None:
    """Drop states, stacks, sequences and others that no result depends on."""
    draft.stacks = [s for s in draft.stacks if s.outers or s in draft.wanted]
    needed = [s.inner for s in draft.stacks]
    if draft.stop is not None:
        needed.append(draft.stop)
    states = [s for s in draft.states if s.lasts]
    while True:
        reached = reach([*needed, *(s.new for s in states)], set(draft.inputs()))
        more = [s for s in draft.states if s in states or s.inner in reached]
        if len(more) == len(states):
            break
        states = more
    draft.states = more
    draft.sequences = [t for t in draft.sequences if t.inner in reached]
    draft.others = [t for t in draft.others if t.inner in reached]


def reach(outputs: list[Any], inputs: set[Any]) -> dict[Any, None]:
    """Return what some variables are computed from, and those."""
    found = dict.fromkeys(outputs)
    for node in toposort(outputs, inputs):
        found.update(dict.fromkeys(node.inputs))
    return found


def merge_states(draft: Draft) -> None:
    """Have states that start alike and go on alike once.

    Those that start alike are taken to be the same; classes of which the step makes different
    things are split, until none is. This is how states of an automaton are minimized [Moore 1956].
    """
    kind: dict[State, Any] = {state: state.outer for state in draft.states}
    while len(set(kind.values())) < len(draft.states):
        first: dict[Any, State] = {}
        for state in draft.states:
            first.setdefault(kind[state], state)
        stands_for = {state: first[kind[state]] for state in draft.states}
        twins = {s.inner: f.inner for s, f in stands_for.items() if s is not f}
        outputs, _ = rebuild(draft.outputs(), twins)
        graph = FunctionGraph(draft.inputs(), outputs)
        merge(graph)
        new = zip(draft.states, graph.outputs, strict=False)
        finer = {state: (kind[state], result) for state, result in new}
        if len(set(finer.values())) == len(first):
            draft.take(graph)
            for state, leader in stands_for.items():
                if state is not leader:
                    leader.lasts += state.lasts
            draft.states = list(first.values())
            return
        kind = finer


def is_heavy(node: Apply) -> bool:
    """Whether a node is better computed for all steps at once.

    Sizes are not: they would come back as values that only the device knows.
    """
    is_light = isinstance(node.op, LIGHT) or node.op.from_shapes
    return not is_light and not all(map(is_size, node.outputs))


def is_size(variable: Any) -> bool:
    """Whether a variable may be a length, or several."""
    kind = variable.type
    return isinstance(kind, TensorType) and kind.ndim <= 1 and kind.dtype in DISCRETE_DTYPES


def hoist(draft: Draft) -> None:
    """Compute before the loop what is the same at every step."""
    changing: list[Any] = [*draft.sequences, *draft.states]
    moving = draft.depending(x.inner for x in changing)
    fixed = [node for node in draft.nodes() if node.outputs[0] not in moving]
    if not fixed:
        return
    made = {v for node in fixed for v in node.outputs}
    edge = dict.fromkeys(
        v for node in draft.nodes() if node.outputs[0] in moving for v in node.inputs if v in made
    )
    edge.update((v, None) for v in draft.outputs() if v in made)
    outside, _ = rebuild(list(edge), {t.inner: t.outer for t in draft.others})
    draft.replace({v: draft.new_other(outer) for v, outer in zip(edge, outside, strict=True)})


def stacks_known_outside(draft: Draft) -> list[tuple[Any, Any]]:
    """Drop stacks of what is there outside; return what they are."""
    if not draft.is_full:
        return []
    whole = {t.inner: t.outer[: draft.n_steps] for t in draft.sequences}
    same = {t.inner: t.outer for t in draft.others}
    found, kept = [], []
    for stack in draft.stacks:
        x = stack.inner if isinstance(stack.inner, Constant) else same.get(stack.inner)
        if x is not None:
            whole[stack.inner] = alloc(x, draft.n_steps, *lengths_of(x))
        if stack.inner in whole:
            found += [(v, whole[stack.inner]) for v in stack.outers]
        else:
            kept.append(stack)
    draft.stacks = kept
    return found


def add_up_outside(draft: Draft) -> list[Any]:
    """Take states out that something is only added to; return what is to be added up."""
    terms = []
    for state in list(draft.states):
        found = find_terms(draft, state)
        if found is not None:
            draft.states.remove(state)
            terms.append(found)
    return terms


def split_before(draft: Draft) -> Draft | None:
    """Return a loop of what does not depend on the states, which then is a sequence."""
    if not draft.states or not draft.is_full:
        return None
    moving, nodes = draft.on_states(), draft.nodes()
    heavy = [n for n in nodes if is_heavy(n) and n.outputs[0] not in moving]
    if not heavy:
        return None
    region = set(toposort([v for n in heavy for v in n.outputs], set(draft.inputs())))
    given = {v for n in heavy for v in n.outputs}
    edge = dict.fromkeys(v for n in nodes if n not in region for v in n.inputs if v in given)
    edge.update((v, None) for v in draft.outputs() if v in given)
    before = Draft(draft.op, draft.n_steps, draft.capacity)
    before.sequences = [Taken(t.outer, t.inner) for t in draft.sequences]
    before.others = [Taken(t.outer, t.inner) for t in draft.others]
    replaced = {}
    for variable in edge:
        stack = Stack(variable)
        before.stacks.append(stack)
        before.wanted.add(stack)
        replaced[variable] = variable.type()
        # The outer variable is known once the loop before is made.
        draft.sequences.append(Taken(stack, replaced[variable]))
    draft.replace(replaced)
    return before


def split_after(draft: Draft, stacks: Sequence[Stack]) -> Draft | None:
    """Return a loop of those stacks that no later step depends on, of what the loop gives then.

    What does not depend on the states is light, and computed there again.
    """
    if not draft.states or not draft.is_full:
        return None
    needed = set(toposort([s.new for s in draft.states], set(draft.inputs())))
    moving = draft.on_states()
    made: set[Any] = set()
    for node in draft.nodes():
        if node not in needed and (is_heavy(node) or any(v in made for v in node.inputs)):
            made.update(node.outputs)

    def is_inside(v: Any) -> bool:
        return v.owner is not None and (v in made or v not in moving)

    moved = [s for s in stacks if is_inside(s.inner)]
    if not moved:
        return None
    after = Draft(draft.op, draft.n_steps, draft.capacity)
    after.others = [Taken(t.outer, t.inner) for t in draft.others]
    outer_of = {t.inner: t.outer for t in draft.sequences}
    fixed = {t.inner for t in draft.others}
    replaced: dict[Any, Any] = {}
    for v in reach([s.inner for s in moved], {x for x in moving if x not in made}):
        if is_inside(v) or v in fixed or isinstance(v, Constant):
            continue
        stack: Any = outer_of.get(v)
        if stack is None:
            stack = draft.stack_of(v)
            draft.wanted.add(stack)
        replaced[v] = v.type()
        after.sequences.append(Taken(stack, replaced[v]))
    draft.stacks = [s for s in draft.stacks if s not in moved]
    after.wanted = {s for s in moved if s in draft.wanted}
    after.stacks = moved
    after.replace(replaced)
    return after


def read_by(fgraph: FunctionGraph, node: Apply) -> set[Any]:
    """Return what nobody but a node needs, or only its end."""
    return {
        v
        for v in node.inputs
        if {user for user, place in readers(fgraph, v) if place is None} == {node}
    }


def carry_back(draft: Draft, own: set[Any]) -> None:
    """Have a loop that goes back over another read only what its states were, not what they became.

    That is what they were at the step that it comes from. The other loop then need not keep it.

    Parameters
    ----------
    draft : Draft
    own : set of Variable
        Sequences that nothing else reads.
    """
    for taken in [t for t in draft.sequences if t.outer in own and t.outer.owner is not None]:
        node = taken.outer.owner
        loop = node.op
        if not isinstance(loop, Loop) or loop.is_reverse == draft.op.is_reverse:
            continue
        if draft.n_steps is not (node.outputs[-1] if loop.is_until else node.inputs[0]):
            continue
        kept = dict(zip(node.outputs[loop.n_states :], loop.elements, strict=False))
        element = kept.get(taken.outer)
        was = dict(zip(loop.graph.outputs, loop.inner_parts(loop.graph.inputs)[1], strict=False))
        for other in draft.sequences:
            if element in was and kept.get(other.outer) is was[element]:
                j = loop.graph.outputs.index(element)
                draft.sequences.remove(taken)
                draft.states.append(State(node.outputs[j], taken.inner, other.inner))
                break


def finish(draft: Draft, before: Draft | None, after: Draft | None, ends: Ends) -> dict[Any, Any]:
    """Put the loops together; return what stands for states and stacks."""
    made: dict[Any, Any] = {}
    for one, suffix in ((before, "_before"), (draft, ""), (after, "_after")):
        if one is None:
            continue
        for taken in one.sequences:
            taken.outer = made[taken.outer] if isinstance(taken.outer, Stack) else taken.outer
        if one is draft:
            ends.carry({t.outer for t in after.sequences} if after is not None else set())
        else:
            tidy(one)
        if one.outputs():
            found = one.make(f"{draft.op.name}{suffix}")
            found[next(iter(found))].owner.op.is_improved = True
            made.update(found)
    return made


def merge_loops(fgraph: FunctionGraph) -> None:
    """Make one loop of those that go over the same steps and do not need one another."""
    loops = [node for node in fgraph.toposort() if isinstance(node.op, Loop)]
    k = 0
    while k < len(loops):
        first = loops[k]
        found = [n for n in loops[k + 1 :] if is_alike(first, n)]
        before = ancestors_of(first) if found else set()
        for second in found:
            if second in before or first in ancestors_of(second):
                continue
            draft = merged(Draft.of(first), Draft.of(second))
            if draft is not None:
                made = draft.make()
                node = made[next(iter(made))].owner
                fgraph.replace_all(draft.replacements(made), reason="merge_loops")
                loops = [n for n in loops if n is not second]
                loops[k] = node
                break
        else:
            k += 1


def ancestors_of(node: Apply) -> set[Apply]:
    """Return the nodes that a node needs."""
    return set(toposort(list(node.inputs), set()))


def is_alike(a: Apply, b: Apply) -> bool:
    """Whether two loops go over the same steps, and neither or both need them one by one."""
    first, second = a.op, b.op
    assert isinstance(first, Loop)
    assert isinstance(second, Loop)
    return (
        a.inputs[0] is b.inputs[0]
        and a.inputs[1] is b.inputs[1]
        and first.is_reverse == second.is_reverse
        and first.is_until == second.is_until
        and bool(first.n_states) == bool(second.n_states)
    )


def merged(a: Draft, b: Draft) -> Draft | None:
    """Return one loop of two; None where they may stop at different steps."""
    stop = b.stop
    a.op = a.op.like(a.op.graph, min_steps=max(a.op.min_steps, b.op.min_steps))
    for name in ("sequences", "states", "stacks", "others"):
        getattr(a, name).extend(getattr(b, name))
    if stop is None:
        tidy(a)
        return a
    # The other condition is followed as if it were a stack.
    witness = Stack(stop)
    a.stacks.append(witness)
    a.wanted.add(witness)
    a.counts += b.counts
    tidy(a)
    # What stands for it: equal stacks have become one.
    same = [s for s in a.stacks if s.inner is a.stop]
    if not same:
        return None
    a.stacks = [s for s in a.stacks if s is not witness]
    return a


@node_rewriter([Subtensor], stage=CANONICALIZE, tags=("fast_run",))
def last_element(fgraph: FunctionGraph, node: Apply) -> list[Any] | None:
    """``scan(…)[-1]`` is the last state, whoever else reads the stack.

    The last element of what is no state is found with the other ends.
    """
    if place_from_end(node) != -1:
        return None
    cut: Any = node.inputs[0]
    stack = cut.owner.inputs[0] if is_cut_at_count(cut.owner) else cut
    owner = stack.owner
    if owner is None or not isinstance(owner.op, Loop) or owner.op.is_reverse:
        return None
    loop = owner.op
    k = owner.outputs.index(stack) - loop.n_states
    if not 0 <= k < loop.n_stacks or owner.inputs[0] is not owner.inputs[1]:
        return None
    if loop.is_until and stack is cut:
        return None
    new = loop.graph.outputs
    states = [j for j in range(loop.n_states) if new[j] is loop.elements[k]]
    if not states:
        return None
    # There must be a last element; the loops are merged later.
    outputs = loop.like(loop.graph, min_steps=1)(*owner.inputs, return_list=True)
    return [rest_of(node, outputs[states[0]])]
