"""Bytes to text."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from theano.running.reading import ProgramError, decode, read_text

HERE = Path("program.py")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a = 1\r\nb = 2\rc", "a = 1\nb = 2\nc"),
        ("é".encode(), "é"),
        ("é".encode("latin-1"), "é"),
        (codecs.BOM_UTF8 + "中".encode(), "中"),
        ("中".encode("utf-16"), "中"),
        ("# -*- coding: gbk -*-\n中".encode("gbk"), "# -*- coding: gbk -*-\n中"),
        ("#!x\n# vim: set fileencoding=latin-1 :\né".encode("latin-1"),) * 1
        + ("#!x\n# vim: set fileencoding=latin-1 :\né",),
        (b"", ""),
    ],
    ids=["line ends", "utf-8", "latin-1", "mark", "utf-16", "gbk", "second line", "empty"],
)
def test_text(data, text):
    assert decode(data, HERE) == text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x7fELF\0\0", "binary file"),
        (b"\x89\x02\x03", "binary file"),
        (b"# coding: nonesuch\n", "unknown encoding, nonesuch"),
        (b"# coding: ascii\n\xe9", "declares the encoding ascii, and is not in it"),
    ],
)
def test_what_is_no_text(data, said):
    with pytest.raises(ProgramError, match=said):
        decode(data, HERE)


def test_what_cannot_be_read(tmp_path):
    with pytest.raises(ProgramError, match="there is no such file"):
        read_text(tmp_path / "absent.py")
    with pytest.raises(ProgramError, match="this is a folder"):
        read_text(tmp_path)


def test_an_error_names_file_cell_and_line():
    error = ProgramError("no", file="a.md", cell=2, line=7, text="  x y\n", fix="mend it")
    assert str(error) == "a.md, cell 2, line 7: no\n    x y\n  fix: mend it"
