"""How often a function compiles before it warns, and how much it keeps."""

from __future__ import annotations

from dataclasses import dataclass, field

from theano.options import config


@dataclass(frozen=True)
class Limits:
    """Bounds on the executables of a function, by default those of ``theano.config.executables``.

    Attributes
    ----------
    keep : int
        So many are kept for each program of the function; the least recently used one goes.
    warn_after : int
        Beyond so many compilations a warning names what varies.
    host_after : int
        Beyond so many, sizes that are new run on the host until that took a quarter as long as
        compiling.
    host_after_seconds : float
        The same where at least four compilations took longer in all.
    """

    keep: int = field(default_factory=lambda: config.executables.keep)
    warn_after: int = field(default_factory=lambda: config.executables.warn)
    host_after: int = field(default_factory=lambda: config.executables.host)
    host_after_seconds: float = 5.0
