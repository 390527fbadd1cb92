"""``Executor``: chooses an executable, launches it, and commits the new values."""

from __future__ import annotations

import threading
import warnings
from collections import deque
from collections.abc import Sequence
from itertools import chain, repeat, starmap
from operator import setitem
from typing import Any

import jax

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
        Outputs: what the caller gets, then the new values of shared variables.
    state : sequence of Cell
        Where the values of the shared inputs lie.
    updated : sequence of int
        For each new value, which of ``state`` it goes to.
    on_host : bool
        Run node by node through ``perform``.
    name : str
        What warnings call the function.

    Notes
    -----
    The memory of updated shared variables is donated to the launch, so between launch and commit the
    only whole copy of a parameter is in the results. Both therefore happen inside one call that runs
    no Python bytecode: a signal handler, and so a KeyboardInterrupt, comes before or after, never
    between. The first launch of an executable still runs Python inside JAX; it is made in a thread of
    its own, where no signal handler runs, and waited for.
    """

    def __init__(
        self,
        fgraph: FunctionGraph,
        state: Sequence[Cell],
        updated: Sequence[int],
        on_host: bool = False,
        name: str = "",
    ) -> None:
        self.fgraph = fgraph
        self.state = list(state)
        self.updated_cells = [self.state[i] for i in updated]
        self.n_arguments = len(fgraph.inputs) - len(self.state)
        self.n_results = len(fgraph.outputs) - len(self.updated_cells)
        self.donate = [self.n_arguments + i for i in dict.fromkeys(updated)]
        self.dtypes = [v.type.dtype for v in fgraph.inputs]
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

    def _fall_back(self, reason: str) -> None:
        warnings.warn(
            f"the function {self.name or '(without a name)'} runs node by node on the host: {reason}",
            HostFallbackWarning,
            stacklevel=2,
        )
        self.interpreter = Interpreter(self.fgraph)

    def __call__(self, arguments: list[Any], borrowed: bool) -> list[Any]:
        """Run once: return the results on their device, and commit the new values.

        Parameters
        ----------
        arguments : list of ndarray
            Of the right dtypes.
        borrowed : bool
            An argument is the caller's own memory, so that it must be read before this returns.
        """
        if self.interpreter is not None:
            return self._run_on_host(arguments)
        arrays = arguments + [cell[0] for cell in self.state]
        key = tuple([a.shape for a in arrays])
        executable = self.executables.get(key)
        results: list[Cell] = [[None] for _ in range(self.n_results)]
        cells = results + self.updated_cells
        if executable is None:
            try:
                executable = compile_program(self.program, arrays, self.dtypes, self.donate)
            except NeedsPerform as reason:
                self._fall_back(str(reason))
                return self._run_on_host(arguments)
            uninterrupted(launch, executable.call, arrays, cells)
            self.executables[key] = executable
        else:
            launch(executable.call, arrays, cells)
        if borrowed and not results and self.updated_cells:
            jax.block_until_ready(self.updated_cells[0][0])
        return [cell[0] for cell in results]

    def _run_on_host(self, arguments: list[Any]) -> list[Any]:
        assert self.interpreter is not None
        values = self.interpreter(*arguments, *[jax.device_get(cell[0]) for cell in self.state])
        new = [to_device(value) for value in values[self.n_results :]]
        deque(map(setitem, self.updated_cells, repeat(0), new), maxlen=0)
        return list(values[: self.n_results])


def launch(call: Any, arrays: list[Any], cells: list[Cell]) -> None:
    """Run an executable and put each result into its cell, in one call without bytecode."""
    deque(map(setitem, cells, repeat(0), chain.from_iterable(starmap(call, (arrays,)))), maxlen=0)


def uninterrupted(task: Any, *args: Any) -> None:
    """Run ``task`` in a thread, where no signal handler runs, and wait for its end.

    A KeyboardInterrupt that comes meanwhile is raised afterwards.

    Raises
    ------
    Exception
        Whatever ``task`` raises.
    """
    errors: list[BaseException] = []

    def run() -> None:
        try:
            task(*args)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="theano-first-launch")
    thread.start()
    interrupt: KeyboardInterrupt | None = None
    while thread.is_alive():
        try:
            thread.join()
        except KeyboardInterrupt as error:
            interrupt = error
    if interrupt is not None:
        raise interrupt
    if errors:
        raise errors[0]
