"""The code cells of a document: Markdown, reStructuredText, or text."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from theano.running.cells import PYTHON_NAMES, Cell
from theano.running.dialect import parse

FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")
QUOTED = re.compile(r"^(?!>>>)> ?")
PROMPT_LINE = re.compile(r"^\W*In\s*\[\s*(?P<number>\d*|\*)\s*\]\s*:?\W*$")
OUTPUT_LINE = re.compile(r"^\W*Out\s*\[\s*\d*\s*\]\s*:?\W*$|^\W*(?:Output|输出)\s*[:：]?\W*$")
PROMPT_CODE = re.compile(r"^(?P<lead>\s*In\s*\[\s*(?P<number>\d*)\s*\]:\s?)(?P<code>.*)$")
CONTINUED = re.compile(r"^\s*\.{3,}:\s?(?P<code>.*)$")
DIRECTIVE = re.compile(
    r"^(?P<indent>\s*)\.\.\s+(?P<name>code-block|code|sourcecode|testcode|ipython|parsed-literal|"
    r"testoutput|math|doctest|[\w-]+)::\s*(?P<info>.*)$"
)
TESTED = "testcode"
TESTS = frozenset({"testcode", "testsetup", "doctest"})
"""Directives of what Sphinx runs; where any is, others with code only show it."""
COMMENT = re.compile(r"^(?P<indent>\s*)\.\.\s+(?![\[_|])")
CODE_DIRECTIVES = frozenset(
    {"code-block", "code", "sourcecode", "testcode", "testsetup", "ipython", "doctest"}
)
TRACEBACK = "Traceback (most recent call last)"
"""Tells that a cell is shown to fail."""
ARRAY_NAMES = frozenset({"array", "matrix", "nan", "inf", "dtype", "float32", "float64", "int64"})


@dataclass
class Block:
    """A piece of a document that is set as code.

    Attributes
    ----------
    lines : list of str
        With the indentation of the block taken off.
    line : int
        Where the first of them stands, from 1.
    info : str
        The language, or the empty string.
    before : list of str
        The lines of text since the block before.
    """

    lines: list[str]
    line: int
    info: str
    before: list[str]

    @property
    def source(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)

    @property
    def labelled(self) -> bool:
        """Whether the document says that this is Python."""
        return self.info in PYTHON_NAMES or self.info == TESTED


def document_cells(text: str) -> list[Cell]:
    """Return the code cells in their order, and no output block.

    With marks ``In [n]:`` before blocks, the block after a mark is a cell and what follows it, up
    to the next mark, its output. Without marks, blocks that are labelled as Python are cells where
    any is; else all blocks without a label are.
    """
    lines = text.split("\n")
    blocks = list(fenced(lines)) or list(indented(lines))
    if not blocks:
        return transcript(lines)
    marked = any(prompt_of(block) is not None for block in blocks)
    labelled = any(block.labelled for block in blocks)
    tested = any(block.info == TESTED for block in blocks)
    cells: list[Cell] = []
    for i, block in enumerate(blocks):
        number = len(cells) + 1
        prompt = prompt_of(block)
        if block.info == "testoutput" and TRACEBACK in block.source and cells:
            cells[-1].raises = True
        if not block.source.strip() or (block.info and not block.labelled):
            continue
        session = python_session(block, number)
        if session:
            cells += session
        elif marked:
            if prompt is not None:
                cells.append(Cell(number, block.source, block.line, True, True, prompt or None))
            elif cells and TRACEBACK in block.source:
                cells[-1].raises = True
        elif only_shown(block, labelled, tested) or is_output(block):
            continue
        else:
            follows = i > 0 and not any(line.strip() for line in block.before)
            certain = block.labelled and not follows
            cells.append(Cell(number, block.source, block.line, certain, False))
    return cells


def only_shown(block: Block, labelled: bool, tested: bool) -> bool:
    """Whether others of a document's blocks say that they are what runs."""
    return (labelled and not block.labelled) or (tested and block.info != TESTED)


def fenced(lines: list[str]) -> Iterator[Block]:
    """Yield the blocks between fences of backquotes or tildes."""
    before: list[str] = []
    lines = [QUOTED.sub("", line) for line in lines]
    i = 0
    while i < len(lines):
        opening = FENCE.match(lines[i])
        if not opening:
            before.append(lines[i])
            i += 1
            continue
        fence, width = opening["fence"], len(opening["indent"])
        start = i + 1
        i = start
        while i < len(lines):
            closing = FENCE.match(lines[i])
            if closing and closing["fence"].startswith(fence) and not closing["info"].strip():
                break
            i += 1
        body = [line[min(width, len(line) - len(line.lstrip())) :] for line in lines[start:i]]
        yield Block(body, start + 1, language(opening["info"]), before)
        before = []
        i += 1


def language(info: str) -> str:
    """Return the language that the text after a fence names, lower case."""
    word = info.strip().lstrip("{").lstrip(".").split("}")[0]
    return re.split(r"[\s,:{]", word)[0].lower() if word else ""


def indented(lines: list[str]) -> Iterator[Block]:
    """Yield indented blocks, those of reStructuredText's directives among them."""
    before: list[str] = []
    i = 0
    while i < len(lines):
        directive = DIRECTIVE.match(lines[i])
        if directive:
            margin = len(directive["indent"].expandtabs(4))
            end = end_of_block(lines, i + 1, margin + 1)
            if directive["name"] in CODE_DIRECTIVES:
                start = i + 1
                while start < end and (
                    not lines[start].strip() or lines[start].lstrip().startswith(":")
                ):
                    start += 1
                info = directive["info"].strip().lower() or "python"
                # What follows these is the name of a group.
                info = TESTED if directive["name"] in TESTS else info
                yield dedented(lines, start, end, info, before)
                before = []
            elif directive["name"] == "testoutput":
                yield dedented(lines, i + 1, end, "testoutput", before)
                before = []
            i = max(end, i + 1)
            continue
        comment = COMMENT.match(lines[i])
        if comment:
            i = max(end_of_block(lines, i + 1, len(comment["indent"].expandtabs(4)) + 1), i + 1)
            continue
        after_blank = i == 0 or not lines[i - 1].strip()
        if after_blank and lines[i].lstrip().startswith(">>>"):
            end = next((k for k in range(i, len(lines)) if not lines[k].strip()), len(lines))
            yield dedented(lines, i, end, "", before)
            before = []
            i = end
            continue
        if after_blank and width_of(lines[i]) >= 4 and lines[i].strip():
            end = end_of_block(lines, i, 4)
            if not is_list(before):
                yield dedented(lines, i, end, "", before)
                before = []
            i = end
            continue
        before.append(lines[i])
        i += 1


def width_of(line: str) -> int:
    """Return how many columns a line is indented."""
    full = line.expandtabs(4)
    return len(full) - len(full.lstrip())


def end_of_block(lines: list[str], start: int, width: int) -> int:
    """Return where the lines indented by ``width`` columns or more end, blank lines left out."""
    end = start
    for i in range(start, len(lines)):
        if lines[i].strip():
            if width_of(lines[i]) < width:
                break
            end = i + 1
    return end


def dedented(lines: list[str], start: int, end: int, info: str, before: list[str]) -> Block:
    """Return lines as a block, their common indentation taken off."""
    body = textwrap.dedent("\n".join(line.expandtabs(4) for line in lines[start:end]))
    return Block(body.split("\n"), start + 1, info, before)


def is_list(before: list[str]) -> bool:
    """Whether the paragraph before an indented block is an item of a list, which it goes on."""
    said = [line for line in before if line.strip()]
    return (
        bool(said)
        and bool(re.match(r"^\s*([-*+]|\d+\.)\s", said[-1]))
        and not (said[-1].rstrip().endswith(":"))
    )


def prompt_of(block: Block) -> int | None:
    """Return the number of the mark before a block, 0 without a number, None without a mark."""
    for line in reversed(block.before):
        if OUTPUT_LINE.match(line):
            return None
        found = PROMPT_LINE.match(line)
        if found:
            number = found["number"]
            return int(number) if number.isdigit() else 0
    return None


def python_session(block: Block, number: int) -> list[Cell]:
    """Return the inputs of a session of Python's or IPython's own prompt, one cell each."""
    if any(PROMPT_CODE.match(line) for line in block.lines):
        return transcript(block.lines, block.line, number)
    if not block.lines or not any(line.startswith(">>> ") for line in block.lines):
        return []
    cells: list[Cell] = []
    current: list[str] = []
    start = 0

    def close() -> None:
        if current and "doctest: +SKIP" not in current[0]:
            source = "\n".join(current)
            cells.append(Cell(number + len(cells), source, block.line + start, True, True))
        current.clear()

    for i, line in enumerate(block.lines):
        if line.startswith(">>>"):
            close()
            start = i
            current.append(line[4:])
        elif line.startswith(TRACEBACK):
            close()
            if cells:
                cells[-1].raises = True
        elif current and line.startswith("...") and i == start + len(current):
            current.append(line[4:])
    close()
    return cells


def transcript(lines: list[str], first_line: int = 1, first_number: int = 1) -> list[Cell]:
    """Return the inputs of a text in which ``In [n]: code`` stands on one line."""
    cells: list[Cell] = []
    current: Cell | None = None
    for i, line in enumerate(lines):
        if TRACEBACK in line and cells:
            cells[-1].raises = True
        found = PROMPT_CODE.match(line)
        going_on = CONTINUED.match(line)
        if found:
            number = int(found["number"]) if found["number"] else None
            current = Cell(
                first_number + len(cells), found["code"], first_line + i, True, True, number
            )
            cells.append(current)
        elif current is not None and going_on:
            current.source += "\n" + going_on["code"]
        else:
            current = None
    return [cell for cell in cells if cell.source.strip()]


def is_output(block: Block) -> bool:
    """Whether a block that may be Python is rather what a cell printed."""
    if any(OUTPUT_LINE.match(line) for line in block.before if line.strip()):
        return True
    try:
        body = parse(block.source.strip()).body
    except SyntaxError:
        return False
    return bool(body) and all(isinstance(part, ast.Expr) and is_shown(part.value) for part in body)


def is_shown(value: ast.expr) -> bool:
    """Whether an expression is how Python shows a value: literals, and arrays of them."""
    return all(
        isinstance(
            node,
            ast.Constant
            | ast.List
            | ast.Tuple
            | ast.Dict
            | ast.Set
            | ast.UnaryOp
            | ast.USub
            | ast.UAdd
            | ast.Load
            | ast.keyword
            | ast.Call,
        )
        or (isinstance(node, ast.Name) and node.id in ARRAY_NAMES)
        for node in ast.walk(value)
    )
