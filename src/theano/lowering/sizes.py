"""The size program: what is computed of a call before its executable is chosen.

Sizes are few and small, and a call has only microseconds for them. So their part of the graph is
written out as straight Python on ordinary numbers. Values there are Python numbers where the
variable is a scalar, tuples where it is a vector.
"""

from __future__ import annotations

import keyword
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from theano.graph import Apply, Constant, Variable
from theano.graph.interpreter import note_node
from theano.graph.op import perform_node
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import Elemwise
from theano.tensor.ops.sizes import MakeVector, ShapeI, lengths_of

EXPRESSIONS: dict[str, str] = {
    "add": " + ",
    "mul": " * ",
    "sub": "{0} - {1}",
    "neg": "-{0}",
    "identity": "{0}",
    "minimum": "{0} if {0} < {1} else {1}",
    "maximum": "{0} if {0} > {1} else {1}",
    "lt": "{0} < {1}",
    "gt": "{0} > {1}",
    "le": "{0} <= {1}",
    "ge": "{0} >= {1}",
    "eq": "{0} == {1}",
    "neq": "{0} != {1}",
    "switch": "{1} if {0} else {2}",
    "abs_": "abs({0})",
    "int_div": "{0} // {1} if {1} else {slow}({0}, {1})[0]",
    "mod": "{0} % {1} if {1} else {slow}({0}, {1})[0]",
}
"""Scalar ops on integers, in Python; the first two join any number of operands. ``slow`` is
``perform``, which knows the error."""

COMPARISONS = ("lt", "gt", "le", "ge", "eq", "neq")
SIGNED = ("int8", "int16", "int32", "int64")
OPERANDS = (*SIGNED, "bool", "uint8", "uint16", "uint32")


class SizeProgram:
    """Computes numbers of a call from its arrays, in a few microseconds.

    Parameters
    ----------
    inputs : sequence of Variable
        Whose arrays it is given. They may be computed by nodes, elsewhere.
    sizes : sequence of Variable
        What it returns. All must be known before the launch; see ``Levels``.

    Attributes
    ----------
    source : str
        The Python text that it consists of.
    """

    def __init__(self, inputs: Sequence[Variable], sizes: Sequence[Variable]) -> None:
        self.inputs, self.sizes = list(inputs), list(sizes)
        writer = Writer(inputs)
        names = writer.write(self.sizes)
        body = "\n    ".join([*writer.lines, f"return ({''.join(n + ', ' for n in names)})"])
        self.source = f"def sizes(arrays):\n    {body}\n"
        exec(compile(self.source, "<sizes>", "exec"), writer.namespace)
        self._run: Callable[[Sequence[Any]], tuple[Any, ...]] = writer.namespace["sizes"]

    def __call__(self, arrays: Sequence[Any]) -> tuple[Any, ...]:
        """Return the sizes: Python numbers, and tuples of them for vectors.

        Raises
        ------
        Exception
            What the ops raise, such as IndexError, with a note that names the node.
        """
        return self._run(arrays)


class Writer:
    """Writes the Python text of a size program, one line a node."""

    def __init__(self, inputs: Sequence[Variable]) -> None:
        self.places = {v: i for i, v in enumerate(inputs)}
        self.lines: list[str] = []
        self.namespace: dict[str, Any] = {"np": np}
        self.names: dict[Variable, str] = {}
        self.lengths: dict[Variable, list[Variable]] = {}
        self.aliases: dict[Apply, Variable | None] = {}
        self.originals: dict[Variable, Variable] = {}

    def write(self, wanted: Sequence[Variable]) -> list[str]:
        """Write what ``wanted`` need; return the names of their values."""
        todo = list(reversed(wanted))
        while todo:
            variable = todo[-1]
            if variable in self.names:
                todo.pop()
                continue
            needed = [v for v in self.needs(variable) if v not in self.names]
            if needed:
                todo.extend(reversed(needed))
                continue
            todo.pop()
            self.define(variable)
        return [self.names[v] for v in wanted]

    def needs(self, variable: Variable) -> Sequence[Variable]:
        """Return what has to be written before ``variable``."""
        node = variable.owner
        if variable in self.originals:
            return (self.originals[variable],)
        if node is None or variable in self.places:
            return ()
        alias = self.alias(node)
        if alias is not None:
            return (alias,)
        if not node.op.from_shapes:
            return node.inputs
        x = self.originals.get(node.inputs[0], node.inputs[0])
        if x in self.places or isinstance(x, Constant):
            return ()
        if x not in self.lengths:
            maker = node_of(x)
            inputs = [self.opaque(v) for v in maker.inputs]
            opaque = maker
            if not all(map(operator.is_, inputs, maker.inputs)):
                opaque = maker.clone_with_new_inputs(inputs)
            results = maker.op.infer_shape(opaque, [lengths_of(v) for v in maker.inputs])
            self.lengths.update(
                (output, [as_tensor_variable(n) for n in lengths])
                for output, lengths in zip(maker.outputs, results, strict=True)
                if lengths is not None
            )
        return self.lengths[x]

    def alias(self, node: Apply) -> Variable | None:
        """Return the variable that the output of ``node`` equals, where the graph tells."""
        if node not in self.aliases:
            ask = getattr(node.op, "vector_element", None)
            if ask is not None and self.is_made_of_given(node.inputs[0]):
                ask = None
            # Asked once, as the answer may be a new variable.
            self.aliases[node] = None if ask is None else ask(node)
        return self.aliases[node]

    def opaque(self, variable: Variable) -> Variable:
        """Return a variable in place of a vector, if what that is made of is computed elsewhere."""
        if not self.is_made_of_given(variable):
            return variable
        stand_in = variable.type()
        self.originals[stand_in] = variable
        return stand_in

    def is_made_of_given(self, vector: Variable) -> bool:
        """Whether a vector that is computed elsewhere is given: what it is made of is not."""
        todo = [vector]
        while todo:
            v = todo.pop()
            node = v.owner
            if node is None or getattr(v.type, "ndim", None) != 1:
                continue
            if v in self.places:
                return True
            if len(node.inputs) == 1 or hasattr(node.op, "vector_elements"):
                todo.extend(node.inputs)
        return False

    def new_name(self, variable: Variable) -> str:
        """Return a name for ``variable`` that says what it is."""
        label = variable.name or ""
        plain = label if label.isidentifier() and not keyword.iskeyword(label) else ""
        return f"{plain or 'v'}_{len(self.names)}"

    def define(self, variable: Variable) -> None:
        """Write the line that computes ``variable``."""
        if isinstance(variable, Constant):
            value = plain(variable.data)
            if not isinstance(value, int):
                label = f"c_{len(self.namespace)}"
                self.namespace[label] = value
            self.names[variable] = repr(value) if isinstance(value, int) else label
        elif variable in self.originals:
            self.names[variable] = self.names[self.originals[variable]]
        elif variable in self.places:
            name = self.names[variable] = self.new_name(variable)
            array = f"arrays[{self.places[variable]}]"
            ndim = tensor_type(variable).ndim
            read = f"{array}.item()" if ndim == 0 else f"tuple({array}.tolist())"
            self.lines.append(f"{name} = {read}")
        elif node_of(variable).op.from_shapes:
            self.define_from_shape(variable)
        else:
            self.define_node(node_of(variable))

    def define_from_shape(self, variable: Variable) -> None:
        """Write the line that computes a length, or all lengths, of a tensor."""
        node = node_of(variable)
        x = self.originals.get(node.inputs[0], node.inputs[0])
        name = self.new_name(variable)
        if isinstance(x, Constant):
            shape = repr(x.data.shape)
        elif x in self.places:
            shape = f"arrays[{self.places[x]}].shape"
        else:
            shape = "(" + "".join(f"{self.names[n]}, " for n in self.lengths[x]) + ")"
        if isinstance(node.op, ShapeI):
            i = node.op.i
            one = shape + f"[{i}]" if x not in self.lengths else self.names[self.lengths[x][i]]
            self.lines.append(f"{name} = {one}")
        else:
            self.lines.append(f"{name} = {shape}")
        self.names[variable] = name

    def define_node(self, node: Apply) -> None:
        """Write the lines that compute the outputs of a node."""
        alias = self.alias(node)
        if alias is not None:
            self.names[node.outputs[0]] = self.names[alias]
            return
        inputs = [self.names[v] for v in node.inputs]
        names = []
        for output in node.outputs:
            self.names[output] = self.new_name(output)
            names.append(self.names[output])
        if isinstance(node.op, MakeVector) and node.op.dtype == "int64":
            self.lines.append(f"{names[0]} = ({''.join(n + ', ' for n in inputs)})")
            return
        label = f"f_{len(self.namespace)}"
        expression = integer_expression(node, inputs, label)
        if expression is not None:
            if label in expression:
                self.namespace[label] = performed(node)
            self.lines.append(f"{names[0]} = {expression}")
            dtype = tensor_type(node.outputs[0]).dtype
            bits = 8 * np.dtype(dtype).itemsize
            if dtype in SIGNED:
                low, high = -(1 << (bits - 1)), 1 << (bits - 1)
                self.lines.append(f"if not {low} <= {names[0]} < {high}:")
                self.lines.append(f"    {names[0]} = ({names[0]} + {high}) % {1 << bits} - {high}")
            return
        ask = getattr(node.op, "plain", None)
        function = ask(node) if ask is not None else performed(node)
        self.namespace[label] = function
        self.lines.append(f"{''.join(n + ', ' for n in names)}= {label}({', '.join(inputs)})")


def node_of(variable: Variable) -> Apply:
    """Return the node that computes a variable, which is no input."""
    assert variable.owner is not None
    return variable.owner


def tensor_type(variable: Variable) -> Any:
    """Return the type of a tensor."""
    return variable.type


def integer_expression(node: Apply, inputs: Sequence[str], slow: str) -> str | None:
    """Return the Python expression of an elementwise node on integer scalars, else None."""
    output = tensor_type(node.outputs[0])
    if not isinstance(node.op, Elemwise) or output.ndim or len(node.outputs) > 1:
        return None
    if any(tensor_type(v).dtype not in OPERANDS for v in node.inputs):
        return None
    name = node.op.scalar_op.name
    if name.startswith("Cast{"):
        form: str | None = "{0}" if output.dtype in SIGNED else None
    elif output.dtype == "bool":
        form = EXPRESSIONS[name] if name in COMPARISONS else None
    else:
        form = EXPRESSIONS.get(name) if output.dtype in SIGNED else None
    if form is None:
        return None
    return form.format(*inputs, slow=slow) if "{" in form else form.join(inputs)


def performed(node: Apply) -> Callable[..., tuple[Any, ...]]:
    """Return ``perform`` of a node as a function of plain numbers and tuples."""
    dtypes = [getattr(v.type, "dtype", None) for v in node.inputs]

    def run(*values: Any) -> tuple[Any, ...]:
        arrays = [np.asarray(x, dtype) for x, dtype in zip(values, dtypes, strict=True)]
        try:
            return tuple(plain(result) for result in perform_node(node, arrays))
        except Exception as error:
            note_node(error, node)
            raise

    return run


def plain(value: Any) -> Any:
    """Return an array as a Python number, a tuple of numbers, or itself if it has more axes."""
    array = np.asarray(value)
    if array.ndim > 1:
        return array
    return array.item() if array.ndim == 0 else tuple(array.tolist())
