"""Pages in one file, which need no other file and no network."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

__all__ = ["PAGES", "html_page", "replace_patterns", "safe_json", "write_page"]

PAGES = Path(__file__).with_name("pages")
"""What pages have in common, and the parts of those of this package."""


def safe_json(obj: Any) -> str:
    """Return an object as JSON that can stand inside of an HTML page."""
    return json.dumps(obj).replace("<", "\\u003c")


def replace_patterns(x: str, replace: Mapping[Any, Any]) -> str:
    """Return a text with the keys of a mapping replaced by its values, one after another.

    Parameters
    ----------
    x : str
    replace : mapping
        Plain texts; others are converted.
    """
    for old, new in replace.items():
        x = x.replace(str(old), str(new))
    return x


def html_page(
    title: str,
    body: str,
    style: str = "",
    script: str = "",
    data: Mapping[str, Any] | None = None,
) -> str:
    """Return a page.

    Parameters
    ----------
    title : str
        As it is to be read.
    body, style, script : str
        In HTML, CSS and JavaScript.
    data : mapping, optional
        What the script reads: objects by the ``id`` of the element that holds their JSON.
    """
    parts = {
        "TITLE": escape(title),
        "STYLE": (PAGES / "look.css").read_text("utf-8") + style,
        "BODY": body,
        "SCRIPT": script,
        "DATA": "".join(
            f'<script id="{escape(name)}" type="application/json">{safe_json(value)}</script>\n'
            for name, value in (data or {}).items()
        ),
    }
    template = (PAGES / "page.html").read_text("utf-8")
    return re.sub(r"%% (\w+) %%", lambda match: parts[match[1]], template)


def write_page(path: str | Path, text: str) -> None:
    """Write a page, and the folder that it is to lie in if there is none yet."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
