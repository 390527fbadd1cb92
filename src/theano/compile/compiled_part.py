"""``CompiledPart``: one program of a function, with what was compiled of it for which sizes."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from operator import itemgetter
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from theano.compile.launching import uninterrupted
from theano.compile.limits import Limits
from theano.compile.warn import warn_user
from theano.errors import NO_FAULT, NeedsPerform
from theano.graph import Variable
from theano.graph.interpreter import at_once
from theano.graph.ordering import toposort
from theano.lowering import Interpreter, Program
from theano.lowering.context import Faults
from theano.lowering.levels import Level, Levels
from theano.lowering.plan import longest_chain
from theano.lowering.sizes import SizeProgram
from theano.runtime.devices import to_device
from theano.runtime.executable import Compilation, Executable, NoCompiler, compile_program
from theano.runtime.forking import lets_go_in_a_child

OFTEN, LONG = 200, 8
"""How often a step of a loop runs on the host before it is compiled, and how many nodes it has."""
USUAL = 1.0
"""How many seconds a program is taken to compile before any was."""
LONG_CHAIN = 200
"""Elementwise operations one after another beyond which XLA is to compile a program quickly."""


class HostFallbackWarning(UserWarning):
    """Something runs on the host that could run in a program of XLA's."""


class TooManyCompilationsWarning(UserWarning):
    """A function was compiled for many sizes; each new one takes its time."""


class CompiledPart:
    """A program, and an executable for each combination of shapes and sizes that it met.

    Parameters
    ----------
    inputs, outputs : sequences of Variable
        What it is given and what it computes. Inputs may be computed by nodes, elsewhere.
    donate : sequence of int
        Inputs whose memory the first outputs take over, one each.
    n_stored : int
        How many values a call stores besides those that take over memory.
    limits : Limits
        How many executables are kept, and when to warn.
    name : str
        What warnings call the function.

    Notes
    -----
    An executable is chosen by the shapes of the inputs and by those *sizes* that shapes do not
    tell: the values of static inputs that are computed from numbers among the inputs. A short
    Python program computes them before each launch. What it also computes and nothing's shape
    depends on, such as the first place of a slice, is handed over as one vector.

    Where sizes are new at every call, compiling for each would take far longer than computing. So
    beyond a number of compilations a part runs through ``perform`` where that is quicker: a
    combination is compiled only once its runs on the host have taken as long as compiling does.
    """

    def __init__(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        donate: Sequence[int] = (),
        n_stored: int = 0,
        limits: Limits | None = None,
        name: str = "",
    ) -> None:
        self.inputs, self.outputs = list(inputs), list(outputs)
        self.donate, self.n_stored = list(donate), n_stored
        self.limits = Limits() if limits is None else limits
        self.name = name
        self.executables: OrderedDict[Any, Executable] = OrderedDict()
        self.compilations: list[Compilation] = []
        self._host_seconds: dict[Any, float] = {}
        self._longest_on_host = 0.0
        self._host: Interpreter | None = None
        self.steps = CompiledSteps(name)
        self._warned = self._warned_of_fork = False
        self._find_sizes()
        lets_go_in_a_child(self)

    def _find_sizes(self) -> None:
        levels = Levels(self.inputs)
        sizes: dict[Variable, None] = {}
        early: dict[Variable, None] = {}
        for node in toposort(self.outputs, set(self.inputs)):
            sizes.update(dict.fromkeys(levels.visit(node)[0]))
            if node.op.before_launch and all(
                levels[v] == Level.HOST and levels.in_time(v) for v in node.outputs
            ):
                early.update(dict.fromkeys(node.outputs))
        self.sizes = list(sizes)
        self.early = [v for v in early if v not in sizes]
        self.program = Program([*self.inputs, *self.sizes, *self.early], self.outputs)
        read = set(self.program.reads)
        self.moving = [v for v in self.early if v in read]
        self.taken = [i for i, v in enumerate(self.inputs) if v in read or i in self.donate]
        self._take: Callable[[Any], Any] | None = None
        if len(self.taken) == 1:
            (only,) = self.taken
            self._take = lambda arrays: [arrays[only]]
        elif len(self.taken) < len(self.inputs):
            get = itemgetter(*self.taken) if self.taken else tuple
            self._take = lambda arrays: list(get(arrays)) if self.taken else []
        self._has_long_chain = longest_chain(self.program.nodes) > LONG_CHAIN
        self.size_program: SizeProgram | None = None
        if self.sizes or self.moving:
            self.size_program = SizeProgram(self.inputs, [*self.sizes, *self.moving])

    def __call__(self, arrays: list[Any]) -> tuple[Executable | HostRun, list[Any]]:
        """Return the executable for ``arrays`` and what it is to be launched with.

        Parameters
        ----------
        arrays : list
            For all of the inputs.
        """
        shapes = key = tuple([a.shape for a in arrays])
        sizes: tuple[Any, ...] = ()
        taken = arrays if self._take is None else self._take(arrays)
        if self.size_program is not None:
            numbers = self.size_program(arrays)
            sizes = numbers[: len(self.sizes)]
            key = (shapes, sizes)
            if self.moving:
                taken = [*taken, np.array(numbers[len(self.sizes) :], dtype="int64")]
        executable = self.executables.get(key)
        if executable is None:
            if self._stays_on_host(key):
                return HostRun(self, key), arrays
            try:
                executable = self._add(key, shapes, sizes)
            except NoCompiler:
                self._warn_of_fork()
                return HostRun(self, key), arrays
        elif len(self.executables) > 1:
            # Another thread may have just dropped it.
            with suppress(KeyError):
                self.executables.move_to_end(key)
        return executable, taken

    def _warn_of_fork(self) -> None:
        if not self._warned_of_fork:
            self._warned_of_fork = True
            warn_user(
                f"the function {self.name or '(without a name)'} runs node by node on the host: "
                "this process is a fork of one that has compiled with XLA, which then cannot "
                "compile here. Start processes by 'spawn' or 'forkserver', fork before the first "
                "call, or call the function with these shapes in the parent too, with "
                "theano.config.executables.cache on",
                HostFallbackWarning,
            )

    def let_go(self) -> None:
        """Drop the executables."""
        self.executables.clear()

    def _stays_on_host(self, key: Any) -> bool:
        """Whether to run through ``perform`` rather than to compile for a new key."""
        made = len(self.compilations)
        if made < min(4, self.limits.host_after):
            return False
        seconds = [c.trace_seconds + c.compile_seconds for c in self.compilations]
        if made < self.limits.host_after and sum(seconds) < self.limits.host_after_seconds:
            return False
        # What comes again will probably come once more. A run that takes longer than compiling,
        # such as one of a long loop, is not tried again.
        usual = float(np.median(seconds)) if seconds else USUAL
        return self._host_seconds.get(key, 0.0) < usual / 4 and self._longest_on_host < usual

    def _add(self, key: Any, shapes: Any, sizes: Any) -> Executable:
        """Compile for a new key."""
        dtypes = [getattr(v.type, "dtype", "") for v in self.inputs]
        executable: Executable = uninterrupted(self._compile, shapes, sizes, dtypes)
        self._host_seconds.pop(key, None)
        self.executables[key] = executable
        self.compilations.append(executable.compilation)
        while len(self.executables) > self.limits.keep:
            self.executables.popitem(last=False)
        if len(self.compilations) > self.limits.warn_after and not self._warned:
            self._warned = True
            warn_user(self._warning(), TooManyCompilationsWarning)
        return executable

    def _compile(self, shapes: Any, sizes: Any, dtypes: Sequence[str]) -> Executable:
        tracing = Tracing(self, sizes)
        taken = self.taken
        shapes_taken, dtypes_taken = [shapes[i] for i in taken], [dtypes[i] for i in taken]
        if self.moving:
            shapes_taken.append((len(self.moving),))
            dtypes_taken.append("int64")
        donate = [taken.index(i) for i in self.donate]
        try:
            executable = compile_program(
                tracing, shapes_taken, dtypes_taken, donate=donate, quickly=self._has_long_chain
            )
            if tracing.must_keep and donate:
                executable = compile_program(
                    tracing, shapes_taken, dtypes_taken, quickly=self._has_long_chain
                )
        except Exception as error:
            # What JAX says of its own frames means nothing to the user of a graph.
            notes = getattr(error, "__notes__", [])
            notes[:] = [note for note in notes if "JAX has removed" not in note]
            raise
        executable.errors = tracing.faults.errors
        executable.in_place = not tracing.must_keep
        executable.compilation = replace(
            executable.compilation,
            shapes=tuple(shapes),
            sizes=tuple(zip(map(str, self.sizes), sizes, strict=True)),
        )
        return executable

    def run_on_host(self, key: Any, arrays: Sequence[Any]) -> tuple[Any, ...]:
        """Run through ``perform``, and note how long it took."""
        if self._host is None:
            self._host = Interpreter(self.inputs, self.outputs)
        started = time.perf_counter()
        with at_once(self.steps):
            values = self._host.node_by_node(*jax.device_get(list(arrays)))
        results = tuple(to_device(value) for value in values)
        spent = time.perf_counter() - started
        self._longest_on_host = max(self._longest_on_host, spent)
        if len(self._host_seconds) > 10 * self.limits.keep:
            self._host_seconds.clear()
        self._host_seconds[key] = self._host_seconds.get(key, 0.0) + spent
        return results

    def _warning(self) -> str:
        seconds = sum(c.trace_seconds + c.compile_seconds for c in self.compilations)
        return (
            f"the function {self.name or '(without a name)'} was compiled for "
            f"{len(self.compilations)} combinations of sizes so far, which took {seconds:.1f} s. "
            f"What varies: {', '.join(self.varying()) or 'shapes'}. Fewer different sizes, for "
            "example lengths padded to some multiple, need fewer compilations; "
            "theano.config.executables.warn sets when this warning comes"
        )

    def varying(self) -> list[str]:
        """Return what differed between compilations, most often first."""
        counts: dict[str, int] = {}
        for i, variable in enumerate(self.inputs):
            n = len({c.shapes[i] for c in self.compilations})
            label = variable.name or str(variable)
            counts[f"the shape of {label}"] = n
        for j, variable in enumerate(self.sizes):
            n = len({c.sizes[j][1] for c in self.compilations})
            counts[f"the value of {self._origin(variable)}"] = n
        return [label for label, n in sorted(counts.items(), key=lambda p: -p[1]) if n > 1]

    def _origin(self, variable: Variable) -> str:
        """Return the names of the inputs that a size is computed from."""
        given = set(self.inputs)
        todo = [variable]
        found: dict[str, None] = {}
        seen: set[Variable] = set()
        while todo:
            v = todo.pop()
            if v in seen:
                continue
            seen.add(v)
            if v in given:
                found[v.name or str(v)] = None
            elif v.owner is not None:
                todo.extend(v.owner.inputs)
        return " and ".join(found) or str(variable)


class CompiledSteps:
    """The steps of loops that run on the host, compiled: they are the same for all lengths.

    Parameters
    ----------
    name : str
        What warnings call the function.

    Attributes
    ----------
    parts : dict
        From what would run a step node by node to its program; None for one that stays so.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts: dict[Interpreter, CompiledPart | None] = {}
        self._runs: dict[Interpreter, int] = {}

    def __call__(self, step: Interpreter, arrays: tuple[Any, ...]) -> list[Any] | None:
        """Return the results of a step, on the host; None where it is to run node by node."""
        if step not in self.parts:
            runs = self._runs[step] = self._runs.get(step, 0) + 1
            if runs <= OFTEN:
                return None
            self.parts[step] = self._program(step)
        part = self.parts[step]
        if part is None:
            return None
        try:
            executable, taken = part(list(arrays))
        except NeedsPerform:
            executable = None
        if executable is None or executable.errors:
            # What is checked is told best node by node.
            self.parts[step] = None
            return None
        return [np.asarray(result) for result in executable.call(*taken)]

    def _program(self, step: Interpreter) -> CompiledPart | None:
        if len(step.nodes) < LONG or not all(node.op.lowers(node) for node in step.nodes):
            return None
        try:
            return CompiledPart(step.inputs, step.outputs, name=f"step of {self.name}")
        except NeedsPerform:
            return None


class Tracing:
    """What JAX traces: the program of a part for given sizes, with its checks.

    Where a check fails, donated variables get their old values back, so that either all updates of
    a call are applied or none. A new value that is the old one with a part written to is applied
    nevertheless, and with it all others: else the old value would have to be kept, which for a
    large table means a copy at every call.

    Attributes
    ----------
    faults : Faults
        What the program checks.
    must_keep : bool
        The old values cannot all come back, as shapes change or not all targets are donated: the
        program is to be compiled without donation, and its results stored after the check.
    """

    def __init__(self, part: CompiledPart, sizes: Sequence[Any]) -> None:
        self.part = part
        self.known = [
            np.asarray(value, dtype=getattr(variable.type, "dtype", None))
            for value, variable in zip(sizes, part.sizes, strict=True)
        ]
        self.faults = Faults()
        self.must_keep = False

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        """Return the results, and last what its checks found, if it has any."""
        part = self.part
        self.faults = faults = Faults()
        given: list[Any] = [None] * len(part.inputs)
        for i, array in zip(part.taken, arrays, strict=False):
            given[i] = array
        moving = {variable: arrays[-1][i] for i, variable in enumerate(part.moving)}
        # What the program does not read is None.
        early = [moving.get(variable) for variable in part.early]
        results = list(part.program(*given, *self.known, *early, faults=faults))
        if not faults.values:
            return tuple(results)
        values = jnp.stack(faults.values)
        pairs = list(zip((given[i] for i in part.donate), results, strict=False))
        if part.n_stored or any((a.shape, a.dtype) != (b.shape, b.dtype) for a, b in pairs):
            self.must_keep = True
        elif not any(map(writes_part, part.outputs[: len(pairs)])):
            failed = jnp.any(values != NO_FAULT)
            results[: len(pairs)] = [jnp.where(failed, old, new) for old, new in pairs]
        return (*results, values)


def writes_part(variable: Variable) -> bool:
    """Whether a new value is another with a part written to, which XLA does in place."""
    return variable.owner is not None and variable.owner.op.writes_part


class HostRun:
    """Stands for an executable, and runs the part through ``perform``."""

    errors: Sequence[Any] = ()
    in_place = True
    is_warm = is_plain = True

    def __init__(self, part: CompiledPart, key: Any) -> None:
        self.part, self.key = part, key

    def check_memory(self) -> None:
        """NumPy raises MemoryError before anything is stored."""

    def call(self, *arrays: Any) -> tuple[Any, ...]:
        """Return the results for all inputs of the part."""
        return self.part.run_on_host(self.key, arrays)
