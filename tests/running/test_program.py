"""Programs, notebooks and documents run as they stand."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from theano import config
from theano.running import run_program


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def digests() -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in Path().rglob("*")
        if path.is_file()
    }


PROGRAM = """\
#!/usr/bin/env python
import sys
import theano, theano.tensor as T
import numpy as np
from theano.sandbox.rng_mrg import MRG_RandomStreams
from helper import half
from package.inner import DEPTH
n = T.iscalar()
f = theano.function([n], n / 2)
print "halves:", f(7), half(7), 7 / 2.
print np.product([2, 3]), np.float(3), sys.argv[1:], __name__
print DEPTH,
"""


def test_a_program_of_python2(capsys):
    path = write("old/main.py", PROGRAM)
    write("old/helper.py", "def half(n):\n    return n / 2\n")
    write("old/package/__init__.py", "")
    # Python 2 looked beside the module first.
    write("old/package/inner.py", "import depth\nprint 'inner'\nDEPTH = depth.VALUE / 2\n")
    write("old/package/depth.py", "VALUE = 9\n")
    before = digests()
    notes: list[str] = []
    assert run_program(path, ["a", "--b"], report=notes.append) == 0
    assert capsys.readouterr().out == ("inner\nhalves: 3 3 3.5\n6 3.0 ['a', '--b'] __main__\n4 ")
    assert digests() == before
    assert [note.partition(":")[0] for note in notes] == [
        str(Path("old/main.py")),
        *(str(Path(f"old/{name}.py").resolve()) for name in ("helper", "package/inner")),
        str(Path("old/package/depth.py").resolve()),
    ] or len(notes) >= 3


def test_a_module_that_is_only_in_the_package_is_found_by_its_bare_name(capsys):
    # Python 2 with nothing else that shows it.
    write("layers/__init__.py", "import dense\nimport bisect\n")
    write("layers/dense.py", "SIZE = 3\n")
    write("layers/bisect.py", "raise ValueError('hides the one of the standard library')\n")
    assert run_program(write("main.py", "import layers\nprint(layers.dense.SIZE)\n")) == 0
    assert capsys.readouterr().out == "3\n"


def test_a_module_for_both_that_a_program_brings_along_is_left_alone(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "six", raising=False)
    write("six.py", "def u(s):\n    return unicode(s)\nhalf = 7 / 2\n")
    assert run_program(write("main.py", "import six\nprint six.half\n")) == 0
    assert capsys.readouterr().out == "3.5\n"
    monkeypatch.delitem(sys.modules, "six")


def test_everything_is_as_it_was_afterwards():
    names = set(vars(np)), list(sys.meta_path), list(sys.path), list(sys.argv), np.load
    write("helper.py", "x = 1\n")
    assert run_program(write("main.py", "import helper, numpy\nprint numpy.float\n")) == 0
    assert (set(vars(np)), list(sys.meta_path), list(sys.path), list(sys.argv), np.load) == names
    assert "helper" not in sys.modules
    assert not hasattr(sys, "maxint")


def test_old_names(capsys):
    text = """\
import warnings
warnings.simplefilter("ignore")  # there are empty modules of these names for a while
import collections, inspect, time, fractions, platform
import numpy as np
assert issubclass(dict, collections.Mapping)
assert inspect.getargspec(lambda a, *b: 0).varargs == "b"
assert time.clock() >= 0 and fractions.gcd(4, 6) == 2 and platform.dist()[0] == ""
assert np.int is int and np.NaN != np.NaN and np.asscalar(np.ones(1)) == 1
assert np.cast["int8"]([1.5]).dtype == "int8"
assert np.find_common_type(["int8"], ["float32"]) == "float32"
assert np.fromstring(b"ab", "uint8").tolist() == [97, 98]
from scipy.misc import logsumexp, comb
assert comb(4, 2) == 6
import random
random.seed(3)
few = random.sample({1, 2}, 1), random.Random(3).sample(np.arange(3), 2)
assert set(few[0]) < {1, 2} and len(set(few[1])) == 2
import imp
assert imp.new_module("m").__name__ == "m"
print("done")
"""
    assert run_program(write("main.py", text)) == 0
    assert capsys.readouterr().out == "done\n"


# What Python 2 pickles of a str with a byte above 127, and of an old NumPy array.
PYTHON2_PICKLE = b"\x80\x02U\x02a\xe9q\x00."


def test_old_pickles(capsys):
    Path("old.pkl").write_bytes(PYTHON2_PICKLE)
    np.save("objects.npy", np.array([{1: 2}], dtype=object), allow_pickle=True)
    text = """\
import cPickle
import numpy as np
with open("old.pkl") as f:
    print repr(cPickle.load(f))
with open("new.pkl", "w") as f:
    cPickle.dump([1, 2], f, 2)
with open("new.pkl", "rb") as f:
    print cPickle.load(f), np.load("objects.npy")[0]
"""
    assert run_program(write("main.py", text)) == 0
    assert capsys.readouterr().out == "'aé'\n[1, 2] {1: 2}\n"
    assert pickle.loads(Path("new.pkl").read_bytes()) == [1, 2]
    with pytest.raises(ValueError, match="allow_pickle"):
        np.load("objects.npy")


def test_flags_that_a_program_sets_before_it_imports(monkeypatch):
    monkeypatch.setenv("THEANO_FLAGS", "")
    text = """\
import os
os.environ["THEANO_FLAGS"] = "floatX=float32,allow_gc=False"
import theano
assert theano.config.floatX == "float32", theano.config.floatX
assert theano.config.allow_gc is False
"""
    assert config.floatX == "float64"
    assert run_program(write("main.py", text)) == 0
    assert os.environ["THEANO_FLAGS"]


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("import sys; sys.exit(7)", 7, ""),
        ("import sys; sys.exit()", 0, ""),
        ("raise SystemExit('enough')", 1, "enough\n"),
        ("raise KeyboardInterrupt", 130, "KeyboardInterrupt\n"),
        ("import absent_module", 2, "main.py, line 1: there is no module named absent_module\n"),
        ("import theano.absent", 2, "main.py, line 1: there is no module named theano.absent\n"),
        ("x = = 1", 2, "main.py, line 1: syntax error: "),
        ("print 1\nx = = 1", 2, "main.py, line 2: syntax error: "),
    ],
)
def test_exit_statuses(text, status, said, capsys):
    assert run_program(write("main.py", text)) == status
    assert said in capsys.readouterr().err


def test_tracebacks_are_the_programs_own(capsys):
    write("helper.py", "# a helper\ndef fail(n):\n    print n / 0\n")
    assert run_program(write("main.py", "import helper\nprint 1\nhelper.fail(3)\n")) == 1
    caught = capsys.readouterr()
    assert caught.out == "1\n"
    first, second, *_ = caught.err.split("  File ")[1:]
    assert first.startswith('"main.py", line 3, in <module>\n    helper.fail(3)\n')
    assert 'helper.py", line 3, in fail\n    print n / 0\n' in second
    assert caught.err.count("  File ") == 2
    assert caught.err.endswith("ZeroDivisionError: integer division or modulo by zero\n")


DOCUMENT = """\
# 例

In [1]:

```py
import numpy as np
from mnist_of_old import mnist
```

```py
Using gpu device 1: Tesla (CNMeM is disabled)
```

In [2]:

```py
# 训练
for i in range(2):
    print "iter {:03d}:".format(i + 1), mnist(i) / 2
```

```py
iter 001: 0
iter 002: 5
```

In [3]:

```py
mnist(3)
```
"""


def test_a_document(capsys):
    path = write("doc/page.txt", DOCUMENT)
    assert run_program(path) == 2
    assert capsys.readouterr().err == (
        "theano run: doc/page.txt, cell 1, line 7: there is no module named mnist_of_old\n"
        "    from mnist_of_old import mnist\n"
        "  fix: theano run doc/page.txt --provide mnist_of_old=PATH/TO/mnist_of_old.py\n"
        "       or, if it is a package: pip install mnist_of_old\n"
    )
    load = write("elsewhere/load.py", "from numbers_of import ten\nmnist = lambda i: ten * i\n")
    write("elsewhere/numbers_of.py", "ten = 10\n")
    assert run_program(path, provide={"mnist_of_old": load}) == 0
    assert capsys.readouterr().out == "iter 001: 0\niter 002: 5\nOut[3]: 30\n"
    assert run_program(path, provide={"mnist_of_old": "nowhere.py"}) == 2
    assert "nowhere.py: there is no such file" in capsys.readouterr().err


def test_an_error_in_a_document_names_its_line(capsys):
    assert run_program(
        write("page.md", DOCUMENT), provide={"mnist_of_old": write("l.py", "mnist = 0")}
    )
    assert '"page.md", line 19, in <module>\n    print "iter' in capsys.readouterr().err
    assert run_program(write("bad.md", DOCUMENT.replace("range(2)", "range(2")))
    assert "bad.md, cell 2, line 18: syntax error" in capsys.readouterr().err


def test_what_is_not_python_in_a_document(capsys):
    text = "Text\n\n```\npip install theano\n```\n\nand\n\n```\nprint(1 + 1)\n```\n"
    assert run_program(write("page.md", text)) == 0
    caught = capsys.readouterr()
    assert caught.out == "2\n"
    assert caught.err == (
        "page.md, cell 1, line 4: skipped, it is not Python: pip install theano\n"
    )
    assert run_program(write("empty.md", "Nothing here.\n")) == 2
    assert "there is no Python in this document" in capsys.readouterr().err


def notebook(*sources: str, **metadata: object) -> str:
    cells = [
        {"cell_type": "code", "execution_count": i, "source": source, "outputs": []}
        for i, source in enumerate(sources, 1)
    ]
    return json.dumps({"nbformat": 4, "metadata": metadata, "cells": cells})


def test_a_notebook(capsys):
    text = notebook(
        "%matplotlib inline\nimport theano.tensor as T",
        "%%bash\nls",
        "!ls",
        "x = T.iscalar()\ny = 7 / 2",
        "def f():\n    return 1 / 0\nprint y",
        "x.eval({x: y})",
        "f()",
    )
    assert run_program(write("book.ipynb", text)) == 1
    caught = capsys.readouterr()
    assert caught.out == "3\nOut[6]: array(3, dtype=int32)\n"
    skipped, command, *error = caught.err.splitlines()
    assert skipped == "book.ipynb, cell 2: skipped, it is for bash, not Python"
    assert command == "book.ipynb, cell 3, line 1: not executed: !ls"
    assert '  File "book.ipynb[cell 5]", line 2, in f' in error
    assert "    return 1 / 0" in error


def test_what_notebooks_show_and_write(capsys, monkeypatch):
    monkeypatch.setenv("A_SETTING", "")
    text = notebook(
        "%%writefile beside.py\nhalf = lambda n: n / 2",
        "from IPython.display import Image, display\nfrom beside import half\ndisplay(half(7))",
        "%env A_SETTING=1\nhalf(9)",
        "half(11);",
        "Image('a.png')\nprint Out[3] + _",
        "%run beside.py\nimport os; print os.environ['A_SETTING'], half(5)",
        kernelspec={"name": "python2"},
    )
    assert run_program(write("book.ipynb", text)) == 0
    assert capsys.readouterr() == ("3\nOut[3]: 4\n8\n1 2\n", "")
    assert "IPython.display" not in sys.modules or "beside" not in sys.modules
    text = notebook("%run beside.py\nprint(f'{half(7)}')")
    assert run_program(write("book3.ipynb", text)) == 0
    assert capsys.readouterr().out == "3.5\n"


def test_variables_of_lists_are_known_in_the_next_cell(capsys):
    text = notebook("x = [i for i in range(3)]", "print i, [j for j in x][0]", "print j")
    assert run_program(write("book.ipynb", text)) == 0
    assert capsys.readouterr().out == "2 0\n2\n"


def test_the_standard_input(capsys, monkeypatch):
    def typed(text):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    write("beside.py", "def half(n): return n / 2")
    typed("import sys, beside\nprint beside.half(7), sys.argv, __file__")
    assert run_program("-", ["a"]) == 0
    assert capsys.readouterr().out == "3 ['-', 'a'] <stdin>\n"
    typed("Text\n\n```\nprint 1 / 0\n```\n")
    assert run_program("-") == 1
    assert 'File "<stdin>", line 4, in <module>\n    print 1 / 0' in capsys.readouterr().err
    typed("x = = 1")
    assert run_program("-") == 2
    assert capsys.readouterr().err == (
        "theano run: <stdin>, line 1: this is not Python (syntax error: invalid syntax), nor a "
        "document with Python in it\n    x = = 1\n"
    )


def test_installed_packages_of_another_environment_are_not_converted(capsys, monkeypatch):
    """In one of them a module may try an import that has its own name."""
    own = write(
        "env/lib/site-packages/lib_of_others/speed.py",
        "try:\n    import speed\nexcept ImportError:\n    speed = 7 / 2\n",
    )
    write("env/lib/site-packages/lib_of_others/__init__.py", "")
    monkeypatch.syspath_prepend(str(own.parents[1]))
    program = write("p.py", "from lib_of_others.speed import speed\nprint(speed)\n")
    assert run_program(program, python=3) == 0
    assert capsys.readouterr().out == "3.5\n"


def test_notebooks_that_cannot_run(capsys):
    assert run_program(write("r.ipynb", notebook("x", kernelspec={"language": "R"}))) == 2
    assert "written in r, not in Python" in capsys.readouterr().err
    assert run_program(write("bad.ipynb", notebook("x = 1", "y = = 2"))) == 2
    assert "bad.ipynb, cell 2, line 1: syntax error" in capsys.readouterr().err
    assert run_program(write("broken.ipynb", '{"cells": [')) == 2
    assert "the notebook is broken" in capsys.readouterr().err


def test_a_document_that_shows_an_error_goes_on(capsys):
    book = json.loads(notebook("1 / 0", "print 'on'", "1 / 0", "print 'not here'"))
    book["cells"][0]["outputs"] = [{"output_type": "error", "ename": "ZeroDivisionError"}]
    assert run_program(write("book.ipynb", json.dumps(book))) == 1
    caught = capsys.readouterr()
    assert caught.out == "on\n"
    assert caught.err.count("ZeroDivisionError: ") == 2
    text = "Text:\n\n>>> 1 / 0\nTraceback (most recent call last):\n    ...\n>>> print 'on'\n"
    assert run_program(write("page.rst", text)) == 0
    caught = capsys.readouterr()
    assert caught.out == "on\n"
    assert '"page.rst", line 3, in <module>' in caught.err
