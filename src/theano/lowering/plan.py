"""``Plan``: a graph cut into programs for the device and steps on the host.

A node without lowering, such as a user's op with ``perform`` alone or ``nonzero``, runs on the
host; so a graph is cut before and after it. It is cut too where the shape of something depends on
a value that only the device knows: the value is fetched, and what follows is compiled for it. The
run of a plan is a sequence of stages: host nodes, then one program. Most graphs have one stage
without host nodes. Very long chains of nodes are cut too, as XLA's time for a program grows with
the square of their length.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from theano.graph import Apply, Constant, FunctionGraph, Variable
from theano.graph.function_graph import Feature
from theano.graph.ordering import toposort
from theano.lowering.levels import Levels
from theano.lowering.sizes import SizeProgram
from theano.tensor.elemwise import DimShuffle, Elemwise


@dataclass
class Part:
    """What becomes one program: nodes in order, what they need, and what others need of them."""

    nodes: list[Apply]
    inputs: list[Variable]
    outputs: list[Variable]


@dataclass
class HostNode:
    """A node that runs on the host.

    Attributes
    ----------
    node : Apply
    numbers : list of Variable
        Those of its inputs that ``size_program`` computes.
    size_program : SizeProgram or None
        Gives them for the values of its own ``inputs``, which are there by then.
    """

    node: Apply
    numbers: list[Variable]
    size_program: SizeProgram | None


@dataclass
class Stage:
    """Nodes that run on the host, in order, and then a program, if there is something for it."""

    host_nodes: list[HostNode]
    part: Part | None


class Newcomers(Feature):
    """Notes the nodes that join a graph."""

    def __init__(self) -> None:
        self.nodes: deque[Apply] = deque()

    def on_import(self, fgraph: FunctionGraph, node: Apply, reason: object) -> None:
        """Note ``node``."""
        self.nodes.append(node)


def expanded(fgraph: FunctionGraph) -> FunctionGraph:
    """Return the graph with nodes replaced by what they expand to; a copy if there are any."""
    if all(node.op.expand(node) is None for node in fgraph.apply_nodes):
        return fgraph
    fgraph = fgraph.clone()
    newcomers = Newcomers()
    newcomers.nodes.extend(fgraph.toposort())
    fgraph.attach_feature(newcomers)
    while newcomers.nodes:
        node = newcomers.nodes.popleft()
        outputs = node.op.expand(node) if node in fgraph.apply_nodes else None
        if outputs is not None:
            for made in toposort(outputs, set(node.inputs)):
                made.set_source(node.source)
            fgraph.replace_all(zip(node.outputs, outputs, strict=True), reason="expand")
    return fgraph


def make_plan(fgraph: FunctionGraph, refused: Collection[Apply] = ()) -> list[Stage]:
    """Cut a graph into stages.

    Parameters
    ----------
    fgraph : FunctionGraph
        Expanded.
    refused : collection of Apply
        Nodes that are to run on the host although they have a lowering.
    """
    return Cutter(fgraph, refused).stages()


LONGEST_ELEMENTWISE = 500
"""Nodes one after another that XLA would fuse: of longer chains its time grows with the square."""
LONGEST = 8000
"""Nodes of any kind one after another in a program, for the same reason."""


def longest_chain(nodes: Sequence[Apply]) -> int:
    """Return how many elementwise operations follow one another at most.

    Parameters
    ----------
    nodes : sequence of Apply
        In an order in which they can be computed. A sum of n terms is n - 1 operations.
    """
    lengths: dict[Apply, int] = {}
    for node in nodes:
        if isinstance(node.op, (Elemwise, DimShuffle)):
            before = (lengths.get(v.owner, 0) for v in node.inputs if v.owner is not None)
            lengths[node] = max(before, default=0) + max(1, len(node.inputs) - 1)
    return max(lengths.values(), default=0)


class Cutter:
    """Finds the stage of every node: first the earliest, then the latest that it may run in.

    Programs come late, so that as much as possible is in the last one, where the memory of updated
    variables is donated and what earlier ones would have to hand over is small.
    """

    def __init__(self, fgraph: FunctionGraph, refused: Collection[Apply]) -> None:
        self.fgraph = fgraph
        self.order = fgraph.toposort()
        self.refused = set(refused)
        self.levels = Levels(fgraph.inputs)
        self.on_host: set[Apply] = set()
        self.stage: dict[Apply, int] = {}
        self.fetched: dict[Apply, list[Variable]] = {}
        self.lengths: dict[Apply, tuple[int, int]] = {}
        self.numbers: dict[Apply, list[Variable]] = {}
        for node in self.order:
            self.place_early(node)
        self.last = max(self.stage.values(), default=0)
        if self.last:
            self.place_late()

    def place_early(self, node: Apply) -> None:
        """Put a node into the earliest stage that it can run in."""
        if node in self.refused or not node.op.lowers(node):
            self.put_on_host(node)
            return
        _, late = self.levels.visit(node)
        self.stage[node] = max(
            [self.available(v) for v in node.inputs] + [self.readable(v) for v in late], default=0
        )
        if late:
            self.fetched[node] = late
        self.bound_length(node)

    def bound_length(self, node: Apply) -> None:
        """Move a node to the next stage where it would make a program's longest path too long."""
        stage = self.stage[node]
        makers = [v.owner for v in node.inputs if v.owner in self.lengths]
        before = [self.lengths[maker] for maker in makers if self.stage[maker] == stage]
        fused, total = (max((pair[k] for pair in before), default=0) + 1 for k in (0, 1))
        if not isinstance(node.op, (Elemwise, DimShuffle)):
            fused = 0
        if fused > LONGEST_ELEMENTWISE or total > LONGEST:
            self.stage[node] = stage + 1
            self.fetched[node] = list(node.inputs)
            fused = total = 0
        self.lengths[node] = fused, total

    def put_on_host(self, node: Apply) -> None:
        """Have a node run on the host."""
        self.on_host.add(node)
        # Numbers that are known before a launch are computed on the host, too, for it.
        numbers = [v for v in node.inputs if self.is_number_in_time(v)]
        stages = [self.available(v) if v in numbers else self.readable(v) for v in node.inputs]
        self.stage[node] = max(stages, default=0)
        self.numbers[node] = numbers
        for output in node.outputs:
            self.levels.enter(output)

    def is_number_in_time(self, variable: Variable) -> bool:
        """Whether a variable that a node for the device computes is known before its launch."""
        node = variable.owner
        return node is not None and node not in self.on_host and self.levels.in_time(variable)

    def available(self, variable: Variable) -> int:
        """Return the first stage whose program can use a variable."""
        node = variable.owner
        return 0 if node is None else self.stage[node]

    def readable(self, variable: Variable) -> int:
        """Return the first stage whose host nodes can use a variable."""
        node = variable.owner
        return 0 if node is None else self.stage[node] + (node not in self.on_host)

    def place_late(self) -> None:
        """Move every node for the device to the last stage where its users still find it."""
        for node in reversed(self.order):
            if node in self.on_host:
                continue
            limit = self.last
            for output in node.outputs:
                for client, _ in self.fgraph.clients[output]:
                    if isinstance(client, str) or output in self.numbers.get(client, ()):
                        continue
                    before = client in self.on_host or output in self.fetched.get(client, ())
                    limit = min(limit, self.stage[client] - before)
            self.stage[node] = limit
        for node in self.order:
            # A shape is read where its tensor is, which then need not be handed over.
            source = node.inputs[0].owner if node.op.from_shapes else None
            if source is not None and not self.on_host.intersection((node, source)):
                self.stage[node] = self.stage[source]

    def stages(self) -> list[Stage]:
        """Return the stages, in the order in which they run."""
        host: list[list[Apply]] = [[] for _ in range(self.last + 1)]
        device: list[list[Apply]] = [[] for _ in range(self.last + 1)]
        for node in self.order:
            (host if node in self.on_host else device)[self.stage[node]].append(node)
        given = [v for v in self.fgraph.inputs if v.type.on_device]
        stages = []
        for on_host, nodes in zip(host, device, strict=True):
            host_nodes = []
            for node in on_host:
                numbers = self.numbers[node]
                program = SizeProgram(given, numbers) if numbers else None
                host_nodes.append(HostNode(node, numbers, program))
                given = [*given, *(v for v in node.outputs if v.type.on_device)]
            part = self.part(nodes)
            stages.append(Stage(host_nodes, part if part.outputs else None))
        return stages

    def part(self, nodes: Sequence[Apply]) -> Part:
        """Return the program of some nodes, with what goes in and out."""
        members = set(nodes)
        produced = {output for node in nodes for output in node.outputs}
        needed = dict.fromkeys(v for node in nodes for v in node.inputs)
        inputs = [v for v in needed if v not in produced and not isinstance(v, Constant)]
        outputs = [
            output
            for node in nodes
            for output in node.outputs
            if any(
                isinstance(client, str)
                or (client not in members and output not in self.numbers.get(client, ()))
                for client, _ in self.fgraph.clients[output]
            )
        ]
        return Part(list(nodes), inputs, outputs)
