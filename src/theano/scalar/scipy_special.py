"""``scipy.special``, loaded when one of its functions is first asked for.

Only reference values need it, and loading it takes as long as loading half of this package.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    return getattr(import_module("scipy.special"), name)
