"""What Python 2 did with syntax, builtins and modules that Python 3 takes otherwise."""

from __future__ import annotations

import io
import multiprocessing
import pickle
import sys

import numpy as np
import pytest

from theano.running import run_program
from theano.running.builtin_names import list_filter, list_map, open_text, print_text, sorted_by
from theano.running.compiling import compile_program
from theano.running.importing import Program
from theano.running.semantics import compare, greater, less
from theano.running.stand_ins import stand_in
from theano.running.standard_names import restored_names

# Source in Python 2, and the values that Python 2 gives `x`.
VALUES = {
    # Order of values of different types.
    "x = None < a, 0 > None, '1' > 5, a < [], sorted([3, 'a', None])": (
        *(True, True, True, True),
        [None, 3, "a"],
    ),
    "class A:\n  def __cmp__(self, o): return cmp(3, o)\nx = A() < 4, A() == 3, A() >= 4": (
        *(True, True, False),
    ),
    # Variables of list comprehensions.
    "y = [i for i in range(3) if i != 2]\nx = i": 2,
    "y = [(i, j) for i, j in [(1, 2)]]\nx = i, j": (1, 2),
    "def f(n):\n  k = [n for n in range(n)]\n  return n, k\nx = f(3)": (2, [0, 1, 2]),
    "class A: v = [k for k in range(2)]\nx = A.v": [0, 1],
    "x = [[i * j for j in range(2)] for i in range(2)], i": ([[0, 0], [0, 1]], 1),
    # Code in strings.
    "exec 'x = 7 / 2'": 3,
    "def f():\n  exec 'y = 7 / 2' in d\nd = {}\nf()\nx = d['y']": 3,
    "x = eval('7 / 2'), eval(' 1 <> 2')": (3, True),
    "exec compile('x = `7`', 'name', 'exec')": "7",
    "x = eval(compile('7 / 2', 'name', 'eval'))": 3,
    # Classes.
    "class A:\n  def __getslice__(self, i, j): return i, j\nx = A()[1:2]": (1, 2),
    "class A(list):\n  def __getslice__(self, i, j): return i, j\nx = A([7])[:], A([7])[0]": (
        *((0, 1), 7),
    ),
    "class A:\n  def __unicode__(self): return u'text'\nx = unicode(A())": "text",
    # Strings.
    "x = 'abc'.encode('hex'), u'\\xe9'.encode('utf8'), u'\\xe9a'.encode('ascii', 'ignore')": (
        *("616263", "é", "a"),
    ),
    "x = unicode('a', 'utf8'), 'abc'.translate(None, 'b')": ("a", "ac"),
    "import string\nx = 'ab'.translate(string.maketrans('a', 'c'), 'b')": "c",
    # Exceptions.
    "try: raise ValueError, 'bad'\nexcept ValueError, e: x = e.message": "bad",
    "try: raise ValueError\nexcept ValueError, e: x = e.message": "",
    "class A:\n  message = 3\nx = A().message": 3,
    "class A:\n  def message(self, n): return n\nx = A().message(3)": 3,
    # Functions that gave lists.
    "x = map(None, [1, 2], [3]), map(str, [1])": ([(1, 3), (2, None)], ["1"]),
    "x = zip('a', 'b')[0], range(4)[1:], filter(None, (0, 1)), filter(str.isalpha, 'a1')": (
        *(("a", "b"), [1, 2, 3], (1,), "a"),
    ),
    "from itertools import imap, count\nx = imap(lambda n: n * n, count(3)).next()": 9,
    # Scopes.
    "y = 1\ndef f():\n  'doc'\n  z = y\n  global y\n  y = z + 1\n  return f.__doc__\nx = f(), y": (
        *("doc", 2),
    ),
    "def f():\n  from math import *\n  return sqrt(4)\nx = f()": 2.0,
    # Modules.
    "import hashlib, md5\nx = hashlib.md5('a').hexdigest()[:4], md5.new('a').hexdigest()[:4]": (
        *("0cc1", "0cc1"),
    ),
    "import hashlib\nh = hashlib.sha1()\nh.update('a')\nx = h.copy().hexdigest()[:4]": "86f7",
    "import operator\nx = operator.div(7, 2), operator.isSequenceType([])": (3, True),
    "import types\nx = isinstance('', types.StringType), types.ListType": (True, list),
    "import subprocess\nx = subprocess.check_output(['echo', 'a']).split('\\n')[0]": "a",
    "import UserDict\nx = sorted(UserDict.UserDict(a=1))": ["a"],
    "import os\nx = []\nos.path.walk(b, lambda l, d, names: l.append(sorted(names)), x)": [["f"]],
}


@pytest.mark.parametrize(("text", "value"), VALUES.items(), ids=range(len(VALUES)))
def test_it_means_what_it_meant(text, value, tmp_path):
    (tmp_path / "f").touch()
    done = compile_program(text, "program.py", python=2)
    namespace: dict[str, object] = {"a": 0.5, "b": str(tmp_path)}
    namespace["__builtins__"] = Program(2).builtins_for(True)
    with restored_names():
        exec(done.code, namespace)
    assert namespace["x"] == value


LISTS_OF_SLICES = """
import numpy as np
a = np.arange(12).reshape(3, 4)
part = [slice(1, 3)]
part += [slice(None, None, 2)]
x = [a[part], a[[slice(None), 1]], a[[None] + part].shape, a[[2, 0]], {0: part}[0]]
a[part] = 0
a[[Ellipsis, 3]] += 1
x += [a, [4, 5, 6][part[0]]]
"""


@pytest.mark.parametrize("python", [2, 3])
def test_lists_of_slices_are_indices(python):
    done = compile_program(LISTS_OF_SLICES, "program.py", python=python)
    namespace = {"__builtins__": Program(python).builtins_for(python == 2)}
    exec(done.code, namespace)
    taken, column, shape, rows, part, changed, of_list = namespace["x"]
    assert (taken.tolist(), column.tolist(), shape) == ([[0, 0], [0, 0]], [1, 5, 9], (1, 2, 2))
    assert (rows.shape, part) == ((2, 4), [slice(1, 3), slice(None, None, 2)])
    assert changed.tolist() == [[0, 1, 2, 4], [0, 5, 0, 8], [0, 9, 0, 12]]
    assert of_list == [5, 6]


ROWS = """
import numpy as np
from numpy import asarray
from array import array
rows = [[1, 2], [3]]
x = [np.array(rows), asarray(rows, dtype=None), np.asarray([[1, 2], [3, 4]]), array("d", [2])]
for wrong in (lambda: np.array(rows, "float32"), lambda: np.array([[1], ["a"]], dtype=float)):
    try:
        wrong()
    except ValueError as error:
        x.append(str(error))
"""


@pytest.mark.parametrize("python", [2, 3])
def test_rows_of_different_lengths_are_objects(python):
    done = compile_program(ROWS, "program.py", python=python)
    namespace = {"__builtins__": Program(python).builtins_for(python == 2)}
    exec(done.code, namespace)
    ragged, same, square, other, *errors = namespace["x"]
    assert (ragged.dtype, ragged.tolist()) == (np.dtype("O"), [[1, 2], [3]])
    assert (same.dtype, same.shape) == (np.dtype("O"), (2,))
    assert (square.shape, square.dtype.kind, other.tolist()) == ((2, 2), "i", [2.0])
    assert ["inhomogeneous" in error for error in errors] == [True, False]


def test_comparisons_of_other_objects_are_their_own():
    array = np.arange(3)
    assert less(array, 2).tolist() == [True, True, False]
    assert (greater("b", "a"), compare(1, 2), compare("a", "a")) == (True, -1, 0)
    for a, b in ((object(), 1), (1j, 2j), ([None], [1])):
        with pytest.raises(TypeError):
            less(a, b)


def test_lists():
    assert list_map(lambda a, b: (a, b), "ab", [1]) == [("a", 1), ("b", None)]
    assert list_map(None, (1, 2)) == [1, 2]
    assert list_filter(lambda n: n > 1, {1, 2}) == [2]
    assert sorted_by([None, "a", 1], reverse=True) == ["a", 1, None]
    with pytest.raises(TypeError):
        sorted_by([None, 1], key=lambda x: x)


def test_printing(capsys):
    for line in ("a\n", "b"):
        print_text(line, end=" ")
    print_text("é".encode(), b"x", 1)
    assert capsys.readouterr().out == "a\nb é x 1\n"


def test_text_to_files_of_bytes(tmp_path):
    with open_text(tmp_path / "a", "wb") as file:
        file.write("é\n")
        print_text("b", file=file)
        file.write(b"\xff")
    with open_text(tmp_path / "a", "ab") as file:
        pickle.dump([1], file)
    assert (tmp_path / "a").read_bytes().startswith("é\nb\n".encode() + b"\xff\x80")
    with open_text(tmp_path / "b", "w", 0) as file:
        file.write("line\n")
        assert (tmp_path / "b").read_text() == "line\n"


def test_writers_of_codecs():
    codecs = stand_in("codecs", True)
    text, data = io.StringIO(), io.BytesIO()
    assert codecs.getwriter("utf8")(text) is text
    codecs.getwriter("utf8")(data).write("é")
    assert data.getvalue() == "é".encode()
    assert stand_in("codecs", False) is None


def test_processes_speak_text():
    subprocess = stand_in("subprocess", True)
    process = subprocess.Popen([sys.executable, "-c", "print(input())"], stdin=-1, stdout=-1)
    assert process.communicate("é\n")[0] == "é\n"


def run(text, tmp_path, **options):
    path = tmp_path / "main.py"
    path.write_text(text)
    return run_program(path, **options)


def test_what_is_typed(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("bob\n7 / 2\nrest\n"))
    text = "import sys\nn = 3\nprint raw_input('name? '), input(), sys.stdin.read(),"
    assert run(text, tmp_path) == 0
    assert capsys.readouterr().out == "name? bob 3 rest\n"


def test_output_that_a_program_replaces(tmp_path, capsys):
    text = """\
import sys, os
class Tee:
    def __init__(self, to): self.to = to
    def write(self, text): self.to.write(text.upper())
out = sys.stdout
sys.stdout = Tee(out)
with os.fdopen(os.open(os.devnull, os.O_WRONLY), 'w', 0) as f: print 'a', f.line_buffering
raise KeyError, 'k'
"""
    out = sys.stdout
    try:
        assert run(text, tmp_path) == 1
    finally:
        sys.stdout = out
    caught = capsys.readouterr()
    assert caught.out == "A TRUE\n"
    assert caught.err.endswith("KeyError: 'k'\n")


def test_bytes_of_any_encoding_are_printed_as_they_are(tmp_path, capfdbinary):
    (tmp_path / "latin").write_bytes(b"a\xe9\n")
    before = sys.stdout.errors
    text = "import sys, os\nwith open(os.path.join(sys.path[0], 'latin')) as f: print f.read(),"
    assert run(text, tmp_path) == 0
    assert capfdbinary.readouterr().out == b"a\xe9\n"
    assert sys.stdout.errors == before


def test_numbers_of_numpy_are_shown_as_they_were(tmp_path, capsys):
    text = "import numpy as np\nprint [np.float64(1.5)], (np.int32(2),)"
    assert run(text, tmp_path) == 0
    assert capsys.readouterr().out == "[1.5] (2,)\n"
    assert repr(np.float64(1.5)) == "np.float64(1.5)"


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
def test_processes_are_forks_of_the_program(tmp_path, capsys):
    text = "import multiprocessing as m\nprint m.get_start_method()"
    before = multiprocessing.get_start_method(allow_none=True)
    assert run(text, tmp_path) == 0
    assert capsys.readouterr().out == "fork\n"
    assert multiprocessing.get_start_method(allow_none=True) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\nreturn x", "line 2: syntax error: 'return' outside function"),
        ("print 1\nbreak", "line 2: syntax error: 'break' outside loop"),
    ],
)
def test_what_only_the_compiler_refuses(text, said, tmp_path, capsys):
    assert run(text, tmp_path) == 2
    assert said in capsys.readouterr().err
