"""``Mode``: how a function is compiled."""

from __future__ import annotations

from theano.compile.limits import Limits
from theano.errors import usage_error
from theano.options import config
from theano.rewriting import Query

__all__ = ["FAST_COMPILE", "FAST_RUN", "Mode", "get_default_mode", "get_mode"]

ALL, FEW = Query(), Query(frozenset({"fast_compile"}))
OPTIMIZERS = {
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
LINKERS = ("py", "c", "c|py", "c|py_nogc", "cvm", "cvm_nogc", "vm", "vm_nogc", "xla")
"""Names of linkers: those of Theano, and ours."""


class Mode:
    """How a graph is rewritten and run.

    Parameters
    ----------
    linker : str, optional
        ``"py"`` runs node by node on the host through ``perform``; any other name means XLA. By
        default ``config.linker``.
    optimizer : str or None
        ``"fast_run"``: all rewrites; ``"fast_compile"``: few and quick ones; ``"None"`` or None:
        none.
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
        linker: str | None = None,
        optimizer: str | None = "default",
        including: tuple[str, ...] = (),
        excluding: tuple[str, ...] = (),
        limits: Limits | None = None,
    ) -> None:
        self.linker = config.linker if linker is None else linker
        if self.linker not in LINKERS:
            raise usage_error(
                ValueError,
                "an unknown linker was asked for",
                expected=", ".join(LINKERS),
                got=self.linker,
            )
        self.optimizer = config.optimizer if optimizer == "default" else str(optimizer)
        if self.optimizer not in OPTIMIZERS:
            raise usage_error(
                ValueError,
                "an unknown optimizer was asked for",
                expected=", ".join(OPTIMIZERS),
                got=self.optimizer,
            )
        self.included = tuple(including)
        self.excluded = tuple(excluding)
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
        """Which rewrites apply; None for none."""
        base = OPTIMIZERS[self.optimizer]
        if base is None:
            return None
        return base.including(*self.included).excluding(*self.excluded)

    def including(self, *tags: str) -> Mode:
        """Return a mode with the rewrites of ``tags`` too."""
        included = (*self.included, *tags)
        return Mode(self.linker, self.optimizer, included, self.excluded, self._limits)

    def excluding(self, *tags: str) -> Mode:
        """Return a mode without the rewrites of ``tags``."""
        excluded = (*self.excluded, *tags)
        return Mode(self.linker, self.optimizer, self.included, excluded, self._limits)

    def __str__(self) -> str:
        return f"Mode(linker={self.linker!r}, optimizer={self.optimizer!r})"

    __repr__ = __str__


FAST_RUN = Mode("cvm", "fast_run")
FAST_COMPILE = Mode("cvm", "fast_compile")
PREDEFINED = {"FAST_RUN": FAST_RUN, "FAST_COMPILE": FAST_COMPILE}


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
    if chosen == "Mode":
        return Mode(
            including=tuple(filter(None, config.optimizer_including.split(":"))),
            excluding=tuple(filter(None, config.optimizer_excluding.split(":"))),
        )
    if chosen not in PREDEFINED:
        raise usage_error(
            ValueError,
            "an unknown mode was asked for",
            expected=", ".join(PREDEFINED) + ", or a Mode",
            got=chosen,
        )
    return PREDEFINED[chosen]


def get_default_mode() -> Mode:
    """Return the mode that ``config.mode`` names."""
    return get_mode(None)
