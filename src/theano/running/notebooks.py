"""The code cells of a Jupyter or IPython notebook, of any version of the format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from theano.running.cells import Cell
from theano.running.reading import ProgramError

NO_PYTHON = frozenset({"SyntaxError", "IndentationError", "TabError"})


def read_notebook(text: str, path: Path) -> dict[str, Any]:
    """Return a notebook's own data.

    Raises
    ------
    ProgramError
        If it is not JSON, or not a notebook.
    """
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        raise ProgramError(
            f"the notebook is broken: {error.msg}",
            file=path,
            line=error.lineno,
            fix="open it in Jupyter, or take the file anew from where it came",
        ) from None
    if not isinstance(notebook, dict) or not isinstance(raw_cells(notebook), list):
        raise ProgramError("the file is JSON, and not a notebook: it has no cells", file=path)
    return notebook


def raw_cells(notebook: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return the cells as they are kept: in worksheets until version 3."""
    if "worksheets" in notebook:
        return [cell for sheet in notebook["worksheets"] for cell in sheet.get("cells", ())]
    return notebook.get("cells")


def notebook_cells(notebook: dict[str, Any]) -> list[Cell]:
    """Return the code cells in their order.

    What was never run in a notebook that was, or is shown to be no Python, need not be Python.
    """
    cells: list[Cell] = []
    raws = [raw for raw in raw_cells(notebook) or () if raw.get("cell_type") == "code"]
    prompts = [raw.get("execution_count", raw.get("prompt_number")) for raw in raws]
    was_run = any(isinstance(prompt, int) for prompt in prompts)
    for number, (raw, prompt) in enumerate(zip(raws, prompts, strict=True), 1):
        source = raw.get("source", raw.get("input", ""))
        failures = [
            output.get("ename")
            for output in raw.get("outputs") or ()
            if output.get("output_type") in ("error", "pyerr")
        ]
        cells.append(
            Cell(
                number,
                source if isinstance(source, str) else "".join(source),
                certain=raw.get("language", "python").startswith("python")
                and not (was_run and not isinstance(prompt, int))
                and not NO_PYTHON.intersection(failures),
                echo=True,
                prompt=prompt if isinstance(prompt, int) else None,
                raises=bool(failures),
            )
        )
    return cells


def set_source(raw: dict[str, Any], source: str) -> None:
    """Replace a code cell's source, and forget what the old one printed."""
    key = "source" if "source" in raw else "input"
    as_lines = isinstance(raw.get(key), list)
    raw[key] = source.splitlines(keepends=True) if as_lines else source
    raw["outputs"] = []


def notebook_python(notebook: dict[str, Any]) -> int | None:
    """Return 2 or 3 where the notebook says what its kernel was, else None."""
    metadata = notebook.get("metadata", {})
    version = str(metadata.get("language_info", {}).get("version", ""))
    kernel = str(metadata.get("kernelspec", {}).get("name", ""))
    for python in (2, 3):
        if version.startswith(f"{python}.") or kernel == f"python{python}":
            return python
    return None


def notebook_language(notebook: dict[str, Any]) -> str:
    """Return the language of the notebook's kernel, lower case."""
    metadata = notebook.get("metadata", {})
    named = metadata.get("kernelspec", {}).get("language") or metadata.get("language_info", {}).get(
        "name", "python"
    )
    return str(named).lower()
