"""Runs public programs with ``theano run``, and writes ``docs/public-programs.md``.

    python benchmarks/public_programs.py --sources CLONES --data DATA --reference PYTHON

``CLONES`` holds a clone of each repository, as ``OWNER/NAME``, ``DATA`` what the list of programs
says, and ``PYTHON`` has Theano 1.0.5. A program runs in a copy of its repository with shorter
settings: as it is, in Python 2 as most are, by ``theano run``; and, ported by ``theano port``, on
the original Theano. Each runs twice, the second time with what the first has compiled.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PICK: dict[str, Callable[[list[float]], float]] = {
    "last": lambda found: found[-1],
    "min": min,
    "max": max,
}


@dataclass
class Run:
    """One run of a program: exit status, seconds, what it printed."""

    status: int
    seconds: float
    out: str
    err: str


@dataclass
class Row:
    """What the page says of one program."""

    name: str
    link: str
    result: str
    runs: bool = False
    trouble: str = ""
    converted: list[str] = field(default_factory=list)
    ours: float | None = None
    theirs: float | None = None
    seconds: list[float] = field(default_factory=list)
    their_seconds: list[float] = field(default_factory=list)
    close: float = 0.0

    def agrees(self) -> bool | None:
        if self.ours is None or self.theirs is None:
            return None
        return abs(self.ours - self.theirs) <= self.close


def execute(command: Sequence[str], cwd: Path, timeout: float, env: Mapping[str, str]) -> Run:
    begin = time.perf_counter()
    try:
        ran = subprocess.run(
            command, cwd=cwd, timeout=timeout, env={**os.environ, **env},
            capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        status, out, err = ran.returncode, ran.stdout, ran.stderr
    except subprocess.TimeoutExpired:
        status, out, err = 124, "", f"not done after {timeout:.0f} s"
    return Run(status, time.perf_counter() - begin, out, err)


def edit(root: Path, changes: Sequence[Sequence[str]]) -> None:
    """Replace texts in files, all of which must be there: else the list is out of date."""
    for name, old, new in changes:
        path = root / name
        text = path.read_text(errors="surrogateescape")
        if old not in text:
            raise SystemExit(f"{name} does not have {old!r}: is it another revision?")
        path.write_text(text.replace(old, new), errors="surrogateescape")


def prepared(
    program: Mapping[str, Any], repository: Mapping[str, Any], options: Any, to: Path
) -> None:
    """Copy a repository with its data, in shorter settings."""
    shutil.copytree(options.sources / program["repository"], to, dirs_exist_ok=True)
    for source, place in repository.get("data", ()):
        found = options.data / source
        target = to / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if found.is_dir():
            shutil.copytree(found, target, dirs_exist_ok=True)
        else:
            shutil.copy(found, target)
    for place, text in repository.get("write", ()):
        (to / place).write_text(text.lstrip())
    edit(to, repository.get("shorter", ()))


def figure(program: Mapping[str, Any], text: str) -> float | None:
    found = [float(one) for one in re.findall(program["pattern"], text, re.MULTILINE)]
    return PICK[program.get("pick", "last")](found) if found else None


def as_script(folder: Path, name: str) -> str:
    """Write the code of a notebook as a script, which the reference can run; return its name."""
    if not name.endswith(".ipynb"):
        return name
    cells = json.loads((folder / name).read_text())["cells"]
    code = "".join("".join(cell["source"]) + "\n" for cell in cells if cell["cell_type"] == "code")
    script = folder / f"{Path(name).stem}.py"
    script.write_text(re.sub(r"^%.*$", "", code, flags=re.MULTILINE))
    return script.name


def joined(*folders: str) -> str:
    """Return a value for PYTHONPATH."""
    return os.pathsep.join(filter(None, folders))


def trouble(run: Run) -> str:
    """Return the line of a failed run that says most."""
    lines = [line.strip() for line in run.err.splitlines() if line.strip()]
    named = [
        line for line in lines if re.match(r"[\w.]*(Error|Exception|Interrupt)\b|theano run", line)
    ]
    return (named or lines or [f"status {run.status}"])[-1]


def row_of(program: Mapping[str, Any], repository: Mapping[str, Any], options: Any) -> Row:
    name = program["repository"]
    place = Path(program.get("folder", "."))
    link = f"https://github.com/{name}/blob/{repository['revision']}/{place / program['file']}"
    row = Row(program["file"], link, program["result"], close=program["close"])
    command = [program["file"], *program.get("arguments", ())]
    timeout = options.timeout
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, "program")
        prepared(program, repository, options, root)
        own = [str(root / folder) for folder in repository.get("path", ())]
        source = str(HERE.parent / "src")
        env = {
            "THEANO_FLAGS": program.get("flags", ""),
            "PYTHONPATH": joined(source, *own, os.environ.get("PYTHONPATH", "")),
            "XDG_CACHE_HOME": str(Path(scratch, "cache")),
            "MPLBACKEND": "agg",
        }
        ours = [sys.executable, "-m", "theano", "run", "--verbose"]
        ours += ["--python", str(program["python"])] if "python" in program else []
        ours += command
        first = execute(ours, root / place, timeout, env)
        row.runs, row.ours = first.status == 0, figure(program, first.out)
        row.converted = [
            note.replace(f"{root / place}{os.sep}", "")
            for note in re.findall(r"^theano run: (.*converted from.*)$", first.err, re.MULTILINE)
        ]
        row.seconds = [first.seconds]
        if row.runs:
            row.seconds.append(execute(ours, root / place, timeout, env).seconds)
        else:
            row.trouble = trouble(first)
        if options.reference is not None:
            theirs = Path(scratch, "reference")
            prepared(program, repository, options, theirs)
            port = [sys.executable, "-m", "theano", "port", ".", "-o", str(theirs)]
            execute(port, root, timeout, env)
            edit(theirs, repository.get("reference", ()))
            command = [as_script(theirs / place, command[0]), *command[1:]]
            flags = f"base_compiledir={scratch}/compiled,{program.get('flags', '')}".rstrip(",")
            own = [str(theirs / folder) for folder in repository.get("path", ())]
            env = {"THEANO_FLAGS": flags, "PYTHONPATH": joined(*own, options.reference_path)}
            env["MPLBACKEND"] = "agg"
            runs = [
                execute([str(options.reference), *command], theirs / place, timeout, env)
                for _ in range(2)
            ]
            if all(run.status == 0 for run in runs):
                row.theirs = figure(program, runs[0].out)
                row.their_seconds = [run.seconds for run in runs]
            else:
                sys.stderr.write(f"  reference: {trouble(runs[0])}\n")
    return row


HEAD = """\
# Public programs

Programs that others wrote for Theano, run by `theano run` as they lie in their repositories, with
shorter settings so that each takes seconds. `benchmarks/public_programs.py` makes this page.

{running} of {count} run. Beside each figure is that of Theano 1.0.5 for the same program with the
same settings, ported by `theano port`. Most programs draw their first weights without a seed, so
figures differ from run to run; one marked * lies further from Theano's than that explains.

Times are seconds of whole processes with all imports: first with nothing compiled beforehand, then
with what the first run left on the disk. {machine}, {cores} processors, Python {python}.
"""
COLUMNS = (
    "program", "runs", "figure", "here", "Theano 1.0.5", "s, first", "s, second",
    "Theano 1.0.5: s, first", "s, second",
)  # fmt: skip


def number(value: float | None, form: str = "{:.4g}") -> str:
    return "" if value is None else form.format(value)


def table_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def page(rows: Mapping[str, list[Row]], repositories: Mapping[str, Any]) -> str:
    every = [row for found in rows.values() for row in found]
    head = HEAD.format(
        running=sum(row.runs for row in every),
        count=len(every),
        machine=platform.machine(),
        cores=os.cpu_count(),
        python=platform.python_version(),
    )
    return head + "".join(section(name, rows[name], repositories[name]) for name in rows)


def section(name: str, rows: Sequence[Row], repository: Mapping[str, Any]) -> str:
    """Return what the page says of the programs of one repository."""
    lines = ["", f"## [{name}](https://github.com/{name})", ""]
    lines += [table_row(COLUMNS), table_row(["---"] * len(COLUMNS))]
    for row in rows:
        mark = " *" if row.agrees() is False else ""
        times = [*row.seconds, None][:2] + [*row.their_seconds, None, None][:2]
        cells = [f"[{row.name}]({row.link})", "yes" if row.runs else "no", row.result]
        cells += [number(row.ours) + mark, number(row.theirs)]
        lines.append(table_row([*cells, *(number(one, "{:.1f}") for one in times)]))
    lines += [f"\n{row.name} stops: `{row.trouble}`" for row in rows if row.trouble]
    notes = sorted({note for row in rows for note in row.converted})
    if notes:
        lines += ["", "What `theano run --verbose` says of them:", ""]
        lines += [f"- {note}" for note in notes]
    changes = [one for one in repository.get("shorter", ()) if used(one, rows)]
    if changes:
        lines += ["", "Settings:", ""]
        lines += [f"- {file}: `{old.strip()}` is {shown(new)}" for file, old, new in changes]
    return "\n".join(lines) + "\n"


def used(change: Sequence[str], rows: Sequence[Row]) -> bool:
    return any(Path(change[0]).name in (row.name, "load.py") for row in rows)


def shown(text: str) -> str:
    return f"`{text.strip()}`" if text.strip() else "left out"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="The programs import six, pillow and matplotlib, and one runs perl. Install them, "
        "for the reference too, or name the folders that have them in PYTHONPATH and in "
        "--reference-path.",
    )
    parser.add_argument("--sources", type=Path, required=True, help="clones, as OWNER/NAME")
    parser.add_argument("--data", type=Path, required=True, help="what the programs read")
    parser.add_argument("--reference", type=Path, help="a Python with Theano 1.0.5")
    parser.add_argument("--reference-path", default="", help="its PYTHONPATH")
    parser.add_argument("--programs", type=Path, default=HERE / "public_programs.toml")
    parser.add_argument("--only", default="*", help="a pattern for REPOSITORY/FILE")
    parser.add_argument("--rows", type=Path, help="a JSON file to keep and to take up results in")
    parser.add_argument("--timeout", type=float, default=600, help="seconds for one run")
    parser.add_argument(
        "-o", "--output", type=Path, default=HERE.parent / "docs/public-programs.md"
    )
    options = parser.parse_args(arguments)
    options.sources, options.data = options.sources.resolve(), options.data.resolve()
    known = tomllib.loads(options.programs.read_text())
    rows: dict[str, Row] = {}
    if options.rows is not None and options.rows.exists():
        kept = json.loads(options.rows.read_text())
        rows = {key: Row(**row) for key, row in kept.items()}
    keys = [f"{program['repository']}/{program['file']}" for program in known["programs"]]
    for key, program in zip(keys, known["programs"], strict=True):
        if not fnmatch(key, options.only):
            continue
        sys.stderr.write(f"{key}\n")
        rows[key] = row_of(program, known["repositories"][program["repository"]], options)
        sys.stderr.write(f"  {rows[key]}\n")
        if options.rows is not None:
            options.rows.write_text(json.dumps({key: vars(row) for key, row in rows.items()}))
    grouped: dict[str, list[Row]] = {}
    for key, program in zip(keys, known["programs"], strict=True):
        if key in rows:
            grouped.setdefault(program["repository"], []).append(rows[key])
    options.output.write_text(page(grouped, known["repositories"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
