"""``scipy.linalg``, loaded when one of its functions is first asked for.

Only reference values need it, and loading it takes a good part of the time that this package takes.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    return getattr(import_module("scipy.linalg"), name)
