"""``Executor``: runs the stages of a function, and commits the new values."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from theano.compile.compiled_part import CompiledPart, HostFallbackWarning
from theano.compile.launching import Cell, launch, store, uninterrupted
from theano.compile.mode import Mode
from theano.compile.warn import warn_user
from theano.errors import NO_FAULT, NeedsPerform
from theano.graph import Apply, Constant, FunctionGraph, Variable
from theano.graph.interpreter import run_node, value_of
from theano.lowering import Interpreter
from theano.lowering.inner import prepared
from theano.lowering.plan import HostNode, make_plan
from theano.runtime.devices import copied
from theano.runtime.executable import Compilation
from theano.runtime.forking import STATE_LOCK


class Executor:
    """Runs a graph whose inputs are a function's arguments and then its shared variables.

    Parameters
    ----------
    fgraph : FunctionGraph
        Outputs: what the caller gets, then the new values.
    state : sequence of Cell
        Where the values of the shared inputs lie; no cell twice.
    targets : sequence of Cell
        For each new value, where it goes.
    mode : Mode
        Whether to run node by node through ``perform``, and the bounds on what is compiled.
    name : str
        What warnings call the function.

    Notes
    -----
    The memory of updated shared variables is donated to the last launch of a call, so between
    launch and commit the only whole copy of a parameter is in the results. Both therefore happen
    inside one call that runs no Python bytecode: a signal handler, and so a KeyboardInterrupt,
    comes before or after, never between. Compiling, and the first launch of an executable, run
    Python inside JAX, which an exception at any odd instant would leave in disorder; they are made
    in a thread of their own, where no signal handler runs, and waited for.
    """

    def __init__(
        self,
        fgraph: FunctionGraph,
        state: Sequence[Cell],
        targets: Sequence[Cell],
        mode: Mode,
        name: str = "",
    ) -> None:
        self.fgraph = fgraph
        self.state = list(state)
        self.updated_cells = list(targets)
        self.n_arguments = len(fgraph.inputs) - len(self.state)
        self.n_results = len(fgraph.outputs) - len(self.updated_cells)
        self.name = name
        self.limits = mode.limits
        place = {id(cell): i for i, cell in enumerate(self.state)}
        # From new values to the positions of the old ones among the inputs, where they are.
        self._old = {
            j: self.n_arguments + place[id(cell)]
            for j, cell in enumerate(targets)
            if id(cell) in place
        }
        self._refused: list[Apply] = []
        self.interpreter: Interpreter | None = None
        self.only_part = False
        self.part: CompiledPart | None = None
        self._order: list[int] = []
        if mode.on_host:
            gathered = prepared(fgraph, for_device=False)
            self.interpreter = mode.interpreter(fgraph, gathered)
        else:
            self._graph = prepared(fgraph)
            self._cut()

    def _cut(self) -> None:
        """Make the programs: those of earlier stages, and the last, which commits."""
        graph = self._graph
        *earlier, last = make_plan(graph, self._refused)
        if not self._refused:
            for node in (h.node for stage in (*earlier, last) for h in stage.host_nodes):
                if reason := node.op.why_on_host(node):
                    self._warn_of_host(node, reason)
        self._earlier = [
            (s.host_nodes, self._part(s.part.inputs, s.part.outputs) if s.part else None)
            for s in earlier
        ]
        self._last_host_nodes = last.host_nodes
        nodes = last.part.nodes if last.part else []
        inside = {output for node in nodes for output in node.outputs}
        # Objects that are no arrays are for host nodes alone.
        ours = [v for v in graph.inputs if v.type.on_device]
        arrays_only = all(v.type.on_device for v in (*graph.inputs, *graph.outputs))
        self.only_part = arrays_only and not self._earlier and not self._last_host_nodes
        # What the last program computes, or copies; the rest is known before.
        inside.update(ours)
        if self.only_part:
            inside.update(graph.outputs)
        new, n = graph.outputs[self.n_results :], self.n_results
        within = [i for i, v in enumerate(graph.outputs) if v in inside]
        # JAX gives the memory of donated inputs to outputs of their shape in order of appearance.
        # So new values come first, in the order of the state: each takes over its own old memory.
        donated = sorted((j for j in self._old if new[j] in inside), key=self._old.__getitem__)
        first = [n + j for j in donated]
        results = [i for i in within if i < n]
        kept = [i for i in within if i >= n and i not in set(first)]
        self._order = [*first, *results, *kept]
        self._outside = [i for i, v in enumerate(graph.outputs) if v not in inside]
        inputs = list(graph.inputs)
        if not self.only_part:
            needed = {*(last.part.inputs if last.part else ()), *graph.outputs}
            needed.update(graph.inputs[self._old[j]] for j in donated)
            computed = [v for v in (last.part.inputs if last.part else ()) if v.owner is not None]
            inputs = [*(v for v in ours if v in needed), *computed]
        position = {v: i for i, v in enumerate(inputs)}
        self._part_inputs = inputs
        self.part = None
        if self._order or self.only_part:
            self.part = self._part(
                inputs,
                [graph.outputs[i] for i in self._order],
                [position[graph.inputs[self._old[j]]] for j in donated],
                len(new) - len(donated),
            )
        self._bind()

    def _part(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        donate: Sequence[int] = (),
        n_stored: int = 0,
    ) -> CompiledPart:
        return CompiledPart(inputs, outputs, donate, n_stored, self.limits, self.name)

    @property
    def parts(self) -> list[CompiledPart]:
        """The programs, in the order in which they run."""
        if self.interpreter is not None:
            return []
        found = [part for _, part in self._earlier] + [self.part]
        return [part for part in found if part is not None]

    @property
    def compilations(self) -> list[Compilation]:
        """What was compiled so far, program by program."""
        return [one for part in self.parts for one in part.compilations]

    def with_cells(self, state: Sequence[Cell], targets: Sequence[Cell]) -> Executor:
        """Return an executor of the same program, and of what was compiled of it, on other cells.

        ``state`` and ``targets`` must correspond to this one's, place by place.
        """
        other = copy.copy(self)
        other.state, other.updated_cells = list(state), list(targets)
        other._bind()
        return other

    def _bind(self) -> None:
        """Note the cells before and after those of the results, in the order of the program."""
        n = self.n_results
        first = next((k for k, i in enumerate(self._order) if i < n), 0)
        places = [self.updated_cells[i - n] for i in self._order if i >= n]
        self._places, self._first, self._kept = places, places[:first], places[first:]

    def __call__(self, arguments: list[Any]) -> Sequence[Any]:
        """Run once: return the results on their device, and commit the new values.

        XLA reads arguments in place. Whoever waits for the results knows that it has read them;
        where there are none, this waits.

        Parameters
        ----------
        arguments : list of ndarray
            Of the right dtypes.
        """
        try:
            if not self.state and not self.updated_cells:
                if self.part is not None and self.only_part:
                    executable, taken = self.part(arguments)
                    if executable.is_plain:
                        return executable.call(*taken)
                return self._run(arguments)
            with STATE_LOCK:
                results = self._run(arguments)
                if arguments and not results and self.updated_cells:
                    jax.block_until_ready(self.updated_cells[0][0])
        except NeedsPerform as reason:
            self._refuse(reason)
            return self(arguments)
        return results

    def _refuse(self, reason: NeedsPerform) -> None:
        """Have a node that turned out not to be possible on the device run on the host."""
        node = reason.node
        if node is None or node in self._refused:
            raise reason
        self._warn_of_host(node, str(reason))
        self._refused.append(node)
        self._cut()

    def _warn_of_host(self, node: Apply, reason: str) -> None:
        warn_user(
            f"the function {self.name or '(without a name)'} runs {node.op} on the host"
            f"{f' (created at {node.source})' if node.source else ''}: {reason}",
            HostFallbackWarning,
        )

    def _run(self, arguments: list[Any]) -> Sequence[Any]:
        arrays = arguments + [cell[0] for cell in self.state] if self.state else arguments
        if self.only_part:
            assert self.part is not None
            executable, taken = self.part(arrays)
            if executable.is_plain:
                if not self.n_results:
                    launch(executable.call, taken, self._places)
                    return ()
                results: list[Cell] = [[None] for _ in range(self.n_results)]
                launch(executable.call, taken, [*self._first, *results, *self._kept])
                return [cell[0] for cell in results]
        results = [[None] for _ in range(self.n_results)]
        cells = [*results, *self.updated_cells]
        if self.only_part:
            run_executable(executable, taken, [cells[i] for i in self._order])
        elif self.interpreter is not None:
            self._run_nodes(arrays, cells)
        else:
            self._run_stages(arrays, cells)
        return [cell[0] for cell in results]

    def _run_nodes(self, arrays: list[Any], cells: list[Cell]) -> None:
        """Run node by node through ``perform``."""
        assert self.interpreter is not None
        values = self.interpreter(*map(on_host, arrays))
        n = self.n_results
        store(cells, [*values[:n], *map(stored, self.fgraph.outputs[n:], values[n:])])

    def _run_stages(self, arrays: list[Any], cells: list[Cell]) -> None:
        values: dict[Variable, Any] = dict(zip(self._graph.inputs, arrays, strict=True))
        for host_nodes, part in self._earlier:
            run_on_host(host_nodes, values)
            if part is not None:
                found: list[Cell] = [[None] for _ in part.outputs]
                run_executable(*part([values[v] for v in part.inputs]), found)
                values.update(zip(part.outputs, [cell[0] for cell in found], strict=True))
        run_on_host(self._last_host_nodes, values)
        outputs = self._graph.outputs
        known = [value_of(outputs[i], values) for i in self._outside]
        known = [
            value if i < self.n_results else stored(outputs[i], value)
            for i, value in zip(self._outside, known, strict=True)
        ]
        places = [cells[i] for i in (*self._order, *self._outside)]
        if self.part is None:
            store(places, known)
        else:
            executable, taken = self.part([values[v] for v in self._part_inputs])
            run_executable(executable, taken, places, known)


def run_executable(
    executable: Any, taken: list[Any], cells: list[Cell], values: Sequence[Any] = ()
) -> None:
    """Run one program, and put its results, and then ``values``, into ``cells``.

    Raises
    ------
    Exception
        A check of the program failed; nothing is stored, or all is.
    """
    executable.check_memory()
    if executable.errors:
        run_checked(executable, taken, cells, values)
    elif executable.is_warm:
        launch(executable.call, taken, cells, values)
    else:
        uninterrupted(launch, executable.call, taken, cells, values)
        executable.warm()


def run_checked(
    executable: Any, taken: list[Any], cells: list[Cell], values: Sequence[Any]
) -> None:
    """Run a program that checks on its device what only it knows, such as indices."""
    faults: Cell = [None]
    n = len(cells) - len(values)
    places = cells[:n] if executable.in_place else [[None] for _ in range(n)]
    if executable.is_warm:
        launch(executable.call, taken, [*places, faults])
    else:
        uninterrupted(launch, executable.call, taken, [*places, faults])
        executable.warm()
    found = np.asarray(faults[0])
    (failed,) = np.nonzero(found != NO_FAULT)
    if failed.size:
        raise executable.errors[failed[0]](int(found[failed[0]]))
    if executable.in_place:
        store(cells[n:], values)
    else:
        store(cells, [*(cell[0] for cell in places), *values])


def run_on_host(nodes: Sequence[HostNode], values: dict[Variable, Any]) -> None:
    """Run nodes through ``perform``, and add their results to ``values``."""
    for one in nodes:
        node = one.node
        if one.size_program is not None:
            numbers = one.size_program([values[v] for v in one.size_program.inputs])
            for variable, number in zip(one.numbers, numbers, strict=True):
                values[variable] = np.asarray(number, getattr(variable.type, "dtype", None))
        for variable in node.inputs:
            if not isinstance(variable, Constant):
                values[variable] = on_host(values[variable])
        run_node(node, values)


def on_host(value: Any) -> Any:
    """Return a value as the host reads it: a NumPy array where it is one of a device."""
    return np.asarray(value) if isinstance(value, jax.Array) else value


def stored(variable: Variable, value: Any) -> Any:
    """Return a value as a shared variable holds it: on its device, and nobody else's."""
    if not variable.type.on_device:
        return value
    return copied(value)
