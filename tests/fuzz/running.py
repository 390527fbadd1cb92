"""The four ways of running a program, which must give the same.

==========  =========================================================
py None     node by node through ``perform``, as written: the reference
py          node by node, rewritten
xla None    compiled, as written
xla         compiled, rewritten
==========  =========================================================
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from tests.fuzz.programs import Built, Program

import theano
from theano.compile.mode import Mode
from theano.graph import FunctionGraph
from theano.graph.interpreter import Interpreter
from theano.graph.queries import clone
from theano.rewriting import rewrite_graph

MODES = {
    "py None": Mode("py", "None"),
    "py": Mode("py", "fast_run"),
    "xla None": Mode("cvm", "None"),
    "xla": Mode("cvm", "fast_run"),
}
REFERENCE = "py None"
CALLS = 2
"""Of a program with updates."""


def outcomes(programs: Sequence[Program], mode: str) -> list[Any]:
    """Run programs as one function: return the results of each, or of a single one its error."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        built = []
        for program in programs:
            try:
                built.append(program.built)
            except Exception as error:
                return [error]
        try:
            return outcomes_of(built, mode)
        except Exception as error:
            if len(programs) == 1:
                return [error]
    return [one for program in programs for one in outcomes([program], mode)]


def outcomes_without_updates(programs: Sequence[Program]) -> list[dict[str, Any]]:
    """Return the outcomes of all ways for each program, in a fifth of the time.

    Graphs are interpreted as they are, and both compiled ways are one program of XLA: what is
    written and what it is rewritten to mostly have much in common, which is compiled once.
    """
    found: list[dict[str, Any]] = []
    several: list[int] = []
    rewritten_outputs: list[list[Any]] = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for k, program in enumerate(programs):
            try:
                built = program.built
                written = interpreted(built, built.outputs)
                outputs = rewritten(built)
                found.append({"py None": written, "py": interpreted(built, outputs)})
            except Exception:
                found.append({mode: outcomes([program], mode)[0] for mode in MODES})
            else:
                several.append(k)
                rewritten_outputs.append(outputs)
        together = [programs[k] for k in several]
        try:
            compiled = outcomes_of_both([program.built for program in together], rewritten_outputs)
        except Exception:
            compiled = {mode: outcomes(together, mode) for mode in ("xla None", "xla")}
    for mode, results in compiled.items():
        for k, one in zip(several, results, strict=True):
            found[k][mode] = one
    return found


def interpreted(built: Built, outputs: Sequence[Any]) -> list[Any]:
    """Return values of a graph by ``perform`` of its nodes."""
    inputs = built.inputs + [variable for variable, _ in built.state]
    values = built.arguments + [value for _, value in built.state]
    return list(Interpreter(inputs, outputs)(*values))


def outcomes_of_both(
    built: Sequence[Built], rewritten_outputs: Sequence[Sequence[Any]]
) -> dict[str, list[Any]]:
    """Compile graphs as they are written and as they are rewritten, and run them."""
    written = [v for one in built for v in one.outputs]
    compiled = theano.function(
        [v for one in built for v in one.inputs],
        written + [v for outputs in rewritten_outputs for v in outputs],
        mode=MODES["xla None"],
        on_unused_input="ignore",
    )
    for one in built:
        one.reset()
    results = iter(compiled(*(v for one in built for v in one.arguments)))
    return {
        mode: [[next(results) for _ in one.outputs] for one in built]
        for mode in ("xla None", "xla")
    }


def rewritten(built: Built) -> list[Any]:
    """Return the outputs of a program as the default mode rewrites them."""
    inputs = built.inputs + [variable for variable, _ in built.state]
    _, outputs = clone(inputs, built.outputs, copy_inputs=False)
    function_graph = FunctionGraph(inputs, outputs, clone=False)
    rewrite_graph(function_graph, MODES["xla"].query)
    return function_graph.outputs


def outcomes_of(built: Sequence[Built], mode: str) -> list[Any]:
    """Return for each program its results, call by call, with the updated values."""
    function = theano.function(
        [v for one in built for v in one.inputs],
        [v for one in built for v in one.outputs],
        updates=[pair for one in built for pair in one.updates],
        mode=MODES[mode],
        on_unused_input="ignore",
    )
    arguments = [v for one in built for v in one.arguments]
    for one in built:
        one.reset()
    found: list[list[Any]] = [[] for _ in built]
    calls = CALLS if any(one.updates for one in built) else 1
    for _ in range(calls):
        results = iter(function(*arguments))
        for mine, one in zip(found, built, strict=True):
            mine += [next(results) for _ in one.outputs]
            mine += [variable.get_value() for variable, _ in one.updates]
    # A program without updates gives the same at each call.
    return [
        mine if one.updates else mine[: len(one.outputs)]
        for mine, one in zip(found, built, strict=True)
    ]
