"""Graphs as formulas: ``PPrinter``, and the printers that it chooses from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from typing import Any

from theano.errors import usage_error
from theano.graph import Op, Variable
from theano.graph.ordering import toposort
from theano.graph.scratchpad import Scratchpad
from theano.graph.traversal import io_toposort
from theano.printing.naming import op_text

__all__ = [
    "DefaultPrinter",
    "FunctionPrinter",
    "IgnorePrinter",
    "LeafPrinter",
    "OperatorPrinter",
    "PPrinter",
    "PatternPrinter",
    "PrinterState",
    "default_printer",
    "greek",
    "leaf_printer",
    "special",
]

special = {"middle_dot": "\\dot", "big_sigma": "\\Sigma"}
greek = {name: f"\\{name}" for name in ("alpha", "beta", "gamma", "delta", "epsilon")}
"""Names of variables that are printed as letters."""

LOOSE = -1000
"""The precedence of what stands in brackets already."""

DEEP = 100
"""Graphs of more nodes are printed inputs first, so that no depth of nesting needs recursion."""


class PrinterState(Scratchpad):
    """What printers tell one another: ``pprinter``, ``precedence``, and texts that are there.

    Parameters
    ----------
    props : mapping or Scratchpad, optional
        Attributes to begin with.
    **more_props
        Further ones.
    """

    pprinter: PPrinter
    precedence: float | None = None

    def __init__(self, props: Any = None, **more_props: Any) -> None:
        if isinstance(props, Scratchpad):
            self.__update__(props)
        else:
            self.__dict__.update(props or {})
        self.__dict__.update(more_props)
        self.memo: dict[Variable, str] = {}

    def inputs_of(self, output: Variable, precedences: Sequence[float]) -> list[str]:
        """Return the texts of the inputs of the node of ``output``, within given precedences."""
        assert output.owner is not None
        outer = self.precedence
        texts = []
        for x, self.precedence in zip(output.owner.inputs, precedences, strict=True):
            texts.append(self.pprinter.process(x, self))
        self.precedence = outer
        return texts


class Printer:
    """What prints variables that a condition chooses. A subclass gives ``text``."""

    def process(self, output: Variable, pstate: PrinterState) -> str:
        """Return the text of ``output``."""
        if output not in pstate.memo:
            pstate.memo[output] = self.text(output, pstate)
        return pstate.memo[output]

    def text(self, output: Variable, pstate: PrinterState) -> str:
        """Return the text of ``output``, which is not there yet."""
        raise NotImplementedError(f"{type(self).__name__} has no text()")


def n_inputs(output: Variable, printer: object) -> int:
    """Return how many inputs the node of ``output`` has.

    Raises
    ------
    TypeError
        Nothing computes it.
    """
    if output.owner is None:
        raise usage_error(
            TypeError,
            f"a {type(printer).__name__} was asked to print a variable that no operation computes",
            got=output,
        )
    return len(output.owner.inputs)


class OperatorPrinter(Printer):
    """``(a + b)``, ``(-a)``: brackets always.

    Parameters
    ----------
    operator : str
    precedence : float
        Of the operator, for printers that look at it.
    assoc : {"left", "right", "either"}
        How a chain of it groups without brackets.

    Raises
    ------
    ValueError
        ``assoc`` is not known.
    """

    def __init__(self, operator: str, precedence: float, assoc: str = "left") -> None:
        if assoc not in ("left", "right", "either"):
            raise usage_error(
                ValueError,
                "OperatorPrinter was given an `assoc` that it does not know",
                expected="'left', 'right' or 'either'",
                got=repr(assoc),
            )
        self.operator, self.precedence, self.assoc = operator, precedence, assoc

    def text(self, output: Variable, pstate: PrinterState) -> str:
        n = n_inputs(output, self)
        precedences = [self.precedence] * n
        # Where a chain of the operator would group otherwise.
        for i in range(n):
            if (self.assoc == "left" and i > 0) or (self.assoc == "right" and i < n - 1):
                precedences[i] += 1e-6
        texts = pstate.inputs_of(output, precedences)
        inside = self.operator + texts[0] if n == 1 else f" {self.operator} ".join(texts)
        return f"({inside})"


class PatternPrinter(Printer):
    """A pattern for each output, in which ``%(0)s`` stands for the first input.

    Parameters
    ----------
    *patterns : str or tuple
        The pattern, or a tuple of it and the precedences of the inputs.
    """

    def __init__(self, *patterns: Any) -> None:
        self.patterns = [(p, ()) if isinstance(p, str) else (p[0], tuple(p[1:])) for p in patterns]

    def text(self, output: Variable, pstate: PrinterState) -> str:
        n = n_inputs(output, self)
        pattern, precedences = self.patterns[output.index or 0]
        texts = pstate.inputs_of(output, [*precedences, *[1000] * n][:n])
        result: str = pattern % {str(i): text for i, text in enumerate(texts)}
        return result


class FunctionPrinter(Printer):
    """``name(a, b)``, with a name for each output."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def text(self, output: Variable, pstate: PrinterState) -> str:
        texts = pstate.inputs_of(output, [LOOSE] * n_inputs(output, self))
        return f"{self.names[output.index or 0]}({', '.join(texts)})"


class IgnorePrinter(Printer):
    """The first input, as if there were no operation."""

    def text(self, output: Variable, pstate: PrinterState) -> str:
        n_inputs(output, self)
        assert output.owner is not None
        return pstate.pprinter.process(output.owner.inputs[0], pstate)


class LeafPrinter(Printer):
    """A variable by its name, or its type."""

    def text(self, output: Variable, pstate: PrinterState) -> str:
        return greek.get(output.name or "", str(output))


class DefaultPrinter(Printer):
    """The name of the op as a function; a variable that nothing computes as a leaf."""

    def text(self, output: Variable, pstate: PrinterState) -> str:
        if output.owner is None:
            return leaf_printer.process(output, pstate)
        texts = pstate.inputs_of(output, [LOOSE] * len(output.owner.inputs))
        return f"{op_text(output.owner.op)}({', '.join(texts)})"


leaf_printer = LeafPrinter()
default_printer = DefaultPrinter()


class PPrinter:
    """Prints variables as formulas, each with the printer that was assigned for it.

    Called with a variable, it returns its formula; with inputs, outputs (and updates), one line
    for each output and each variable in between that has a name.
    """

    def __init__(self) -> None:
        self.printers: list[tuple[Callable[[PrinterState, Variable], Any], Any]] = []
        self.printers_dict: dict[Any, Any] = {}

    def assign(self, condition: Any, printer: Any) -> None:
        """Have ``printer`` print what ``condition`` says.

        Parameters
        ----------
        condition : Op, class of ops, or callable
            The op of the node, or its class; else ``condition(state, variable)``. Those that were
            assigned last are asked first, ops and classes before all.
        printer : object
            With a method ``process(variable, state)``.
        """
        if isinstance(condition, (Op, type)):
            self.printers_dict[condition] = printer
        else:
            self.printers.insert(0, (condition, printer))

    def process(self, r: Variable, pstate: Any = None) -> str:
        """Return the formula of a variable; ``pstate`` is a state, or a dict of its attributes."""
        if not isinstance(pstate, PrinterState):
            pstate = PrinterState(pstate, pprinter=self)
            nodes = toposort([r])
            if len(nodes) > DEEP:
                for node in nodes:
                    for output in node.outputs:
                        self.process(output, pstate)
        text: str = self.printer_of(r, pstate).process(r, pstate)
        return text

    def printer_of(self, r: Variable, pstate: PrinterState) -> Any:
        """Return the printer for a variable.

        Raises
        ------
        TypeError
            None was assigned for it.
        """
        if r.owner is not None:
            for key in (r.owner.op, type(r.owner.op)):
                if key in self.printers_dict:
                    return self.printers_dict[key]
        for condition, printer in self.printers:
            if condition(pstate, r):
                return printer
        raise usage_error(
            TypeError,
            "no printer is assigned for a variable",
            got=r,
            fix="printer.assign(lambda state, variable: True, theano.printing.default_printer)",
        )

    def clone(self) -> PPrinter:
        """Return a copy, to which more can be assigned."""
        other = copy(self)
        other.printers = list(self.printers)
        other.printers_dict = dict(self.printers_dict)
        return other

    def clone_assign(self, condition: Any, printer: Any) -> PPrinter:
        """Return a copy with one printer more."""
        other = self.clone()
        other.assign(condition, printer)
        return other

    def process_graph(
        self,
        inputs: Variable | Iterable[Variable],
        outputs: Variable | Iterable[Variable],
        updates: Mapping[Variable, Variable] | None = None,
        display_inputs: bool = False,
    ) -> str:
        """Return lines ``name = formula``, in which variables that have a name stand by it.

        Parameters
        ----------
        inputs, outputs : variable or list of variables
        updates : mapping, optional
            From variables to their new values, shown as ``name <- formula``.
        display_inputs : bool
            Begin with a line of the inputs.
        """
        given = [inputs] if isinstance(inputs, Variable) else list(inputs)
        wanted = [outputs] if isinstance(outputs, Variable) else list(outputs)
        new_values = dict(updates or {})
        updated = {new: old for old, new in new_values.items()}
        starts = [*given, *new_values]
        current: Variable | None = None

        def is_named(pstate: PrinterState, r: Variable) -> bool:
            return r.name is not None and r is not current

        pprinter = Named(self, is_named)
        lines = [(0, "inputs: " + ", ".join(map(str, starts)))] if display_inputs else []
        for node in io_toposort(starts, [*wanted, *new_values.values()]):
            for output in node.outputs:
                current = output
                n = len(lines)
                if output in updated:
                    lines.append((1000 + n, f"{updated[output]} <- {pprinter.process(output)}"))
                if output in wanted:
                    i = wanted.index(output)
                    name = output.name or f"out[{i}]"
                    start = "return " if len(wanted) == 1 else f"{name} = "
                    lines.append((2000 + i, start + pprinter.process(output)))
                elif output.name is not None:
                    lines.append((n, f"{output.name} = {pprinter.process(output)}"))
        return "\n".join(line for _, line in sorted(lines))

    def __call__(self, *args: Any) -> str:
        """Return the text of a variable (and a state), or of inputs, outputs and updates.

        Raises
        ------
        TypeError
            Without arguments.
        """
        if not args:
            raise usage_error(
                TypeError, "a graph was to be printed, but none given", expected="a variable"
            )
        if len(args) == 1 or (len(args) == 2 and isinstance(args[1], (PrinterState, dict))):
            return self.process(*args)
        return self.process_graph(*args)


class Named(PPrinter):
    """A printer that shows some variables by their name, whatever computes them."""

    def __init__(self, other: PPrinter, is_named: Callable[[PrinterState, Variable], bool]) -> None:
        self.printers, self.printers_dict = other.printers, other.printers_dict
        self.is_named = is_named

    def printer_of(self, r: Variable, pstate: PrinterState) -> Any:
        if self.is_named(pstate, r):
            return leaf_printer
        return super().printer_of(r, pstate)
