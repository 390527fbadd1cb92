"""What earlier versions pickled, as objects of this one.

A pickle names classes and functions by the modules that they were in, which the table of old import
paths serves, and gives each object the attributes that it had then. Here the classes whose
attributes are others today learn to take those of old. Values of a GPU become arrays; a compiled
function is made anew of the graph that it was compiled from, as both are in its pickle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import signature
from typing import Any

import numpy as np

from theano.compile import In, Mode, function
from theano.compile.maker import Maker
from theano.graph import Apply, Constant, FunctionGraph, Op, Type, Variable
from theano.graph.scratchpad import Scratchpad
from theano.legacy.gpu import EarlierType
from theano.legacy.pickled_loops import build_scan
from theano.legacy.relics import EarlierOp, Rebuilt
from theano.options import config
from theano.random.ops import Uniform
from theano.scalar import ScalarOp
from theano.scalar.composite import Composite
from theano.scalar.passing import Cast
from theano.shared_variable import Container, SharedVariable
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import DimShuffle, Elemwise
from theano.tensor.nnet.convolution.base import BaseAbstractConv
from theano.tensor.ops.brackets import inc_subtensor, set_subtensor
from theano.tensor.ops.careduce import CAReduce
from theano.tensor.ops.cumulation import cumprod, cumsum
from theano.tensor.ops.slices import SliceType
from theano.tensor.rebroadcast import Rebroadcast
from theano.tensor.signal.pool_ops import PoolOp
from theano.tensor.type import TensorType
from theano.tensor.variable import TensorConstant

State = Any
"""What a pickle gives an object after it was made: nearly always a dict of attributes."""


def learn(
    kind: type, is_earlier: Callable[[State], bool], take: Callable[[Any, State], None]
) -> None:
    """Let objects of a class take states of old.

    Parameters
    ----------
    kind : type
    is_earlier : callable
        Whether a state is one of old.
    take : callable
        Called with an object and such a state.
    """
    own = getattr(kind, "__setstate__", plain)

    def __setstate__(self: Any, state: State) -> None:
        (take if is_earlier(state) else own)(self, state)

    kind.__setstate__ = __setstate__  # type: ignore[attr-defined]


def plain(made: Any, state: State) -> None:
    """Give an object its attributes, as ``pickle`` does where a class does not say how."""
    of_dict, of_slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
    if of_dict:
        vars(made).update(of_dict)
    for name, value in (of_slots or {}).items():
        setattr(made, name, value)


def has(*names: str) -> Callable[[State], bool]:
    """Return a test for states that have all of some attributes."""
    return lambda state: isinstance(state, Mapping) and all(name in state for name in names)


def lacks(name: str) -> Callable[[State], bool]:
    """Return a test for states that lack an attribute which every one has today."""
    return lambda state: isinstance(state, Mapping) and name not in state


# Variables and their types.

FORGOTTEN = {"auto_name", "cached", "clients", "fgraph", "_fn_cache", "_isscalar"}


def take_variable(variable: Variable, state: State) -> None:
    """Take the attributes of a variable."""
    variable.owner = variable.index = variable.source = variable.name = None
    for name, value in state.items():
        if name not in FORGOTTEN:
            setattr(variable, name, value)
    variable.tag = getattr(variable, "tag", None) or Scratchpad()
    if isinstance(variable, TensorConstant):
        variable.data = np.asarray(variable.data)
        variable.data.flags.writeable = False


def take_type(kind: TensorType, state: State) -> None:
    """Take the attributes of a type of arrays, also of one whose arrays were on a GPU."""
    kind.__init__(  # type: ignore[misc]
        state.get("dtype", "float32"),
        state["broadcastable"],
        state.get("name"),
        state.get("sparse_grad", False),
    )


def take_gpu_type(kind: EarlierType, state: State) -> None:
    """Make a type of arrays on a GPU one of arrays."""
    kind.__class__ = TensorType  # type: ignore[assignment]
    take_type(kind, state)


def take_container(container: Container, state: State) -> None:
    """Take the attributes of a container, with its value in ``storage``."""
    (value,) = state["storage"]
    named = ("type", "name", "readonly", "strict", "allow_downcast")
    Container.__setstate__(container, {**{name: state.get(name) for name in named}, "value": value})


def array_of_gpu(array: np.ndarray, context_name: Any = None) -> np.ndarray:
    """Return the value of an array that was on a GPU."""
    return array


# Ops and nodes.


def take_by_name(op: Op, state: State) -> None:
    """Make an op of the attributes that are parameters of its class."""
    named = [p for p in signature(type(op).__init__).parameters if p in state]
    op.__init__(**{name: state[name] for name in named})  # type: ignore[misc]


def take_elemwise(op: Elemwise, state: State) -> None:
    """Make an op of what it does to numbers; where it wrote its result is XLA's choice."""
    op.__init__(state["scalar_op"])  # type: ignore[misc]


def of_scalar_op(state: State) -> bool:
    """Whether a state is that of an op of numbers of old, which had a name or None in it."""
    named = isinstance(state, Mapping) and "name" in state
    return named and (PREFERENCE in state or state["name"] is None)


def take_scalar_op(op: ScalarOp, state: State) -> None:
    """Make an op of numbers; the rule for its dtypes is its class's own."""
    if isinstance(op, Cast):
        op.__init__(state["o_type"].dtype)  # type: ignore[misc]
    elif isinstance(op, Composite):
        op.__init__(state["inputs"], state["outputs"])  # type: ignore[misc]
    else:
        vars(op).update({k: v for k, v in state.items() if k not in ("name", PREFERENCE)})


PREFERENCE = "output_types_preference"


def take_rebroadcast(op: Rebroadcast, state: State) -> None:
    """Make an op of the flags of its dimensions."""
    op.__init__(*dict(state["axis"]).items())  # type: ignore[misc]


class EarlierPool(EarlierOp):
    """A pool, or a gradient of one, that had its sizes in itself."""


def take_pool(op: Any, state: State) -> None:
    """Keep the attributes until the node is read, as sizes are inputs today."""
    kinds = (kind for kind in type(op).__mro__ if "ds" not in signature(kind).parameters)
    op.__class__, op.earlier = EarlierPool, {"kind": next(kinds), **state}


def take_node(node: Apply, state: State) -> None:
    """Take the attributes of a node, which is built anew where the op is another one today."""
    node.tag, node.source, node.thunks = state.get("tag") or Scratchpad(), None, []
    node.op, node.inputs, node.outputs = state["op"], state["inputs"], state["outputs"]
    # In a graph that was rewritten, variables refer to what uses them, and may come later.
    applied = how_applied(node.op)
    if applied is None or not all(hasattr(v, "tag") for v in node.inputs):
        return
    try:
        found = applied(*node.inputs)
    except Exception as error:
        # It may be of no account, such as part of a rewritten graph: whoever uses it is told.
        node.op = EarlierOp.of(type(node.op), error)
        return
    if found is None:
        node.op = EarlierOp.of(type(node.op))
    else:
        node.op, node.inputs = Rebuilt(), list(found)


def how_applied(op: Any) -> Callable[..., list[Any] | None] | None:
    """Return what gives the outputs of an op of old from its inputs, where it is no op today."""
    if not isinstance(op, Op):
        return lambda *inputs: as_list(op(*inputs))
    build = BUILDERS.get(type(op).__name__)
    return None if build is None else partial(build, getattr(op, "earlier", vars(op)))


def as_list(found: Any) -> list[Any]:
    """Return one output, or several, as a list."""
    return list(found) if isinstance(found, (list, tuple)) else [found]


def build_subtensor(state: State, x: Any, *numbers: Any) -> list[Any]:
    """Return a part of a tensor."""
    return [x[index_of(state, numbers)]]


def build_inc_subtensor(state: State, x: Any, y: Any, *numbers: Any) -> list[Any]:
    """Return a tensor with a part written."""
    write = set_subtensor if state["set_instead_of_inc"] else inc_subtensor
    return [write(x[index_of(state, numbers)], y)]


def index_of(state: State, numbers: Sequence[Any]) -> tuple[Any, ...]:
    """Return the index that ``idx_list`` describes, with a type for each of the numbers."""
    rest = map(as_tensor_variable, numbers)

    def filled(entry: Any) -> Any:
        return next(rest) if isinstance(entry, Type) else entry

    return tuple(
        slice(filled(e.start), filled(e.stop), filled(e.step))
        if isinstance(e, slice)
        else filled(e)
        for e in state["idx_list"]
    )


def build_advanced_subtensor(state: State, x: Any, *index: Any) -> list[Any]:
    """Return a part of a tensor, by arrays."""
    return [x[tuple(map(entry_of, index))]]


def build_advanced_inc_subtensor(state: State, x: Any, y: Any, *index: Any) -> list[Any]:
    """Return a tensor with a part written, by arrays."""
    write = set_subtensor if state.get("set_instead_of_inc") else inc_subtensor
    return [write(x[tuple(map(entry_of, index))], y)]


def entry_of(variable: Any) -> Any:
    """Return an entry of an index: a slice or None, or the variable itself."""
    if isinstance(variable, Constant) and isinstance(variable.data, slice | None):
        return variable.data
    if isinstance(variable.type, SliceType):
        bounds = variable.owner.inputs
        return slice(*[entry_of(bound) for bound in bounds])
    return variable


def build_uniform(state: State, states: Any, size: Any) -> list[Any]:
    """Return the states of random streams moved on, one row each, and the numbers."""
    kind = state["output_type"]
    return list(Uniform.new(states, kind.ndim, kind.dtype, size))


def build_cumulation(cumulate: Callable[..., Any], state: State, x: Any) -> list[Any]:
    """Return sums or products up to each element."""
    return [cumulate(x, state.get("axis"))]


def build_pool(state: State, *images: Any) -> list[Any]:
    """Return what a pool, or a gradient of one, gives."""
    kind = state["kind"]
    named = [p for p in signature(kind.__init__).parameters if p in state]
    op = kind(**{name: state[name] for name in named})
    return [op(*images, *(state.get(name) for name in ("ds", "st", "padding")))]


def build_transfer(state: State, x: Any) -> list[Any]:
    """Return what was moved between the memories of host and GPU."""
    return [x]


BUILDERS: dict[str, Callable[..., list[Any] | None]] = {
    "Subtensor": build_subtensor,
    "IncSubtensor": build_inc_subtensor,
    "AdvancedSubtensor": build_advanced_subtensor,
    "AdvancedIncSubtensor": build_advanced_inc_subtensor,
    "AdvancedSubtensor1": build_advanced_subtensor,
    "AdvancedIncSubtensor1": build_advanced_inc_subtensor,
    "CumprodOp": partial(build_cumulation, cumprod),
    "CumsumOp": partial(build_cumulation, cumsum),
    "EarlierPool": build_pool,
    "Loop": build_scan,
    "Uniform": build_uniform,
    "GpuFromHost": build_transfer,
    "HostFromGpu": build_transfer,
    "GpuToGpu": build_transfer,
}
"""What builds the outputs of an op of old, of its attributes and its inputs; None if it cannot."""


# Compiled functions.


def take_function_graph(graph: FunctionGraph, state: State) -> None:
    """Take the variables of a graph that was rewritten; who uses what is left out.

    A function is not made of it but of the graph before, and by itself it may be of ops that only
    the rewriting of its time knew.
    """
    graph.inputs, graph.outputs = state["inputs"], state["outputs"]


def take_mode(mode: Mode, state: State) -> None:
    """Take the linker and the optimizer, where they were given by name."""
    linker, optimizer = state
    mode.__init__(  # type: ignore[misc]
        *(
            part if isinstance(part, str) else default
            for part, default in ((linker, None), (optimizer, "default"))
        )
    )


def take_input(one: In, state: State) -> None:
    """Take the attributes of an input of a function."""
    vars(one).update(state)
    value = state.get("value")
    one.container = value if isinstance(value, Container) else None
    one.default = None if one.container is value else value


def make_maker(state: Mapping[str, Any]) -> Maker:
    """Return what a function was made from, as versions before 1.0 pickled it."""
    maker = Maker.__new__(Maker)
    listed = isinstance(state["outputs"], (list, tuple))
    outputs = list(state["outputs"]) if listed else [state["outputs"]]
    vars(maker).update({**state, "outputs": outputs, "unpack_single": not listed})
    return maker


def make_function(
    maker: Maker,
    input_storage: Sequence[Any],
    inputs_data: Sequence[Any],
    trust_input: bool = False,
) -> Any:
    """Return a function that was pickled, compiled when it is called.

    Parameters
    ----------
    maker : Maker
        With the attributes of one of old: ``inputs``, ``outputs``, ``unpack_single``.
    input_storage : sequence of Container
    inputs_data : sequence
        The values of the inputs when the function was pickled.
    trust_input : bool
    """
    if not config.unpickle_function:
        return None
    state = vars(maker)
    inputs, updates = [], []
    for one, value in zip(state["inputs"], inputs_data, strict=True):
        if isinstance(one.variable, SharedVariable):
            if one.update is not None:
                updates.append((one.variable, one.update))
            continue
        inputs.append(
            In(
                one.variable,
                name=one.name,
                value=one.container if one.container is not None else value,
                update=one.update,
                strict=one.strict,
                allow_downcast=one.allow_downcast,
                implicit=one.implicit,
            )
        )
    outputs: Any = [out.variable for out in state["outputs"]]
    if state.get("output_keys"):
        outputs = dict(zip(state["output_keys"], outputs, strict=True))
    elif state.get("unpack_single"):
        (outputs,) = outputs
    elif state.get("return_none"):
        outputs = None
    made = function(
        inputs,
        outputs,
        updates=updates,
        no_default_updates=True,
        mode=None,
        name=state.get("name"),
        on_unused_input="ignore",
    )
    made.trust_input = trust_input
    return made


learn(Variable, lacks("source"), take_variable)
learn(Container, has("storage"), take_container)
learn(TensorType, has("broadcastable"), take_type)
learn(EarlierType, has("broadcastable"), take_gpu_type)
learn(Apply, has("inputs"), take_node)
learn(FunctionGraph, lacks("nodes"), take_function_graph)
learn(Mode, lambda state: isinstance(state, tuple), take_mode)
learn(In, lacks("default"), take_input)
learn(ScalarOp, of_scalar_op, take_scalar_op)
learn(Elemwise, has("nfunc_spec"), take_elemwise)
learn(DimShuffle, has("view_map"), take_by_name)
learn(CAReduce, has("axis"), take_by_name)
learn(BaseAbstractConv, has("convdim"), take_by_name)
learn(PoolOp, lambda state: has("ds")(state) and lacks("ndim")(state), take_pool)
learn(Rebroadcast, has("axis"), take_rebroadcast)
