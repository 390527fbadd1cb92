"""``Maker``: what a function was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from theano.compile.io import In, Out, OutputForm
from theano.graph import FunctionGraph, Variable
from theano.shared_variable import Container, SharedVariable


class Maker:
    """What a function was made from.

    Attributes
    ----------
    fgraph : FunctionGraph
        The rewritten graph. Inputs: the function's own, then its shared variables. Outputs: the
        function's own, then the new values of stateful inputs and of shared variables.
    arguments : list of In
        The function's own inputs.
    inputs : list of In
        These, and then the shared variables.
    outputs : list of Out
        The function's own.
    form : OutputForm
    mode : Mode
    name : str or None
    """

    def __init__(
        self,
        fgraph: FunctionGraph,
        arguments: Sequence[In],
        outputs: Sequence[Out],
        form: OutputForm,
        mode: Any,
        name: str | None,
    ) -> None:
        self.fgraph = fgraph
        self.arguments = list(arguments)
        self.inputs = list(arguments)
        self.outputs = list(outputs)
        self.form = form
        self.mode = mode
        self.name = name

    @property
    def linker(self) -> Any:
        """The linker that the mode was given, with the function's graph; None without one."""
        given = getattr(self.mode, "provided_linker", None)
        return None if given is None else given.accept(self.fgraph)

    @property
    def expanded_inputs(self) -> list[In]:
        """The same as ``inputs``."""
        return self.inputs


def shared_input(variable: SharedVariable, new_values: Mapping[int, Variable]) -> In:
    """Return a shared variable as an input, with its new value found by its place."""
    update = new_values.get(id(variable.container.storage))
    return In(variable, value=variable.container, update=update, borrow=True, shared=True)


def input_containers(inputs: Sequence[In]) -> list[Container]:
    """Return where the defaults of inputs lie."""
    return [
        one.container
        if one.container is not None
        else Container(
            one.variable.type,
            [one.default],
            strict=one.strict,
            allow_downcast=one.allow_downcast,
            name=one.name,
        )
        for one in inputs
    ]
