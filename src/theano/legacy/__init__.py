"""Import paths of earlier versions: one table, served by an import hook.

The front door calls :func:`install` when everything else is loaded. The modules that old names and
paths belong to know nothing of it: ``theano.sandbox.rng_mrg`` is reached by attribute, after a
plain ``import theano``, because ``install`` gives them a ``__getattr__``.
"""

from __future__ import annotations

from theano.legacy.finder import Alias, Gathered, LegacyFinder, Removed
from theano.legacy.table import TABLE

__all__ = [
    "TABLE",
    "Alias",
    "Gathered",
    "LegacyFinder",
    "Removed",
    "install",
    "lookup",
    "module_getattr",
]

_served = LegacyFinder(TABLE)
install = _served.install
lookup = _served.lookup
module_getattr = _served.module_getattr
