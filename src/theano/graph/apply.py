"""``Apply``: one use of an ``Op``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from theano.errors import MethodNotDefined, usage_error
from theano.graph.pickling import reduce_node, restore_state
from theano.graph.provenance import user_line
from theano.graph.scratchpad import Scratchpad
from theano.graph.variable import Constant, Variable, graph_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from theano.graph.function_graph import FunctionGraph
    from theano.graph.op import Op


NoParams = object()
"""What stands for the params of an op that has none."""


class Apply:
    """An op, the variables that it is applied to, and the variables that come out.

    Raises
    ------
    TypeError
        An input or an output is not a ``Variable``, or they come in no list or tuple.
    ValueError
        An output already has an owner, or occurs twice.

    Attributes
    ----------
    op : Op
    inputs, outputs : list of Variable
    tag : Scratchpad
        Attributes for tools and users.
    source : SourceLine or None
        The user's line that created it.
    thunks : list
        What the op made to run the node, while it is not running; never copied or pickled.
    belongs : callable
        Returns the ``FunctionGraph`` that took it last, or None; see ``fgraph``.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "belongs",
        "inputs",
        "op",
        "outputs",
        "source",
        "tag",
        "thunks",
    )

    belongs: Callable[[], FunctionGraph | None] | None

    def __init__(self, op: Op, inputs: Sequence[Variable], outputs: Sequence[Variable]) -> None:
        for role, variables in (("inputs", inputs), ("outputs", outputs)):
            if not isinstance(variables, (list, tuple)):
                raise usage_error(
                    TypeError,
                    f"{op} was applied with {role} that are no list",
                    expected="a list or tuple of variables",
                    got=variables,
                )
        self.op = op
        self.thunks: list[Any] = []
        self.inputs: list[Variable] = list(inputs)
        self.outputs: list[Variable] = list(outputs)
        self.tag = Scratchpad()
        self.source = user_line()
        for role, variables in (("input", self.inputs), ("output", self.outputs)):
            for i, variable in enumerate(variables):
                if not isinstance(variable, Variable):
                    raise usage_error(
                        TypeError,
                        f"{op} was applied with something that is no variable as {role} {i}",
                        expected="a Variable",
                        got=variable,
                        fix="wrap it, for example with theano.tensor.as_tensor_variable",
                    )
        for i, output in enumerate(self.outputs):
            if output.owner is not None:
                fault = (
                    "is given twice" if output.owner is self else "already belongs to another node"
                )
                raise ValueError(f"output {i} of {op} {fault}")
            output.owner = self
            output.index = i
            output.source = self.source

    @property
    def fgraph(self) -> FunctionGraph:
        """The ``FunctionGraph`` that it is a part of.

        Raises
        ------
        AttributeError
            It is part of none.
        """
        return graph_of(self)

    @property
    def nin(self) -> int:
        """The number of inputs."""
        return len(self.inputs)

    @property
    def nout(self) -> int:
        """The number of outputs."""
        return len(self.outputs)

    @property
    def out(self) -> Variable:
        """The default output."""
        return self.default_output()

    def default_output(self) -> Variable:
        """Return the output that a call of the op gives.

        Raises
        ------
        AttributeError
            The op has several outputs and no default one, or the default one does not exist.
        """
        index = self.op.default_output
        if index is None:
            if len(self.outputs) != 1:
                raise AttributeError(f"{self.op} has {self.nout} outputs and no default one")
            index = 0
        if not isinstance(index, int) or not 0 <= index < len(self.outputs):
            raise AttributeError(
                f"default_output of {self.op} is {index!r}, not one of its {self.nout} outputs"
            )
        return self.outputs[index]

    @property
    def params_type(self) -> Any:
        """The type of the op's params."""
        return self.op.params_type

    def run_params(self) -> Any:
        """Return the params of the op, or ``NoParams``."""
        try:
            return self.op.get_params(self)
        except MethodNotDefined:
            return NoParams

    def get_parents(self) -> list[Variable]:
        """Return the inputs."""
        return list(self.inputs)

    def clone(self) -> Apply:
        """Return a copy with the same inputs and fresh outputs."""
        new = type(self)(self.op, self.inputs, [output.clone() for output in self.outputs])
        new.tag.__update__(self.tag)
        new.set_source(self.source)
        return new

    def clone_with_new_inputs(self, inputs: Sequence[Variable], strict: bool = True) -> Apply:
        """Return a copy applied to ``inputs``.

        Parameters
        ----------
        inputs : sequence of Variable
            As many as this node has.
        strict : bool
            Demand the very types of the present inputs, converting where nothing is lost. Without
            it a change of types makes the node anew.
        """
        new_inputs = list(inputs)
        remake = False
        for i, (old, new) in enumerate(zip(self.inputs, new_inputs, strict=True)):
            if old.type == new.type:
                continue
            if strict or old.type.is_super(new.type):
                new_inputs[i] = old.type.filter_variable(new)
            else:
                remake = True
        if remake:
            made = self.op.make_node(*new_inputs)
            made.tag.__update__(self.tag)
            return made
        new_node = self.clone()
        new_node.inputs = new_inputs
        return new_node

    def set_source(self, source: Any) -> None:
        """Take over the user's line of another node, for copies and replacements."""
        self.source = source
        for output in self.outputs:
            output.source = source

    def constant_inputs(self) -> bool:
        """Whether all inputs are constants."""
        return all(isinstance(x, Constant) for x in self.inputs)

    def __copy__(self) -> Apply:
        return self.clone()

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return reduce_node(self)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        restore_state(self, state)

    def __str__(self) -> str:
        return f"{self.op}({', '.join(map(str, self.inputs))})"

    def __repr__(self) -> str:
        return f"<Apply {self.op}>"
