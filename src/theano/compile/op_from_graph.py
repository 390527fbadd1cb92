"""``OpFromGraph``: an op made of a graph, whose derivatives can be replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from theano.compile.mode import get_mode
from theano.compile.overrides import Override, is_default
from theano.errors import usage_error
from theano.gradient import Rop, grad
from theano.graph import Apply, FunctionGraph, Op, Variable
from theano.graph.op import is_disconnected, is_null
from theano.graph.queries import io_connection_pattern
from theano.graph.traversal import check_inputs_given, graph_inputs, rebuild
from theano.lowering import Interpreter
from theano.lowering.inner import prepared
from theano.options import change_flags, config
from theano.rewriting import CANONICALIZE, node_rewriter, rewrite_graph
from theano.scalar.type import CONTINUOUS_DTYPES
from theano.shared_variable import SharedVariable
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.sizes import lengths_of
from theano.tensor.type import TensorType

__all__ = ["OpFromGraph"]

FUNCTION_ARGUMENTS = (
    "mode",
    "accept_inplace",
    "profile",
    "on_unused_input",
    "output_keys",
)
"""Further arguments, which an op of its own function takes; only the mode has an effect."""


class OpFromGraph(Op):
    """An op that computes ``outputs`` of ``inputs``.

    Parameters
    ----------
    inputs : list of Variable
        Stand for the arguments. Not all need be used.
    outputs : list of Variable
        What the op returns. Shared variables that they need become further inputs of its nodes.
    inline : bool
        Put the graph itself in the op's place when a function is rewritten, so that rules see it
        together with what is around it. Otherwise the graph is rewritten by itself, and put there
        afterwards.
    lop_overrides : optional
        The gradient, in place of that of the graph. One of

        ``"default"``
            that of the graph;
        callable
            given lists of inputs, outputs and gradients of outputs, returns the list of gradients
            of inputs; it is called once, with variables of the op's own;
        OpFromGraph
            takes the same, one after another;
        variable of ``NullType`` or ``DisconnectedType``
            there is none, or it is zero, as nothing is connected;
        list
            one of these for each input, of which callables and ops return a single variable.
    grad_overrides : optional
        The same, but callables and ops are not given the outputs. Only one of the two may be used.
    rop_overrides : optional
        The R-op, likewise: callables and ops are given inputs and directions, and a list is of the
        length of the outputs.
    connection_pattern : list of list of bool, optional
        In place of that of the graph.
    name : str, optional
        For printing.
    **kwargs
        ``mode`` says how the graph is rewritten. Other arguments that ``theano.function`` takes
        are accepted.

    Attributes
    ----------
    local_inputs, local_outputs : list of Variable
        A copy of the graph; its inputs stand for ``inputs`` and then for ``shared_inputs``.
    shared_inputs : list of SharedVariable
    grad : callable, optional
        Set on an op, as programs did before there were overrides, it gives the gradient: of lists
        of inputs and gradients of outputs, a list. (Theano 1.0 ignores it.)

    Raises
    ------
    TypeError
        Inputs and outputs are no lists of variables, or an argument is not known.
    ValueError
        Both ``lop_overrides`` and ``grad_overrides`` are given.
    MissingInputError
        The outputs need a variable that is not among the inputs.

    Examples
    --------
    >>> x, y = T.vectors("x", "y")
    >>> clip = lambda inputs, grads: [T.clip(g, -1, 1) for g in grads] * 2
    >>> product = OpFromGraph([x, y], [x * y], grad_overrides=clip)
    >>> z = product(x, y + 1)
    """

    def __init__(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        inline: bool = False,
        lop_overrides: Any = "default",
        grad_overrides: Any = "default",
        rop_overrides: Any = "default",
        connection_pattern: list[list[bool]] | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        check_arguments(inputs, outputs, name, kwargs)
        if not is_default(lop_overrides) and not is_default(grad_overrides):
            raise usage_error(
                ValueError,
                "lop_overrides and grad_overrides are mutually exclusive",
                fix="give one of them: a function of lop_overrides is given the outputs too",
            )
        self.inputs, self.outputs = list(inputs), list(outputs)
        given = set(inputs)
        check_inputs_given(given, outputs)
        self.shared_inputs = [
            v
            for v in graph_inputs(outputs, given)
            if isinstance(v, SharedVariable) and v not in given
        ]
        outside = [*inputs, *self.shared_inputs]
        self.local_inputs = [v.type.make_variable(v.name) for v in outside]
        stand_ins = dict(zip(outside, self.local_inputs, strict=True))
        self.local_outputs, _ = rebuild(outputs, stand_ins, copy_all=True)
        self.input_types = [v.type for v in inputs]
        self.output_types = [v.type for v in outputs]
        self.is_inline = inline
        self.kwargs = kwargs
        self.name = name
        self._given_pattern = connection_pattern
        self._made: dict[str, Any] = {}
        if is_default(grad_overrides):
            self.set_lop_overrides(lop_overrides)
        else:
            self.set_grad_overrides(grad_overrides)
        self.set_rop_overrides(rop_overrides)

    def __str__(self) -> str:
        return f"{self.name or type(self).__name__}{{inline={self.is_inline}}}"

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled; what was made of it is made again."""
        return {**vars(self), "_made": {}}

    def set_lop_overrides(self, lop_overrides: Any) -> None:
        """Replace the gradient; see ``lop_overrides``."""
        self._gradient = Override(lop_overrides, "lop", takes_outputs=True)
        self._made.clear()

    def set_grad_overrides(self, grad_overrides: Any) -> None:
        """Replace the gradient; see ``grad_overrides``."""
        self._gradient = Override(grad_overrides, "grad")
        self._made.clear()

    def set_rop_overrides(self, rop_overrides: Any) -> None:
        """Replace the R-op; see ``rop_overrides``."""
        self._directional = Override(rop_overrides, "rop")
        self._made.clear()

    def get_lop_op(self) -> OpFromGraph:
        """Return the op that computes the gradient, of inputs, outputs and their gradients."""
        return self._gradient_op()[0]

    def get_rop_op(self) -> OpFromGraph:
        """Return the op that computes the R-op, of inputs and directions."""
        return self._directional_op()[0]

    def make_node(self, *inputs: Any) -> Apply:
        """Return a node; arguments are converted to the types of the op's inputs.

        Raises
        ------
        ValueError
            Another number of arguments.
        TypeError
            One cannot be converted without loss.
        """
        if len(inputs) != len(self.input_types):
            raise usage_error(
                ValueError,
                f"{self} was applied to another number of inputs",
                expected=f"{len(self.input_types)}",
                got=f"{len(inputs)}",
            )
        arguments = [
            kind.filter_variable(x) for x, kind in zip(inputs, self.input_types, strict=True)
        ]
        return Apply(
            self, [*arguments, *self.shared_inputs], [kind() for kind in self.output_types]
        )

    def on(self, inputs: Sequence[Variable], graph: FunctionGraph | None = None) -> list[Variable]:
        """Return the outputs of the graph (by default the op's own) computed of ``inputs``."""
        ins = self.local_inputs if graph is None else graph.inputs
        outs = self.local_outputs if graph is None else graph.outputs
        return rebuild(outs, dict(zip(ins, inputs, strict=True)), copy_all=True)[0]

    def made(self, what: str, make: Callable[[], Any]) -> Any:
        """Return something that is made of the op once, when it is first needed."""
        if what not in self._made:
            # The variables of the graph inside have no test values.
            with change_flags(compute_test_value="off"):
                self._made[what] = make()
        return self._made[what]

    def rewritten(self) -> FunctionGraph:
        """Return the graph as the rewrites of its mode leave it."""

        def rewrite() -> FunctionGraph:
            fgraph = FunctionGraph(self.local_inputs, self.local_outputs)
            query = get_mode(self.kwargs.get("mode")).query
            if query is not None:
                rewrite_graph(fgraph, query)
            return fgraph

        graph: FunctionGraph = self.made("rewritten", rewrite)
        return graph

    def expand(self, node: Apply) -> Sequence[Variable]:
        """Return the outputs as the rewritten graph computes them."""
        return self.on(node.inputs, self.rewritten())

    def perform(
        self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]
    ) -> None:
        """Run the rewritten graph node by node."""

        def interpreter() -> Interpreter:
            graph = prepared(self.rewritten(), for_device=False)
            return Interpreter(graph.inputs, graph.outputs)

        results = self.made("interpreter", interpreter)(*inputs)
        given = set(map(id, inputs))
        for cell, value in zip(output_storage, results, strict=True):
            # A result must not share the memory of an argument.
            cell[0] = value.copy() if id(value) in given and hasattr(value, "copy") else value

    def infer_shape(self, node: Apply, shapes: Sequence[Any]) -> list[Any]:
        """Return the lengths of what the graph computes."""
        return [
            tuple(lengths_of(v)) if isinstance(v.type, TensorType) else None
            for v in self.on(node.inputs)
        ]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return how the graph, or what stands for its gradient, connects inputs and outputs."""

        def pattern() -> list[list[bool]]:
            op, marks = self._gradient_op()
            first, end = len(op.input_types) - len(self.output_types), len(op.input_types)
            forward = io_connection_pattern(self.local_inputs, self.local_outputs)
            backward = io_connection_pattern(op.local_inputs[first:end], op.local_outputs)
            return [
                [
                    backward[j][i] or (is_connected and not is_disconnected(mark))
                    for j, is_connected in enumerate(row)
                ]
                for i, (row, mark) in enumerate(zip(forward, marks, strict=True))
            ]

        if self._given_pattern is not None:
            return self._given_pattern
        found: list[list[bool]] = self.made("pattern", pattern)
        return found

    def L_op(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        output_grads: Sequence[Variable],
    ) -> list[Any]:
        """Return the gradients, computed by an op of their own."""
        grads = [as_derivative(g, v) for g, v in zip(output_grads, outputs, strict=True)]
        if "grad" in vars(self):
            return list(vars(self)["grad"](inputs, grads))
        op, marks = self._gradient_op()
        between = outputs if self._gradient.takes_outputs else ()
        found = op(*inputs, *between, *grads, return_list=True)
        return [g if mark is None else mark for g, mark in zip(found, marks, strict=True)]

    def R_op(self, inputs: Sequence[Variable], eval_points: Sequence[Variable | None]) -> list[Any]:
        """Return the derivatives along directions, computed by an op of their own."""
        op, marks = self._directional_op()
        points = [as_derivative(point, v) for point, v in zip(eval_points, inputs, strict=True)]
        found = op(*inputs, *points, return_list=True)
        if self._directional.is_default:
            pattern = io_connection_pattern(self.local_inputs, self.local_outputs)
            moved = [i for i, point in enumerate(eval_points) if point is not None]
            found = [r if any(pattern[i][j] for i in moved) else None for j, r in enumerate(found)]
        return [mark if is_null(mark) else r for r, mark in zip(found, marks, strict=True)]

    def _gradient_op(self) -> tuple[OpFromGraph, list[Any]]:
        """Return the op of the gradient, and for each input the mark of one without value."""
        grads = [derivative_of(v) for v in self.local_outputs]

        def default(wanted: Sequence[int]) -> list[Any]:
            known: dict[Variable, Any] = {}
            for output, g in zip(self.local_outputs, grads, strict=True):
                if isinstance(output.type, TensorType):
                    known[output] = known[output] + g if output in known else g
            found: list[Any] = grad(
                None,
                [self.local_inputs[i] for i in wanted],
                known_grads=known,
                disconnected_inputs="ignore",
                return_disconnected="disconnected",
                null_gradients="return",
            )
            return found

        return self._derivative_op(self._gradient, grads, self.local_inputs, default)

    def _directional_op(self) -> tuple[OpFromGraph, list[Any]]:
        """Return the op of the R-op, and for each output the mark of one without value."""
        points = [derivative_of(v) for v in self.local_inputs]

        def default(wanted: Sequence[int]) -> list[Any]:
            moved = [
                (v, p) for v, p in zip(self.local_inputs, points, strict=True) if v.type == p.type
            ]
            found: list[Any] = Rop(
                [self.local_outputs[j] for j in wanted],
                [v for v, _ in moved if isinstance(v.type, TensorType)],
                [p for v, p in moved if isinstance(v.type, TensorType)],
                disconnected_outputs="ignore",
                return_disconnected="disconnected",
            )
            return found

        return self._derivative_op(self._directional, points, self.local_outputs, default)

    def _derivative_op(
        self,
        override: Override,
        points: Sequence[Variable],
        like: Sequence[Variable],
        default: Callable[[Sequence[int]], list[Any]],
    ) -> tuple[OpFromGraph, list[Any]]:
        """Return an op that computes derivatives, and marks for those without value.

        Parameters
        ----------
        override : Override
            What they are.
        points : sequence of Variable
            Gradients of the outputs, or directions of the inputs.
        like : sequence of Variable
            The variables of the graph that there is a derivative of each.
        default : callable
            Gives those of the graph itself for positions in ``like``.
        """

        def make() -> tuple[OpFromGraph, list[Any]]:
            groups = [self.local_inputs, points]
            if override.takes_outputs:
                groups.insert(1, self.local_outputs)
            found = [
                v if isinstance(v, Variable) else as_tensor_variable(v)
                for v in override.derivatives(groups, len(like), default)
            ]
            marks = [v if is_null(v) or is_disconnected(v) else None for v in found]
            op = OpFromGraph(
                [v for group in groups for v in group],
                [
                    v if mark is None else zeros_of(x)
                    for v, mark, x in zip(found, marks, like, strict=True)
                ],
                inline=self.is_inline,
                name=self.name and f"{self.name}_{override.word}",
                **self.kwargs,
            )
            return op, marks

        made: tuple[OpFromGraph, list[Any]] = self.made(override.word, make)
        return made


def check_arguments(inputs: Any, outputs: Any, name: Any, kwargs: Iterable[str]) -> None:
    """Raise TypeError unless an ``OpFromGraph`` can be made of its arguments."""
    for what, variables in (("inputs", inputs), ("outputs", outputs)):
        if not isinstance(variables, list) or not all(isinstance(v, Variable) for v in variables):
            raise usage_error(
                TypeError,
                f"the {what} of an OpFromGraph must be a list of variables",
                got=variables,
            )
    if not (name is None or isinstance(name, str)):
        raise usage_error(TypeError, "the name of an OpFromGraph must be a string", got=name)
    for keyword in kwargs:
        if keyword in ("updates", "givens"):
            raise usage_error(
                TypeError,
                f"{keyword} are not allowed in an OpFromGraph",
                fix="give updates to theano.function, and replace variables with theano.clone",
            )
        if keyword not in FUNCTION_ARGUMENTS:
            raise usage_error(
                TypeError,
                f"OpFromGraph was given an argument that it does not know: {keyword}",
                expected=", ".join(FUNCTION_ARGUMENTS),
            )


def derivative_of(variable: Variable) -> Variable:
    """Return a variable for a gradient with respect to ``variable``, or for a direction of it."""
    if not isinstance(variable.type, TensorType):
        return variable.type()
    return variable.type.clone(dtype=derivative_dtype(variable.type))()


def derivative_dtype(kind: TensorType) -> str:
    """Return the dtype of a derivative: that of the tensor, or ``floatX`` for integers."""
    return kind.dtype if kind.dtype in CONTINUOUS_DTYPES else config.floatX


def as_derivative(point: Any, variable: Variable) -> Any:
    """Return a derivative as one of the type of ``derivative_of``; zeros where it is missing."""
    if not isinstance(variable.type, TensorType):
        return variable  # any value of the type will do: nothing can depend on it
    if point is None or not isinstance(point.type, TensorType):
        return zeros_of(variable)
    return ew.cast(point, derivative_dtype(variable.type))


def zeros_of(variable: Variable) -> Any:
    """Return zeros in the shape of a tensor, and one zero for a variable of another kind."""
    if isinstance(variable.type, TensorType):
        return ew.zeros_like(variable, dtype=derivative_dtype(variable.type))
    return as_tensor_variable(0.0)


@node_rewriter(
    [OpFromGraph],
    stage=CANONICALIZE,
    tags=("fast_run", "fast_compile"),
    name="inline_ofg_expansion",
)
def inline_ofg_expansion(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Put the graph of an op that is to be inline in its place."""
    assert isinstance(node.op, OpFromGraph)
    return node.op.on(node.inputs) if node.op.is_inline else None
