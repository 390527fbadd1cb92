"""``Mode``: how a function is compiled."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from theano.compile.limits import Limits
from theano.errors import usage_error
from theano.graph import FunctionGraph
from theano.graph.interpreter import Interpreter
from theano.options import config
from theano.rewriting import GraphRewriter, Query, rewrite_graph
from theano.runtime.garbage import uncollected

__all__ = [
    "FAST_COMPILE",
    "FAST_RUN",
    "Mode",
    "get_default_mode",
    "get_mode",
    "predefined_modes",
    "register_linker",
    "register_mode",
    "register_optimizer",
]

ALL, FEW = Query(), Query(frozenset({"fast_compile"}))
OPTIMIZERS: dict[str, Any] = {
    "None": None,
    "merge": FEW,
    "fast_compile": FEW,
    "o1": FEW,
    "o2": ALL,
    "o3": ALL,
    "o4": ALL,
    "unsafe": ALL,
    "fast_run": ALL,
}
"""Which rewrites each optimizer of Theano stands for."""
LINKERS: dict[str, Any] = dict.fromkeys(
    ("py", "c", "c|py", "c|py_nogc", "cvm", "cvm_nogc", "vm", "vm_nogc", "xla")
)
"""Names of linkers: those of Theano, ours, and with their linkers those that were registered."""


class Mode:
    """How a graph is rewritten and run.

    Parameters
    ----------
    linker : str or linker, optional
        ``"py"`` runs node by node on the host through ``perform``; any other name means XLA. By
        default ``config.linker``.
    optimizer : str, Query, optimizer or None
        ``"fast_run"``: all rewrites; ``"fast_compile"``: few and quick ones; ``"None"`` or None:
        none. A ``Query`` says by its tags which; anything with a method ``optimize(fgraph)``
        rewrites the graph alone.
    including, excluding : tuple of str
        Tags of rewrites to add and to leave out.
    limits : Limits, optional
        How many executables a function keeps, and when it warns; by default those of
        ``theano.config.executables`` when the function is made.

    Raises
    ------
    ValueError
        The linker or the optimizer is not known.
    """

    def __init__(
        self,
        linker: Any = None,
        optimizer: Any = "default",
        including: tuple[str, ...] = (),
        excluding: tuple[str, ...] = (),
        limits: Limits | None = None,
    ) -> None:
        linker = config.linker if linker is None else linker
        self.provided_linker = LINKERS.get(linker) if isinstance(linker, str) else linker
        self.linker = getattr(self.provided_linker, "name", linker)
        if self.linker not in LINKERS:
            raise usage_error(
                ValueError,
                "an unknown linker was asked for",
                expected=", ".join(LINKERS),
                got=self.linker,
            )
        self.optimizer = config.optimizer if optimizer == "default" else optimizer
        if self.optimizer is None:
            self.optimizer = "None"
        rewrites = isinstance(self.optimizer, Query) or hasattr(self.optimizer, "optimize")
        if not rewrites and self.optimizer not in OPTIMIZERS:
            raise usage_error(
                ValueError,
                "an unknown optimizer was asked for",
                expected=", ".join(OPTIMIZERS),
                got=self.optimizer,
            )
        self.included = tuple(including)
        self.excluded = tuple(excluding)
        self.required: tuple[str, ...] = ()
        self.registered: tuple[tuple[Any, float], ...] = ()
        self._limits = limits

    @property
    def on_host(self) -> bool:
        """Whether the graph runs node by node through ``perform``."""
        return self.linker == "py"

    @property
    def limits(self) -> Limits:
        """Bounds on the executables of a function."""
        return Limits() if self._limits is None else self._limits

    @property
    def query(self) -> Query | None:
        """Which rewrites apply; None for none, or where an optimizer of the user's does all."""
        base = self.provided_optimizer
        if base is None:
            if not self.included and not self.registered:
                return None
            base = Query(frozenset())
        if not isinstance(base, Query):
            return None
        return (
            base.including(*self.included)
            .requiring(*self.required)
            .excluding(*self.excluded)
            .registering(*((as_graph_rewriter(one), place) for one, place in self.registered))
        )

    @property
    def provided_optimizer(self) -> Any:
        """The ``Query`` or the optimizer that ``optimizer`` means; None for none."""
        return OPTIMIZERS[self.optimizer] if isinstance(self.optimizer, str) else self.optimizer

    def including(self, *tags: str) -> Mode:
        """Return a mode with the rewrites of ``tags`` too."""
        return self._with(included=(*self.included, *tags))

    def excluding(self, *tags: str) -> Mode:
        """Return a mode without the rewrites of ``tags``."""
        return self._with(excluded=(*self.excluded, *tags))

    def requiring(self, *tags: str) -> Mode:
        """Return a mode with those rewrites alone that have all of ``tags``."""
        return self._with(required=(*self.required, *tags))

    def register(self, *optimizations: tuple[Any, float]) -> Mode:
        """Return a mode with more rewrites, which are in no database.

        Parameters
        ----------
        *optimizations : pairs of an optimizer and a number
            The optimizer has a method ``optimize(fgraph)``, or is a ``GraphRewriter``. The number
            says when it runs: with or after 1.0 (canonicalize), 1.5 (stabilize), 2.0 (specialize).
        """
        return self._with(registered=(*self.registered, *optimizations))

    def clone(self, link_kwargs: Any = None, optimizer: Any = "", **kwargs: Any) -> Mode:
        """Return a mode like this one, with another optimizer unless that is empty.

        ``link_kwargs`` and other keywords are kept for programs that give them.
        """
        return self._with(optimizer=optimizer) if optimizer != "" else self._with()

    def _with(self, **changes: Any) -> Mode:
        """Return a copy with other attributes."""
        changed = copy.copy(self)
        vars(changed).update(changes)
        return changed

    def rewrite(self, fgraph: FunctionGraph) -> None:
        """Apply the mode's rewrites to a graph."""
        if self.query is not None:
            on_error: Any = "warn" if config.on_opt_error == "pdb" else config.on_opt_error
            with uncollected():
                rewrite_graph(
                    fgraph, self.query, on_error=on_error, max_use_ratio=config.optdb.max_use_ratio
                )
        elif hasattr(self.provided_optimizer, "optimize"):
            with uncollected():
                self.provided_optimizer.optimize(fgraph)

    def interpreter(self, fgraph: FunctionGraph, prepared: FunctionGraph) -> Interpreter:
        """Return what runs a graph node by node, for modes that are ``on_host``.

        Parameters
        ----------
        fgraph : FunctionGraph
            As it was rewritten.
        prepared : FunctionGraph
            The same, with branches gathered: what is to run.
        """
        own = getattr(self.provided_linker, "interpreter", None)
        if own is not None:
            made: Interpreter = own(prepared)
            return made
        return Interpreter(prepared.inputs, prepared.outputs)

    def __str__(self) -> str:
        return f"Mode(linker={self.linker!r}, optimizer={self.optimizer!r})"

    __repr__ = __str__


FAST_RUN = Mode("cvm", "fast_run")
FAST_COMPILE = Mode("cvm", "fast_compile")
predefined_modes: dict[str, Mode] = {"FAST_RUN": FAST_RUN, "FAST_COMPILE": FAST_COMPILE}
"""The modes that have names, by them."""
MADE_BY_FLAGS: dict[str, Callable[[], Mode]] = {"Mode": Mode}
"""Modes that are made anew, as the flags then are, when they are asked for by name."""


def register_mode(name: str, mode: Mode) -> None:
    """Give a mode a name, under which ``theano.function`` and ``config.mode`` know it.

    Raises
    ------
    ValueError
        The name is taken.
    """
    _register("Mode", predefined_modes, name, mode)


def register_optimizer(name: str, opt: Any) -> None:
    """Give an optimizer, or a Query, a name for ``Mode(optimizer=name)``.

    Raises
    ------
    ValueError
        The name is taken.
    """
    _register("Optimizer", OPTIMIZERS, name, opt)


def register_linker(name: str, linker: Any) -> None:
    """Give a linker a name for ``Mode(linker=name)``.

    Raises
    ------
    ValueError
        The name is taken.
    """
    _register("Linker", LINKERS, name, linker)


def _register(kind: str, known: dict[str, Any], name: str, value: Any) -> None:
    if name in known:
        raise ValueError(f"{kind} name already taken: {name}")
    known[name] = value


def as_graph_rewriter(optimizer: Any) -> GraphRewriter:
    """Return the rule that an object with a method ``optimize(fgraph)`` is, applied once."""
    if isinstance(optimizer, GraphRewriter):
        return optimizer
    name = getattr(optimizer, "name", None) or type(optimizer).__name__
    return GraphRewriter(name, optimizer.optimize, once=True)


def get_mode(mode: Mode | str | None = None) -> Mode:
    """Return the mode that a name, a ``Mode``, or None (``config.mode``) means.

    Raises
    ------
    ValueError
        The name is not known.
    """
    chosen = config.mode if mode is None else mode
    if isinstance(chosen, Mode):
        return chosen
    if chosen in MADE_BY_FLAGS:
        made = MADE_BY_FLAGS[chosen]()
        made = made.including(*filter(None, config.optimizer_including.split(":")))
        made = made.excluding(*filter(None, config.optimizer_excluding.split(":")))
        return made.requiring(*filter(None, config.optimizer_requiring.split(":")))
    if chosen not in predefined_modes:
        was_a_profile = chosen in ("ProfileMode", "PROFILE_MODE")
        raise usage_error(
            ValueError,
            "an unknown mode was asked for",
            expected=", ".join((*predefined_modes, *MADE_BY_FLAGS)) + ", or a Mode",
            got=chosen,
            fix="give profile=True to theano.function, or set the flag `profile`"
            if was_a_profile
            else None,
        )
    return predefined_modes[chosen]


def get_default_mode() -> Mode:
    """Return the mode that ``config.mode`` names."""
    return get_mode(None)


def __getattr__(name: str) -> Any:
    if name == "instantiated_default_mode":
        return get_default_mode()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
