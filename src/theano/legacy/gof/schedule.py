"""Orders of nodes that several comparisons decide, one after another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import permutations
from typing import Any

from theano.graph import Apply, FunctionGraph, Variable
from theano.graph.ordering import toposort
from theano.graph.queries import list_of_nodes

__all__ = [
    "key_to_cmp",
    "make_dependence_cmp",
    "make_depends",
    "posort",
    "reverse_dict",
    "sort_apply_nodes",
    "sort_schedule_fn",
]

Comparison = Callable[[Any, Any], int]


def make_depends() -> Callable[[tuple[Apply, Apply]], bool]:
    """Return a function of a pair of nodes: whether the first needs the second."""
    behind: dict[Apply, set[Apply]] = {}

    def depends(pair: tuple[Apply, Apply]) -> bool:
        a, b = pair
        if a not in behind:
            behind[a] = set(toposort(a.inputs))
        return b in behind[a]

    return depends


def make_dependence_cmp() -> Comparison:
    """Return a comparison: 1 where the first node needs the second, -1 the other way, or 0."""
    depends = make_depends()

    def dependence(a: Apply, b: Apply) -> int:
        return 1 if depends((a, b)) else -1 if depends((b, a)) else 0

    return dependence


def reverse_dict(d: Mapping[Any, Iterable[Any]]) -> dict[Any, tuple[Any, ...]]:
    """Return a dict from the items of the values of ``d`` to the keys that have them."""
    found: dict[Any, tuple[Any, ...]] = {}
    for key, items in d.items():
        for item in items:
            found[item] = (*found.get(item, ()), key)
    return found


def _toposort(edges: Mapping[Any, Iterable[Any]]) -> list[Any]:
    """Return keys and values so that each key comes before what it is mapped to.

    Raises
    ------
    ValueError
        There is a cycle.

    References
    ----------
    Kahn, "Topological sorting of large networks", Communications of the ACM 5(11), 1962.
    """
    missing = {item: len(keys) for item, keys in reverse_dict(edges).items()}
    ready = deque(key for key in edges if key not in missing)
    ordered = []
    while ready:
        one = ready.popleft()
        ordered.append(one)
        for item in edges.get(one, ()):
            missing[item] -= 1
            if not missing[item]:
                ready.append(item)
    if any(missing.values()):
        raise ValueError("the edges have a cycle")
    return ordered


def posort(l: Iterable[Any], *cmps: Comparison) -> list[Any]:  # noqa: E741 - the documented name
    """Sort by comparisons that need not order every pair; a later one decides what is left open.

    Parameters
    ----------
    l : iterable
    *cmps : callables
        Each returns less than, more than or exactly 0 for two items.
    """
    items = list(l)
    before: dict[Any, set[Any]] = {one: set() for one in items}
    after: dict[Any, set[Any]] = {one: set() for one in items}
    for compare in cmps:
        for a, b in permutations(items, 2):
            if compare(a, b) < 0 and a not in after[b] and b not in after[a]:
                first, last = before[a] | {a}, after[b] | {b}
                for one in first:
                    after[one] |= last
                for one in last:
                    before[one] |= first
    # What comes before an item comes before all that follows it: counting orders them.
    return sorted(items, key=lambda one: len(before[one]))


def sort_apply_nodes(
    inputs: Sequence[Variable], outputs: Sequence[Variable], cmps: Iterable[Comparison]
) -> list[Apply]:
    """Return the nodes between ``inputs`` and ``outputs``, ordered by need, then by ``cmps``."""
    return posort(list_of_nodes(inputs, outputs), make_dependence_cmp(), *cmps)


def sort_schedule_fn(*cmps: Comparison) -> Callable[[FunctionGraph], list[Apply]]:
    """Return a function that orders the nodes of a graph by need, then by ``cmps``."""

    def schedule(fgraph: FunctionGraph) -> list[Apply]:
        return sort_apply_nodes(fgraph.inputs, fgraph.outputs, cmps)

    return schedule


def key_to_cmp(key: Callable[[Any], Any]) -> Comparison:
    """Return the comparison by a key."""

    def compare(a: Any, b: Any) -> int:
        return (key(a) > key(b)) - (key(a) < key(b))

    return compare
