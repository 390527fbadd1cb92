"""Pages in one file, which need no other file and no network."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

__all__ = ["PAGES", "html_page", "replace_patterns", "safe_json", "write_page"]

PAGES = resources.files("theano.printing") / "pages"
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
    folder: Traversable,
    body: str,
    *,
    title: str,
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
    data: Mapping[str, Any] | None = None,
) -> str:
    """Return a page.

    Parameters
    ----------
    folder : Traversable
        Where the parts of the page lie.
    body : str
        Name of the file of its body, in which ``%% TITLE %%`` stands for the title.
    title : str
    styles, scripts : sequences of str
        Names of files.
    data : mapping, optional
        What the scripts read: objects by the ``id`` of the element that holds their JSON.
    """

    def text(name: str) -> str:
        return folder.joinpath(name).read_text("utf-8")

    look = PAGES.joinpath("look.css").read_text("utf-8")
    # What comes from a user's program goes in last, so that nothing in it is taken for a pattern.
    return replace_patterns(
        PAGES.joinpath("page.html").read_text("utf-8"),
        {
            "%% STYLE %%": look + "".join(text(name) for name in styles),
            "%% BODY %%": text(body),
            "%% SCRIPT %%": "".join(text(name) for name in scripts),
            "%% DATA %%": "".join(
                f'<script id="{escape(name)}" type="application/json">%% {name} %%</script>\n'
                for name in (data or {})
            ),
            "%% TITLE %%": escape(title),
            **{f"%% {name} %%": safe_json(value) for name, value in (data or {}).items()},
        },
    )


def write_page(path: str | Path, text: str) -> None:
    """Write a page, and the folder that it is to lie in if there is none yet."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
