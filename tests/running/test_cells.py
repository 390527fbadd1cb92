"""Commands of IPython's, notebooks of every version, and documents of every kind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from theano.running.cells import plain_python
from theano.running.documents import document_cells
from theano.running.notebooks import notebook_cells, notebook_python, read_notebook
from theano.running.reading import ProgramError

HERE = Path("book.ipynb")

COMMANDS = {
    "%matplotlib inline\nx = 1": ("pass\nx = 1", []),
    "x = 1\n%load_ext autoreload\n%autoreload 2": ("x = 1\npass\npass", []),
    "if x:\n    %time f(3)": ("if x:\n    f(3)", []),
    "!ls -l\nx = 1": ("pass\nx = 1", [(1, "!ls -l")]),
    "files = !ls": ("files = []", [(1, "files = !ls")]),
    "theano.function?\n?T\nT.dot??": ("pass\npass\npass", []),
    "%run load.py": ("__execute_file__('load.py')", []),
    "%timeit f(x)": ("pass", [(1, "%timeit f(x)")]),
    "%%time\nx = 1": ("\nx = 1", []),
    "%env A=b c\n%env": ("__import__('os').environ.update([['A', 'b c']])\npass", [(2, "%env")]),
    "%set_env A 1": ("__import__('os').environ.update([['A', '1']])", []),
    "%%writefile -a x.py\ny = 1\n": (
        "with open('x.py', 'a') as _written: _written.write('y = 1\\n')",
        [],
    ),
    # No commands: an operator, a string and a continued line.
    "x = ('%d'\n     % 3)": ("x = ('%d'\n     % 3)", []),
    "x = (3\n%y)": ("x = (3\n%y)", []),
    "x = 3 \\\n%y": ("x = 3 \\\n%y", []),
    "x = '''\n%matplotlib inline\n!ls\n'''": ("x = '''\n%matplotlib inline\n!ls\n'''", []),
    "print 'really?'": ("print 'really?'", []),
    "": ("", []),
}


@pytest.mark.parametrize(("source", "plain"), COMMANDS.items(), ids=range(len(COMMANDS)))
def test_commands(source, plain):
    done = plain_python(source)
    assert (done.text, done.skipped) == plain
    assert done.foreign is None


def test_pylab():
    assert "from numpy import *" in plain_python("%pylab inline").text


@pytest.mark.parametrize("name", ["bash", "html", "javascript", "R"])
def test_cells_for_others(name):
    assert plain_python(f"\n%%{name}\n<b>").foreign == name.partition(" ")[0]


def cell(source, **more):
    return {"cell_type": "code", "metadata": {}, "outputs": [], **source, **more}


NOTEBOOKS = {
    "4": {
        "nbformat": 4,
        "metadata": {"kernelspec": {"name": "python2", "language": "python"}},
        "cells": [
            {"cell_type": "markdown", "source": ["# A title"]},
            cell({"source": ["print 1\n", "x = 2"]}, execution_count=3),
            cell({"source": "x"}, execution_count=None),
        ],
    },
    "3": {
        "nbformat": 3,
        "metadata": {"name": ""},
        "worksheets": [
            {
                "cells": [
                    cell({"input": ["print 1\n", "x = 2"]}, prompt_number=3, language="python")
                ]
            },
            {"cells": [cell({"input": "x"}, language="python")]},
        ],
    },
    "2": {
        "nbformat": 2,
        "worksheets": [
            {"cells": [cell({"input": "print 1\nx = 2"}, prompt_number=3), cell({"input": "x"})]}
        ],
    },
}


@pytest.mark.parametrize("version", NOTEBOOKS)
def test_notebooks(version):
    notebook = read_notebook(json.dumps(NOTEBOOKS[version]), HERE)
    cells = notebook_cells(notebook)
    assert [(c.number, c.source, c.prompt) for c in cells] == [
        (1, "print 1\nx = 2", 3),
        (2, "x", None),
    ]
    assert notebook_python(notebook) == (2 if version == "4" else None)


def test_what_of_a_notebook_need_not_be_python():
    error = {"output_type": "error", "ename": "SyntaxError"}
    cells = [
        cell({"source": "f main():\n    ..."}),
        cell({"source": "x = = 1"}, execution_count=1, outputs=[error]),
        cell({"source": "x = 1"}, execution_count=2),
    ]
    assert [c.certain for c in notebook_cells({"cells": cells})] == [False, False, True]
    assert [c.certain for c in notebook_cells({"cells": cells[:1]})] == [True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"cells": [', "book.ipynb, line 1: the notebook is broken"),
        ("[]", "not a notebook"),
        ('{"a": 1}', "not a notebook"),
    ],
)
def test_broken_notebooks(text, said):
    with pytest.raises(ProgramError, match=said):
        read_notebook(text, HERE)


MARKED = """\
# 标题

In [1]:

```py
print "a"
```

```py
a
```

text with `code`

In [2]:

~~~
x = 3
x
~~~

Out[2]:

```py
3
```

```py
Using gpu device 0
```
"""

LABELLED = """\
Text.

```python
x = 1
```

```
1
```

```bash
pip install theano
```

* item

  ``` {.python}
  if x:
      y = 2
  ```

```text
print 3
```
"""

PLAIN = """\
Text:

    x = 1
    if x:

        y = 2

more text

    array([1, 2])

- an item

      going on

Output:

    z
"""

REST = """\
Title
=====

.. code-block:: python
   :linenos:

   x = 1

.. note::

   A note
   of two lines.

.. code-block:: bash

   ls

.. a comment:

   >>> z = 3

.. _target:

Then::

    y = 2

>>> y  # doctest: +SKIP
2

>>> y
2
"""

TESTED = """\
.. code-block:: python

   only = "shown"

.. testsetup:: group

   x = 1

.. testcode:: group

   print(1 / 0)

.. testoutput::
   :options: +ELLIPSIS

   Traceback (most recent call last):
     ...
"""

SESSION = """\
>>> x = 1
>>> for i in range(2):
...     print i
...
0
1
>>> x
1
"""

TRANSCRIPT = """\
Some text.

In [1]: import numpy as np

In [2]: def f(x):
   ...:     return x
   ...:

In [3]: f(np.arange(3))
Out[3]: array([0, 1, 2])
"""

QUOTED = """\
As they say:

> ```python
> x = 1
> if x:
>     y = 2
> ```
"""

DOCUMENTS = {
    "quoted": (QUOTED, [(4, "x = 1\nif x:\n    y = 2", None)]),
    "marked": (MARKED, [(6, 'print "a"', 1), (18, "x = 3\nx", 2)]),
    "labelled": (LABELLED, [(4, "x = 1", None), (18, "if x:\n    y = 2", None)]),
    "plain": (PLAIN, [(3, "x = 1\nif x:\n\n    y = 2", None)]),
    "rest": (REST, [(7, "x = 1", None), (31, "y", None)]),
    "tested": (TESTED, [(7, "x = 1", None), (11, "print(1 / 0)", None)]),
    "session": (
        f"Text\n\n```\n{SESSION}```\n",
        [(4, "x = 1", None), (5, "for i in range(2):\n    print i\n", None), (10, "x", None)],
    ),
    "transcript": (
        TRANSCRIPT,
        [
            (3, "import numpy as np", 1),
            (5, "def f(x):\n    return x\n", 2),
            (9, "f(np.arange(3))", 3),
        ],
    ),
    "none": ("Only text.\n", []),
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_documents(kind):
    text, expected = DOCUMENTS[kind]
    cells = document_cells(text)
    assert [(c.line, c.source.rstrip(" "), c.prompt) for c in cells] == expected
    assert [c.number for c in cells] == list(range(1, len(cells) + 1))
    lines = text.split("\n")
    for found in cells:
        assert found.source.split("\n")[0] in lines[found.line - 1]


def test_what_is_certain():
    assert all(c.certain for c in document_cells(MARKED))
    assert all(c.certain for c in document_cells(LABELLED))
    assert not any(c.certain for c in document_cells(PLAIN))


FAILURE = "In [1]: 1/0\n\nZeroDivisionError    Traceback (most recent call last)\n\nIn [2]: 3\n"
MARKED_FAILURE = "In [1]:\n\n```\n1/0\n```\n\n```\nTraceback (most recent call last)\n```\n"


def test_cells_that_are_shown_to_fail():
    assert [c.raises for c in document_cells(FAILURE)] == [True, False]
    assert [c.raises for c in document_cells(MARKED_FAILURE)] == [True]
    assert [c.raises for c in document_cells(TESTED)] == [False, True]
