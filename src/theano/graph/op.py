"""``Op``: what can be done to variables, with all its facets in one class."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from theano.errors import MethodNotDefined, usage_error
from theano.graph.apply import Apply
from theano.graph.debug_values import compute_test_values, wanted
from theano.graph.null_type import DisconnectedType, NullType, disconnected_type
from theano.graph.params_type import ParamsType
from theano.graph.perform import call_perform, checked_result, run_thunk, takes
from theano.graph.props import HasProps
from theano.graph.variable import Variable


class Op(HasProps):
    """One operation of the language.

    A subclass gives ``make_node`` (what it accepts and returns) and ``perform`` (its reference
    evaluation in NumPy) at least. ``lower`` puts it into an XLA program; without it a program is
    split there and ``perform`` runs on the host. ``infer_shape``, ``L_op`` (or ``grad``) and
    ``R_op`` complete it.

    ``__props__`` names the attributes that tell two instances apart; ops of one class with equal
    attributes are then equal, hash alike and print alike. A frozen dataclass does the same.

    Attributes
    ----------
    itypes, otypes : list of Type
        Where the types of inputs and outputs never vary, in place of ``make_node``.
    default_output : int or None
        Which of several outputs a call returns.
    view_map, destroy_map : dict
        From an output's number to those of the inputs whose memory it shares, or overwrites.
        ``perform`` is given a copy of what it overwrites.
    params_type : Type
        Of a further argument of ``perform``, which ``get_params`` returns.
    """

    itypes: Sequence[Any]
    otypes: Sequence[Any]
    default_output: int | None = None
    view_map: Mapping[int, Sequence[int]] = {}
    destroy_map: Mapping[int, Sequence[int]] = {}
    params_type: Any

    run_lowered: ClassVar[Callable[[Apply, Sequence[Any]], list[Any]] | None] = None
    """What runs a node through ``lower`` alone; the lowering, a higher layer, puts itself here."""
    from_shapes: bool = False
    """Whether the outputs depend on the shapes of the inputs alone, not on their values."""
    writes_part: bool = False
    """Whether the output is the first input with a part written to, which XLA does in place."""
    before_launch: bool = False
    """Whether what can be computed before a program is launched is to be: it raises errors."""

    def make_node(self, *inputs: Any) -> Apply:
        """Return a new node of this op applied to ``inputs``.

        By default, of types ``itypes``, with outputs of types ``otypes``.

        Raises
        ------
        ValueError
            Another number of inputs.
        TypeError
            The op does not accept these inputs.
        """
        itypes, otypes = getattr(self, "itypes", None), getattr(self, "otypes", None)
        if itypes is None or otypes is None:
            raise MethodNotDefined(
                f"{type(self).__name__} has no make_node(), nor both itypes and otypes"
            )
        if len(inputs) != len(itypes):
            raise usage_error(
                ValueError,
                f"{self} was applied to another number of inputs",
                expected=f"{len(itypes)}, of types {', '.join(map(str, itypes))}",
                got=f"{len(inputs)}",
            )
        variables = [
            x if isinstance(x, Variable) else kind.filter_variable(x)
            for x, kind in zip(inputs, itypes, strict=True)
        ]
        for i, (x, kind) in enumerate(zip(variables, itypes, strict=True)):
            if x.type != kind:
                raise usage_error(
                    TypeError,
                    f"{self} was applied to an input {i} of another type",
                    expected=str(kind),
                    got=x,
                    fix="convert it first, for example with theano.tensor.cast",
                )
        return Apply(self, variables, [kind() for kind in otypes])

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        """Apply the op: the default output, the only output, or the list of outputs.

        ``return_list=True`` always gives a list; ``name`` names a single output, unless
        ``make_node`` takes it. All else is passed on to ``make_node``.
        """
        return_list = kwargs.pop("return_list", False)
        name = None
        if "name" in kwargs and not takes(self.make_node, "name"):
            name = kwargs.pop("name")
        node = self.make_node(*inputs, **kwargs)
        if not isinstance(node, Apply):
            raise usage_error(
                TypeError,
                f"make_node() of {self} gave no node",
                expected="an Apply",
                got=node,
                fix="return Apply(self, inputs, outputs)",
            )
        if name is not None and len(node.outputs) == 1:
            node.outputs[0].name = name
        if wanted():
            compute_test_values(node, perform_node)
        outputs = node.outputs
        if self.default_output is not None:
            outputs = [outputs[self.default_output]]
        return outputs[0] if len(outputs) == 1 and not return_list else list(outputs)

    def perform(
        self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]
    ) -> None:
        """Compute the outputs with NumPy: the reference that ``lower`` is checked against.

        Parameters
        ----------
        node : Apply
            The node being computed; tells the types.
        inputs : sequence
            Values of the inputs. Must not be changed, but for those in ``destroy_map``.
        output_storage : sequence of one-element lists
            Where the values of the outputs go; each holds None before.

        Notes
        -----
        An op that has params is called with them as a further argument.
        """
        raise MethodNotDefined(f"{type(self).__name__} has no perform()")

    def lower(self, ctx: Any, *inputs: Any) -> Any:
        """Return the outputs as JAX arrays (one array, or a tuple of several).

        Parameters
        ----------
        ctx : theano.lowering.Context
            Tells the node and its static values.
        inputs : arrays
            Of exactly the dtypes of the graph. The outputs must be too.
        """
        raise MethodNotDefined(f"{type(self).__name__} has no lower()")

    def lowers(self, node: Apply) -> bool:
        """Whether ``lower`` can take ``node``; ``perform`` runs on the host where it cannot."""
        return lower_is_own(type(self))

    def why_on_host(self, node: Apply) -> str:
        """Return what users are warned of where ``perform`` takes long or is not expected."""
        return ""

    def static_inputs(self, node: Apply) -> Sequence[int]:
        """Return which inputs' *values* fix the shape of an output: sizes, bounds, an axis.

        ``lower`` gets them as NumPy arrays, from ``ctx.static``. The shapes of the outputs must
        depend on them and on the shapes of the inputs only; an op whose result's shape depends on
        more, such as the places of what is not zero, has no ``lower``.
        """
        return ()

    def expand(self, node: Apply) -> Sequence[Variable] | None:
        """Return the outputs in terms of ops that are easier to lower; None to stay as it is.

        Asked once, after all rewriting. A slice of symbolic bounds becomes one of symbolic first
        place, length and step, of which only the last two are static.
        """
        return None

    @property
    def inner_graphs(self) -> Sequence[Any]:
        """The ``FunctionGraph`` s inside, which are to be made ready like the one around them."""
        return ()

    def with_inner_graphs(self, graphs: Sequence[Any]) -> Op:
        """Return the op with others in the places of its ``inner_graphs``."""
        return self

    def infer_shape(self, node: Apply, shapes: Sequence[Any]) -> list[Any]:
        """Return, for each output, a tuple of symbolic sizes in terms of the inputs' ``shapes``."""
        raise MethodNotDefined(f"{type(self).__name__} has no infer_shape()")

    def grad(self, inputs: Sequence[Variable], output_grads: Sequence[Variable]) -> Sequence[Any]:
        """Return the gradient with respect to each input, given that of each output."""
        raise MethodNotDefined(f"{type(self).__name__} has no grad()")

    def L_op(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        output_grads: Sequence[Variable],
    ) -> Sequence[Any]:
        """Return the gradient with respect to each input; may use the ``outputs`` themselves."""
        return self.grad(inputs, output_grads)

    def R_op(
        self, inputs: Sequence[Variable], eval_points: Sequence[Variable | None]
    ) -> Sequence[Any]:
        """Return the directional derivative of each output along ``eval_points``.

        A None among ``eval_points`` is a direction of zero.
        """
        raise MethodNotDefined(f"{type(self).__name__} has no R_op()")

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return ``pattern[i][j]``: whether output ``j`` depends differentiably on input ``i``."""
        return [[True] * len(node.outputs) for _ in node.inputs]

    def do_constant_folding(self, node: Apply) -> bool:
        """Whether a node with only constant inputs may be replaced by its value."""
        return True

    def get_params(self, node: Apply) -> Any:
        """Return the further argument of ``perform``.

        By default, where ``params_type`` is a ``ParamsType``, the attributes that it names.

        Raises
        ------
        MethodNotDefined
            The op has no params.
        AttributeError
            The op lacks an attribute that ``params_type`` names.
        """
        kind = getattr(self, "params_type", None)
        if not isinstance(kind, ParamsType):
            raise MethodNotDefined(f"{type(self).__name__} has no get_params()")
        missing = [field for field in kind.fields if not hasattr(self, field)]
        if missing:
            raise AttributeError(
                f"{type(self).__name__} has a ParamsType, but no attribute {', '.join(missing)}"
            )
        return kind.get_params(self)

    def prepare_node(
        self, node: Apply, storage_map: Any, compute_map: Any, impl: str | None
    ) -> None:
        """Make ready for ``perform``; called once before ``node`` is run for the first time."""

    def make_thunk(
        self,
        node: Apply,
        storage_map: Mapping[Variable, list[Any]],
        compute_map: Mapping[Variable, list[bool]],
        no_recycling: Sequence[Variable],
        impl: str | None = None,
    ) -> Callable[[], Any]:
        """Return a function without arguments that computes the outputs of ``node``.

        An op may override it, in place of ``perform``.

        Parameters
        ----------
        node : Apply
        storage_map : mapping
            From each variable of ``node`` to the list whose one element is its value.
        compute_map : mapping
            From each variable to the list whose one element says whether it has been computed.
        no_recycling : sequence of Variable
            Outputs whose memory of the last call must not be used again: all of them.
        impl : optional
            Kept for ops that take it.
        """
        self.prepare_node(node, storage_map, compute_map, "py")
        return self.make_py_thunk(node, storage_map, compute_map, no_recycling)

    def make_py_thunk(
        self,
        node: Apply,
        storage_map: Mapping[Variable, list[Any]],
        compute_map: Mapping[Variable, list[bool]],
        no_recycling: Sequence[Variable],
        debug: bool = False,
    ) -> Callable[[], Any]:
        """Return the thunk that runs ``perform``."""
        inputs = [storage_map[v] for v in node.inputs]
        outputs = [storage_map[v] for v in node.outputs]

        def thunk() -> None:
            call_perform(node, [cell[0] for cell in inputs], outputs)
            for variable in node.outputs:
                compute_map[variable][0] = True

        thunk.inputs, thunk.outputs, thunk.lazy = inputs, outputs, False  # type: ignore[attr-defined]
        return thunk

    @staticmethod
    def add_tag_trace(thing: Any, user_line: Any = None) -> Any:
        """Return ``thing``: where it was created is known without this."""
        return thing

    def __str__(self) -> str:
        props = getattr(self, "__props__", None)
        name = getattr(self, "name", None) or type(self).__name__
        if not props:
            return str(name)
        shown = [f"{p}={getattr(self, p, '(not set)')!r}" for p in props]
        return f"{name}{{{', '.join(shown)}}}"

    def __repr__(self) -> str:
        return str(self)


class DisconnectedOp(Op):
    """An op whose outputs do not depend differentiably on any input, such as a shape or a draw."""

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return that nothing is connected."""
        return [[False] * len(node.outputs) for _ in node.inputs]

    def L_op(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        output_grads: Sequence[Variable],
    ) -> Sequence[Any]:
        """Return disconnected gradients."""
        return [disconnected_type() for _ in inputs]

    def R_op(
        self, inputs: Sequence[Variable], eval_points: Sequence[Variable | None]
    ) -> Sequence[Any]:
        """Return no derivatives."""
        return [None] * len(self.make_node(*inputs).outputs)


def lower_is_own(kind: type[Op]) -> bool:
    """Whether ``kind`` has a ``lower`` that computes what its ``perform`` does.

    A class that overrides ``perform`` of one that has both means to compute something else.
    """
    if kind.lower is Op.lower:
        return False
    bases: Sequence[Any] = kind.__mro__
    lowers = next(base for base in bases if "lower" in vars(base))
    performs = next(base for base in bases if "perform" in vars(base))
    return bases.index(lowers) <= bases.index(performs) or lowers.perform is Op.perform


def has_own_thunk(kind: type[Op]) -> bool:
    """Whether a class overrides how its nodes are run."""
    return any(
        getattr(kind, method) is not getattr(Op, method)
        for method in ("make_thunk", "make_py_thunk", "prepare_node")
    )


def can_perform(op: Op) -> bool:
    """Whether the nodes of ``op`` can be run on the host."""
    kind = type(op)
    return any(
        getattr(kind, method) is not getattr(Op, method)
        for method in ("perform", "make_thunk", "make_py_thunk")
    )


def perform_node(node: Apply, inputs: Sequence[Any]) -> list[Any]:
    """Run one node on the host: through its op's ``perform`` or thunk, else through ``lower``.

    Returns
    -------
    list
        The values of the outputs, each converted to its type where nothing is lost by it.

    Raises
    ------
    MethodNotDefined
        The op has none of them.
    TypeError
        The op set no value for an output, or one that its type does not hold.
    Exception
        Whatever ``perform`` raises.
    """
    overwritten = {node.inputs[i] for places in node.op.destroy_map.values() for i in places}
    values = [
        copy.deepcopy(value) if overwritten and variable in overwritten else value
        for variable, value in zip(node.inputs, inputs, strict=True)
    ]
    return [checked_result(node, i, value) for i, value in enumerate(run_op(node, values))]


def run_op(node: Apply, values: Sequence[Any]) -> Sequence[Any]:
    """Run one node on the host, on the very values given; return what its op sets, unconverted."""
    op = node.op
    if not can_perform(op):
        if Op.run_lowered is None or not op.lowers(node):
            raise lacks_perform(node)
        return Op.run_lowered(node, values)
    if has_own_thunk(type(op)):
        return run_thunk(node, values)
    storage: list[list[Any]] = [[None] for _ in node.outputs]
    call_perform(node, values, storage)
    return [cell[0] for cell in storage]


def lacks_perform(node: Apply) -> Exception:
    """Return the error that a node cannot be run on the host, as its op lacks ``perform``."""
    op = node.op
    only_c = hasattr(op, "c_code") or hasattr(op, "func_files")
    created = f", created at {node.source}" if node.source else ""
    return usage_error(
        MethodNotDefined,
        f"{type(op).__name__} has {'C code, but ' if only_c else ''}no perform()",
        expected="an op that computes its outputs in Python; C code is not compiled here"
        if only_c
        else "an op that computes its outputs in Python",
        got=f"a node of {op}{created}",
        fix="write perform(self, node, inputs, output_storage) with NumPy, or "
        "lower(self, ctx, *inputs) with jax.numpy for speed; theano.as_op makes an op of a "
        "Python function",
    )


def is_disconnected(variable: Variable | None) -> bool:
    """Whether ``variable`` is a gradient that marks the absence of a path."""
    return variable is not None and isinstance(variable.type, DisconnectedType)


def is_null(variable: Variable | None) -> bool:
    """Whether ``variable`` is a gradient that has no value."""
    return variable is not None and isinstance(variable.type, NullType)
