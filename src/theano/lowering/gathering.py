"""``gather``: what one side of an ``ifelse`` alone needs is moved into it.

Every ``IfElse`` of a graph becomes a node of ``Branches``, whose two inner graphs hold the nodes
from which every way to an output leads through that side. What both sides need, or something else
too, stays outside and is computed in any case.

One walk from the outputs finds the region of every node: the innermost side that all of its users
are in. ``IfElse`` nodes of one region and one condition that do not need one another are joined, so
that what their sides share, such as the gradients in ``[(p, ifelse(c, p - lr * g, p)) …]``, is
skipped as well. The inner graphs are then built from the innermost outwards, of the nodes
themselves. Each node is visited a constant number of times, whatever the depth of nesting.

A reader of nothing but the shape of a tensor does not make the tensor needed: it is given the
lengths that ``infer_shape`` tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from theano.graph import Apply, Constant, FunctionGraph, Variable
from theano.graph.traversal import toposort
from theano.ifelse import IfElse
from theano.lowering.branches import EITHER, Branches
from theano.lowering.levels import Levels
from theano.lowering.resolving import Resolver
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.elementwise import FUNCTIONS, cast
from theano.tensor.ops.sizes import lengths_of
from theano.tensor.type import TensorType

eq, neq, switch = (FUNCTIONS[name] for name in ("eq", "neq", "switch"))

ROUNDS = 8
"""How often the shapes of moved nodes are followed before the rest is left as it is."""


def gather(fgraph: FunctionGraph) -> FunctionGraph:
    """Return the graph with each ``IfElse`` replaced by ``Branches``; a copy if there is any.

    To be called once all is rewritten and expanded.
    """
    if not any(isinstance(node.op, IfElse) for node in fgraph.apply_nodes):
        return fgraph
    fgraph = fgraph.clone()
    drop_known(fgraph)
    regions = Regions(fgraph)
    sizes = HostSizes(fgraph, regions)
    builder = Builder(regions)
    for group in regions.groups:
        builder.build(group, *sizes.sides[group])
    return builder.finished()


def drop_known(fgraph: FunctionGraph) -> None:
    """Replace each ``IfElse`` whose condition is a constant by the side that it chooses."""
    for node in fgraph.toposort():
        if not isinstance(node.op, IfElse):
            continue
        condition, *values = node.inputs
        if isinstance(condition, Constant):
            chosen = node.op.chosen(condition.data, values)
            fgraph.replace_all(zip(node.outputs, chosen, strict=True), reason="gather")


class Region:
    """One side of a group, or the graph itself, with the nodes that are there and no deeper."""

    def __init__(self, group: Group | None = None) -> None:
        self.group = group
        self.parent = group.region if group is not None else None
        self.depth: int = self.parent.depth + 1 if self.parent is not None else 0
        self.nodes: list[Apply] = []

    def meet(self, other: Region) -> Region:
        """Return the innermost region that holds both."""
        a: Any = self
        b: Any = other
        while a is not b:
            if a.depth >= b.depth:
                a = a.parent
            else:
                b = b.parent
        return a  # type: ignore[no-any-return]

    def holds(self, other: Region) -> bool:
        """Whether ``other`` is this region or lies in it."""
        return self.meet(other) is self


class Group:
    """``IfElse`` nodes that become one: of one region and condition, none of them below another.

    Attributes
    ----------
    choices : list of (Variable, Variable, Variable)
        Their outputs that are used, each with what it is chosen from.
    """

    def __init__(self, node: Apply, region: Region, below: int) -> None:
        self.condition = node.inputs[0]
        self.region = region
        self.below = below
        self.source = node.source
        self.sides = Region(self), Region(self)
        self.choices: list[tuple[Variable, Variable, Variable]] = []

    def results(self) -> tuple[list[Variable], list[Variable]]:
        """Return what the two sides give."""
        return [a for _, a, _ in self.choices], [b for _, _, b in self.choices]


class Regions:
    """Where the nodes of a graph belong. The graph is changed where shapes can be followed.

    Attributes
    ----------
    groups : list of Group
        Each after those that it needs, or that lie in it.
    """

    def __init__(self, fgraph: FunctionGraph) -> None:
        self.fgraph = fgraph
        self.kept_readers: set[Apply] = set()
        for _ in range(ROUNDS):
            self.find()
            readers = self.displaced_readers()
            if not readers:
                break
            self.follow_shapes(readers)
        else:
            while readers := self.displaced_readers():
                self.kept_readers.update(readers)
                self.find()
        self.groups.sort(key=lambda group: group.below)

    def find(self) -> None:
        """Find the region of every node; that of one which nothing needs is None."""
        self.order = self.fgraph.toposort()
        below: dict[Apply, int] = {}
        for node in self.order:
            owners = [v.owner for v in node.inputs if v.owner is not None]
            deepest = max((below[owner] for owner in owners), default=0)
            below[node] = deepest + isinstance(node.op, IfElse)

        self.root = Region()
        self.of: dict[Apply, Region | None] = {}
        self.groups: list[Group] = []
        known: dict[Any, Group] = {}
        self.wanted = dict.fromkeys(self.fgraph.outputs, self.root)
        for node in reversed(self.order):
            places = [self.wanted[v] for v in node.outputs if v in self.wanted]
            if not places:
                self.of[node] = None
                continue
            region = places[0]
            for place in places[1:]:
                region = region.meet(place)
            self.of[node] = region
            if isinstance(node.op, IfElse):
                key = (region, node.inputs[0], below[node])
                if key not in known:
                    known[key] = Group(node, region, below[node])
                    self.groups.append(known[key])
                self.join(known[key], node)
            else:
                region.nodes.append(node)
                if not node.op.from_shapes or node in self.kept_readers:
                    self.want(node.inputs, region)

    def join(self, group: Group, node: Apply) -> None:
        """Make a node part of a group."""
        assert isinstance(node.op, IfElse)
        self.want([group.condition], group.region)
        of_then = node.op.then_of(node.inputs[1:])
        of_else = node.op.else_of(node.inputs[1:])
        for choice in zip(node.outputs, of_then, of_else, strict=True):
            if choice[0] in self.wanted:
                group.choices.append(choice)
                self.want([choice[1]], group.sides[0])
                self.want([choice[2]], group.sides[1])

    def want(self, variables: Iterable[Variable], region: Region) -> None:
        """Note that variables are needed in a region."""
        for variable in variables:
            place = self.wanted.get(variable)
            self.wanted[variable] = region if place is None else place.meet(region)

    def displaced_readers(self) -> list[Apply]:
        """Return the readers of shapes that are not where their tensor is."""
        found = []
        for node in self.order:
            region = self.of[node]
            if not node.op.from_shapes or region is None or node in self.kept_readers:
                continue
            (tensor,) = node.inputs
            if tensor.owner is None:
                continue
            place = self.of[tensor.owner]
            if self.is_dropped(tensor) or place is None or not place.holds(region):
                found.append(node)
        return found

    def is_dropped(self, variable: Variable) -> bool:
        """Whether a variable is an output of an ``IfElse`` that nothing needs: it goes."""
        node = variable.owner
        return node is not None and isinstance(node.op, IfElse) and variable not in self.wanted

    def follow_shapes(self, readers: Sequence[Apply]) -> None:
        """Give readers the lengths that ``infer_shape`` tells; the others keep their tensor."""
        resolver = Resolver(self.is_outside)
        for node in readers:
            found = resolver.resolve(node.outputs)
            if found is None or found[0].type != node.outputs[0].type:
                self.kept_readers.add(node)
            else:
                self.fgraph.replace(node.outputs[0], found[0], reason="gather")

    def is_outside(self, variable: Variable) -> bool:
        """Whether a variable is computed in any case."""
        if variable.owner is None:
            return True
        return self.of.get(variable.owner) is self.root and not self.is_dropped(variable)


class HostSizes:
    """What the host knows of sides before a launch: sizes within them, and whether theirs differ.

    Attributes
    ----------
    sides : dict
        From each group to the side that a call must be compiled for (see ``Branches``), and whether
        the shapes of the two always agree. There is no such side if they do, or if the host cannot
        tell in time.

    Notes
    -----
    A number that fixes a shape within a side is computed outside, so that it is a part of the key,
    and not all that it is computed from. Where the other side is to be taken it is zero: so the
    sizes of one side do not tell apart what is compiled of the other.
    """

    def __init__(self, fgraph: FunctionGraph, regions: Regions) -> None:
        self.levels = Levels(fgraph.inputs)
        for node in regions.order:
            self.levels.visit(node)
        self.known = set(self.levels.of)
        self.resolver = Resolver(lambda variable: variable.owner is None)
        self.sides = {group: self.side(group) for group in regions.groups}
        for node, region in regions.of.items():
            if region is not None and region.depth and not isinstance(node.op, IfElse):
                self.hoist_sizes(node, region)

    def side(self, group: Group) -> tuple[Variable | None, bool]:
        """Return what ``sides`` holds."""
        results = group.results()
        if not any(getattr(v.type, "ndim", 1) for v in results[0]):
            return None, True
        if not all(isinstance(v.type, TensorType) for v in results[0]):
            return None, False
        if not self.levels.in_time(group.condition):
            return None, False
        lengths = [n for one in results for v in one for n in lengths_of(v)]
        found = self.resolver.resolve([group.condition, *lengths])
        if found is None:
            return None, False
        condition, *lengths = found
        n = len(lengths) // 2
        pairs = list(zip(lengths[:n], lengths[n:], strict=True))
        pairs = [(a, b) for a, b in pairs if a is not b]
        if not pairs:
            return None, True
        taken: Any = cast(neq(condition, 0), "int64")
        side: Any = as_tensor_variable(np.int64(EITHER))
        for a, b in pairs:
            side = switch(eq(a, b), side, taken)
        return (side, False) if self.is_in_time(side) else (None, False)

    def hoist_sizes(self, node: Apply, region: Region) -> None:
        """Let the static inputs of a node within a side be computed outside, where that works."""
        for i in node.op.static_inputs(node):
            variable = node.inputs[i]
            found = None
            if not isinstance(variable, Constant):
                found = self.resolver.resolve([variable])
            if found is None:
                continue
            (size,) = found
            here: Region | None = region
            while here is not None and here.group is not None:
                side, _ = self.sides[here.group]
                if side is not None:
                    other = int(here is here.group.sides[1])
                    size = switch(eq(side, other), np.int8(0), size)
                here = here.parent
            if size.type == variable.type and self.is_in_time(size):
                node.inputs[i] = size

    def is_in_time(self, variable: Variable) -> bool:
        """Whether the host can compute a new variable before a launch."""
        for node in toposort([variable], self.known):
            self.levels.visit(node)
            self.known.update(node.outputs)
        return self.levels.in_time(variable)


class Builder:
    """Makes the nodes of ``Branches``, of the nodes that belong inside."""

    def __init__(self, regions: Regions) -> None:
        self.regions = regions
        self.new: dict[Variable, Variable] = {}

    def build(self, group: Group, side: Variable | None, is_alike: bool) -> None:
        """Make the node for one group, whose inner groups have theirs."""
        results = [[self.new.get(v, v) for v in one] for one in group.results()]
        moved = [{v for node in region.nodes for v in node.outputs} for region in group.sides]
        operands: dict[Variable, None] = {}
        for region, made, one in zip(group.sides, moved, results, strict=True):
            used = [self.new.get(v, v) for node in region.nodes for v in node.inputs]
            operands.update(
                (v, None) for v in [*used, *one] if v not in made and not isinstance(v, Constant)
            )
        then_graph, else_graph = (
            self.inner_graph(region, list(operands), one)
            for region, one in zip(group.sides, results, strict=True)
        )
        op = Branches(then_graph, else_graph, is_sided=side is not None, is_alike=is_alike)
        condition = self.new.get(group.condition, group.condition)
        node = op.make_node(condition, *([] if side is None else [side]), *operands)
        node.set_source(group.source)
        group.region.nodes.append(node)
        self.new.update(zip([v for v, _, _ in group.choices], node.outputs, strict=True))

    def inner_graph(
        self, region: Region, operands: Sequence[Variable], results: Sequence[Variable]
    ) -> FunctionGraph:
        """Return the graph of one side, which takes its nodes over."""
        stand_ins: dict[Variable, Variable] = {}
        for operand in operands:
            stand_ins[operand] = operand.type.make_variable(operand.name)
            stand_ins[operand].source = operand.source
        for node in region.nodes:
            node.inputs = [stand_ins.get(v, v) for v in (self.new.get(v, v) for v in node.inputs)]
        outputs = [stand_ins.get(v, v) for v in results]
        return FunctionGraph(list(stand_ins.values()), outputs, clone=False)

    def finished(self) -> FunctionGraph:
        """Return the whole graph."""
        regions = self.regions
        for node in regions.root.nodes:
            node.inputs = [self.new.get(v, v) for v in node.inputs]
        outputs = [self.new.get(v, v) for v in regions.fgraph.outputs]
        return FunctionGraph(regions.fgraph.inputs, outputs, clone=False)
