"""``Mode``: how a function is compiled."""

from __future__ import annotations

from typing import Any

from theano.errors import usage_error
from theano.options import config

__all__ = ["FAST_COMPILE", "FAST_RUN", "Mode", "get_default_mode", "get_mode"]

HOST_LINKERS = ("py", "vm_nogc", "vm")
"""Linkers of Theano that run without a compiler: here, node by node through ``perform``."""

NO_REWRITES = "None"


class Mode:
    """How a graph is rewritten and run.

    Parameters
    ----------
    linker : str or None
        ``"py"`` runs node by node on the host through ``perform``; any other name means XLA.
    optimizer : str
        ``"fast_run"``: all rewrites; ``"fast_compile"``: merging only; ``"None"``: none.
    including, excluding : tuple of str
        Tags of rewrites to add and to leave out.
    """

    def __init__(
        self,
        linker: Any = None,
        optimizer: Any = "default",
        including: tuple[str, ...] = (),
        excluding: tuple[str, ...] = (),
    ) -> None:
        self.linker = config.linker if linker is None else linker
        self.optimizer = "fast_run" if optimizer == "default" else str(optimizer)
        self.included = tuple(including)
        self.excluded = tuple(excluding)

    @property
    def on_host(self) -> bool:
        """Whether the graph runs node by node through ``perform``."""
        return self.linker == "py"

    def including(self, *tags: str) -> Mode:
        """Return a mode with the rewrites of ``tags`` too."""
        return Mode(self.linker, self.optimizer, (*self.included, *tags), self.excluded)

    def excluding(self, *tags: str) -> Mode:
        """Return a mode without the rewrites of ``tags``."""
        return Mode(self.linker, self.optimizer, self.included, (*self.excluded, *tags))

    def __str__(self) -> str:
        return f"Mode(linker={self.linker}, optimizer={self.optimizer})"

    __repr__ = __str__


FAST_RUN = Mode("xla", "fast_run")
FAST_COMPILE = Mode("xla", "fast_compile")
PREDEFINED = {"FAST_RUN": FAST_RUN, "FAST_COMPILE": FAST_COMPILE, "Mode": FAST_RUN}


def get_mode(mode: Any = None) -> Mode:
    """Return the mode that a name, a ``Mode``, or None (``config.mode``) means.

    Raises
    ------
    ValueError
        The name is not known.
    """
    if isinstance(mode, Mode):
        return mode
    name = config.mode if mode is None else str(mode)
    if name not in PREDEFINED:
        raise usage_error(
            ValueError,
            "an unknown mode was asked for",
            expected=", ".join(PREDEFINED) + ", or a Mode",
            got=name,
        )
    return PREDEFINED[name]


def get_default_mode() -> Mode:
    """Return the mode that ``config.mode`` names."""
    return get_mode(None)
