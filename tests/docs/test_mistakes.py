"""The page of frequent mistakes: its programs get its messages, and the mended ones run."""

from __future__ import annotations

import contextlib
import io
import linecache
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "mistakes.md"
BLOCKS = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
FILE = "train.py"


def sections():
    """The title of each mistake, with the code blocks below it."""
    parts = re.split(r"^## (.*)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return {
        title: BLOCKS.findall(text) for title, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def preamble():
    """What every program begins with."""
    return BLOCKS.search(PAGE.read_text("utf-8")).group(2) + "\n"


def outcome(program):
    """What a program prints, and the error that it ends with."""
    source = preamble() + program
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(source, FILE, "exec"), {"__name__": "__main__", "__file__": FILE})
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=printed)
    finally:
        del linecache.cache[FILE]
    return printed.getvalue()


def test_there_are_twenty():
    assert len(sections()) == 20


@pytest.mark.parametrize("title", sections())
def test_a_mistake_gets_its_message_and_can_be_mended(title):
    (wrong, program), (text, message), (right, mended) = sections()[title]
    assert (wrong, text, right) == ("python", "text", "python")
    got = outcome(program)
    assert got == message
    after = outcome(mended)
    assert "Error: " not in after
    assert after != got
