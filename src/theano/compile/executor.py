"""``Executor``: chooses an executable, launches it, and commits the new values."""

from __future__ import annotations

import copy
import threading
from _thread import start_new_thread
from collections import deque
from collections.abc import Sequence
from itertools import chain, repeat, starmap
from operator import setitem
from typing import Any

import jax

from theano.compile.warn import warn_user
from theano.errors import NeedsPerform
from theano.graph import FunctionGraph
from theano.lowering import Interpreter, Program
from theano.lowering.program import node_without_lowering
from theano.runtime.devices import to_device
from theano.runtime.executable import Compilation, Executable, compile_program

Cell = list[Any]
"""A list of one element: the place of a value."""


class HostFallbackWarning(UserWarning):
    """A function runs node by node on the host, as XLA cannot take its graph whole."""


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
    on_host : bool
        Run node by node through ``perform``.
    name : str
        What warnings call the function.

    Notes
    -----
    The memory of updated shared variables is donated to the launch, so between launch and commit
    the only whole copy of a parameter is in the results. Both therefore happen inside one call that
    runs no Python bytecode: a signal handler, and so a KeyboardInterrupt, comes before or after,
    never between. Compiling, and the first launch of an executable, run Python inside JAX, which an
    exception at any odd instant would leave in disorder; they are made in a thread of their own,
    where no signal handler runs, and waited for.
    """

    def __init__(
        self,
        fgraph: FunctionGraph,
        state: Sequence[Cell],
        targets: Sequence[Cell],
        on_host: bool = False,
        name: str = "",
    ) -> None:
        self.fgraph = fgraph
        self.state = list(state)
        self.updated_cells = list(targets)
        self.n_arguments = len(fgraph.inputs) - len(self.state)
        self.n_results = len(fgraph.outputs) - len(self.updated_cells)
        place = {id(cell): i for i, cell in enumerate(self.state)}
        last = len(self.state)
        # JAX gives the memory of donated inputs to outputs of their shape in order of appearance.
        # So new values come first, in the order of the state: each takes over its own old memory.
        by_place = sorted(range(len(targets)), key=lambda j: place.get(id(targets[j]), last))
        n_donated = sum(id(cell) in place for cell in targets)
        self.donate = [self.n_arguments + place[id(targets[j])] for j in by_place[:n_donated]]
        self.donated, self.kept = by_place[:n_donated], by_place[n_donated:]
        self.dtypes = [getattr(v.type, "dtype", "") for v in fgraph.inputs]
        self.executables: dict[Any, Executable] = {}
        self.name = name
        self.interpreter: Interpreter | None = None
        if on_host:
            self.interpreter = Interpreter(fgraph)
        else:
            node = node_without_lowering(fgraph)
            if node is not None:
                self._fall_back(f"{node.op} has no lowering")
            else:
                self.program = Program(fgraph)

    @property
    def compilations(self) -> list[Compilation]:
        """What was compiled so far, in order."""
        return [executable.compilation for executable in self.executables.values()]

    def with_cells(self, state: Sequence[Cell], targets: Sequence[Cell]) -> Executor:
        """Return an executor of the same program, and of what was compiled of it, on other cells.

        ``state`` and ``targets`` must correspond to this one's, place by place.
        """
        other = copy.copy(self)
        other.state, other.updated_cells = list(state), list(targets)
        return other

    def _fall_back(self, reason: str) -> None:
        warn_user(
            f"the function {self.name or '(without a name)'} runs node by node on the host: "
            f"{reason}",
            HostFallbackWarning,
        )
        self.interpreter = Interpreter(self.fgraph)

    def __call__(self, arguments: list[Any]) -> list[Any]:
        """Run once: return the results on their device, and commit the new values.

        XLA reads arguments in place. Whoever waits for the results knows that it has read them;
        where there are none, this waits.

        Parameters
        ----------
        arguments : list of ndarray
            Of the right dtypes.
        """
        if self.interpreter is not None:
            return self._run_on_host(arguments)
        arrays = arguments + [cell[0] for cell in self.state]
        key = tuple([a.shape for a in arrays])
        executable = self.executables.get(key)
        results: list[Cell] = [[None] for _ in range(self.n_results)]
        cells = self._in_order(results, self.updated_cells)
        if executable is None:
            try:
                executable = uninterrupted(self._compile, key)
            except NeedsPerform as reason:
                self._fall_back(str(reason))
                return self._run_on_host(arguments)
            uninterrupted(launch, executable.call, arrays, cells)
            executable.warm()
            self.executables[key] = executable
        else:
            launch(executable.call, arrays, cells)
        if arguments and not results and self.updated_cells:
            jax.block_until_ready(self.updated_cells[0][0])
        return [cell[0] for cell in results]

    def _in_order(self, results: Sequence[Any], new_values: Sequence[Any]) -> list[Any]:
        """Return what belongs to the graph's outputs in the order of the executable's."""
        first, last = ([new_values[j] for j in part] for part in (self.donated, self.kept))
        return [*first, *results, *last]

    def _program_in_order(self, *inputs: Any) -> tuple[Any, ...]:
        outputs = self.program(*inputs)
        return tuple(self._in_order(outputs[: self.n_results], outputs[self.n_results :]))

    def _compile(self, shapes: Any) -> Executable:
        try:
            return compile_program(self._program_in_order, shapes, self.dtypes, donate=self.donate)
        except Exception as error:
            # What JAX says of its own frames means nothing to the user of a graph.
            notes = getattr(error, "__notes__", [])
            notes[:] = [note for note in notes if "JAX has removed" not in note]
            raise

    def _run_on_host(self, arguments: list[Any]) -> list[Any]:
        assert self.interpreter is not None
        values = self.interpreter(*arguments, *[jax.device_get(cell[0]) for cell in self.state])
        new = [to_device(value) for value in values[self.n_results :]]
        deque(map(setitem, self.updated_cells, repeat(0), new), maxlen=0)
        return list(values[: self.n_results])


def launch(call: Any, arrays: list[Any], cells: list[Cell]) -> None:
    """Run an executable and put each result into its cell, in one call without bytecode."""
    deque(map(setitem, cells, repeat(0), chain.from_iterable(starmap(call, (arrays,)))), maxlen=0)


def uninterrupted(task: Any, *args: Any) -> Any:
    """Run ``task`` in a thread, where no signal handler runs, and return what it returns.

    What a handler raises meanwhile, such as KeyboardInterrupt, is raised afterwards.

    Raises
    ------
    Exception
        Whatever ``task`` raises.
    """
    results: list[Any] = []
    errors: list[BaseException] = []
    ended: list[bool] = []
    running = threading.Lock()
    running.acquire()

    def run() -> None:
        try:
            results.append(task(*args))
        except BaseException as error:
            errors.append(error)
        finally:
            ended.append(True)
            running.release()

    # The thread starts and is noted within one call, so that it is known at any instant whether
    # there is one to wait for.
    started: list[int] = []
    try:
        started.extend(starmap(start_new_thread, ((run, ()),)))
        running.acquire()
    except BaseException:
        while started and not ended:
            try:
                running.acquire()
            except BaseException:  # the first one is raised
                continue
        raise
    if errors:
        raise errors[0]
    return results[0]
