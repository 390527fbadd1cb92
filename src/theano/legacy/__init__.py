"""Import paths of earlier versions: one table, served by an import hook.

The front door calls :func:`install` when everything else is loaded. The modules that old names and
paths belong to know nothing of it: ``theano.sandbox.rng_mrg`` is reached by attribute, after a
plain ``import theano``, because ``install`` gives them a ``__getattr__``.
"""

from __future__ import annotations

from theano.legacy.finder import Alias, Gathered, LegacyFinder, Removed
from theano.legacy.other_theanos import warn_of_others
from theano.legacy.pickled_names import PATHS, pickled_name
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
    "warn_of_others",
]

_rows = {row.path for row in TABLE}
_only_pickled = [Gathered(path) for path in PATHS if path not in _rows]
_served = LegacyFinder([*TABLE, *_only_pickled], last=pickled_name)
install = _served.install
lookup = _served.lookup
module_getattr = _served.module_getattr
