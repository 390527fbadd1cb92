"""Programs written anew: what is changed, and what a person is told to look at."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from theano.cli.main import main
from theano.running.edits import port_text

PROGRAM = """\
# A program of its time.
import time, cPickle
import numpy as np
from collections import Mapping
print "n:", 7 / 2, 7 / 2., np.product([2, 3])
def mean(x, n):
    return x / n
if np.float(3) > 2 and not {}.has_key(1):
    print ("done")
start = time.clock()
x = np.zeros((4, 2))
x /= x.shape[0]; n = x.shape[0] / 2
try:
    raise "gone"
except Exception, e:
    print e
for i in xrange(n): print reduce(max, [i])
half = range(6)[:n / 2]
"""


def test_a_program(tmp_path):
    done = port_text(PROGRAM, "old.py")
    assert "# A program of its time." in done.text
    for line in (
        'print("n:", 7 // 2, 7 / 2., np.prod([2, 3]))',
        "    return x / n",
        "if float(3) > 2 and 1 not in {}:",
        '    print ("done")',
        "start = time.perf_counter()",
        "x /= x.shape[0]; n = x.shape[0] // 2",
        '    raise Exception("gone")',
        "for i in range(n): print(reduce(max, [i]))",
        "half = list(range(6))[:n // 2]",
    ):
        assert line in done.text.split("\n")
    said = [str(remark) for remark in done.remarks]
    assert any("x / n: Python 2 floored this if both sides were integers" in text for text in said)
    assert done.changes["/ of integers to //"] == 3
    assert done.changes["np.product to np.prod"] == 1
    new = tmp_path / "new.py"
    new.write_text(done.text.replace("from collections import Mapping\n", ""))
    ran = subprocess.run([sys.executable, new], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "n: 3 3.5 6\ndone\ngone\n0\n1\n"


def test_python3_of_today_stays_as_it_is():
    text = "import numpy as np\nx = 7 / 2\nprint(np.prod([2]))"
    done = port_text(text, "new.py")
    assert done.text == text
    assert not done.changes
    assert not done.remarks


def test_the_command(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    old = tmp_path / "old.py"
    old.write_text(PROGRAM)
    assert main(["port", "old.py"]) == 0
    caught = capsys.readouterr()
    assert "import time, pickle" in caught.out
    assert "look at  line" in caught.err
    assert main(["port", "old.py", "--diff"]) == 0
    assert '+print("n:", 7 // 2' in capsys.readouterr().out
    assert main(["port", "old.py", "-o", "new.py"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["port", "old.py", "-o", "old.py"]) == 2
    assert old.read_text() == PROGRAM
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.py", "old.py"]
    assert main(["port", "absent.py"]) == 2
    assert "there is no such file" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["folder", "document", "notebook"])
def test_other_kinds(kind, tmp_path, capsys):
    source = tmp_path / "source"
    source.mkdir()
    if kind == "folder":
        (source / "inner").mkdir()
        (source / "inner" / "a.py").write_text("print 1\n")
        (source / "b.py").write_text("x = = 1\n")
        assert main(["port", str(source)]) == 2
        assert main(["port", str(source), "-o", str(tmp_path / "out")]) == 2
        assert (tmp_path / "out" / "inner" / "a.py").read_text() == "print(1)\n"
        assert "b.py, line 1: syntax error" in capsys.readouterr().err
    elif kind == "document":
        (source / "page.md").write_text("In [1]:\n\n```py\nprint 1\n```\n\n```py\n1\n```\n")
        assert main(["port", str(source / "page.md")]) == 0
        assert capsys.readouterr().out == "# %% 1\nprint(1)\n"
    else:
        cell = {"cell_type": "code", "source": ["%matplotlib inline\n", "print 1\n"], "outputs": []}
        book = {"nbformat": 4, "metadata": {}, "cells": [cell]}
        (source / "book.ipynb").write_text(json.dumps(book))
        assert main(["port", str(source / "book.ipynb")]) == 0
        new = json.loads(capsys.readouterr().out)
        assert new["cells"][0]["source"] == ["%matplotlib inline\n", "print(1)\n"]
        assert new["metadata"]["kernelspec"]["name"] == "python3"


def test_scripts_of_a_folder_that_might_be_either(tmp_path, capsys):
    source = tmp_path / "source"
    (source / "package").mkdir(parents=True)
    (source / "main.py").write_text("from package import half\nprint half.f(7)\n")
    (source / "package" / "__init__.py").write_text("import half\n")
    (source / "package" / "half.py").write_text("def f(n): return len(n) / 2\n")
    (source / "bad.py").write_text("x = = 1\n")
    out = source / "out"
    for _ in range(2):
        assert main(["port", str(source), "-o", str(out)]) == 2
        assert not (out / "out").exists()
    assert (out / "package" / "__init__.py").read_text() == "from . import half\n"
    assert (out / "package" / "half.py").read_text() == "def f(n): return len(n) // 2\n"
    capsys.readouterr()
    for file in source.rglob("*.py"):
        file.unlink()
    assert main(["port", str(source), "-o", str(out)]) == 2
    assert capsys.readouterr().err.endswith("source: this folder has no .py or .ipynb\n")


def test_what_a_person_should_look_at():
    text = "try: eval('x')\nexcept E, e: print e.message, log.message(1)\n"
    said = [str(remark) for remark in port_text(text, "old.py").remarks]
    assert said == [
        "line 1: eval('x'): code in strings is left as it was",
        "line 2: e.message: exceptions have args, and no message",
    ]
