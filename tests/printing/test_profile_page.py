"""``profile_html``: what the page says of profiles."""

from __future__ import annotations

import re

import numpy as np
import pytest
from tests.checks import check_raises

import theano
import theano.tensor as T
from theano import ProfileStats, as_op, function
from theano.printing import profile_html
from theano.printing.profile_page import duration, stack

x = T.fmatrix("x")
ONES = np.ones((30, 40), "float32")


@as_op(itypes=[T.fmatrix], otypes=[T.fmatrix])
def on_host(value):
    return value + 1


@pytest.fixture(scope="module")
def product():
    weights = theano.shared(np.ones((40, 50), "float32"), "weights")
    f = function(
        [x],
        T.dot(on_host(x), weights),
        updates=[(weights, weights * 2)],
        profile=ProfileStats(atexit_print=False, message="a <product> %% STYLE %%"),
    )
    for n in (30, 30, 20):
        f(ONES[:n])
    return f


def page_of(profile, path):
    profile_html(profile, path)
    return path.read_text("utf-8")


def plain(page):
    """Return what is to be read on a page, in one line."""
    body = page[page.index("<body>") :]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_what_is_told(product, tmp_path):
    page = page_of(product, tmp_path / "new" / "f.html")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["f.html"]
    assert not re.search(r"\b(src|href)=(?!\"data:,\")", page)
    text = plain(page)
    for part in (
        "a &lt;product&gt; %% STYLE %%",
        "3 calls, ",
        "programs of XLA",
        "nodes on the host",
        "checking arguments, copying results",
        "rewriting",
        "tracing (JAX)",
        "compiling (XLA)",
        "2 programs compiled, ",
        "Program 0, for inputs of shapes 40x50 30x40",
        "Program 1, for inputs of shapes 40x50 20x40",
        "memory at once",
        "arguments 12.5 KiB",
        "results in place of arguments 7.812 KiB",
        "By class of op (1)",
        "3 times",
        "on_host",
        "test_profile_page.py:",
    ):
        assert part in text, f"{part!r} is not in\n{text}"
    parts = re.findall(r"<div class='stack'>(.*?)</div>", page)
    for part in parts:
        widths = [float(width) for width in re.findall(r"width:([\d.]+)%", part)]
        assert sum(widths) == pytest.approx(100, abs=0.1)


def test_products_against_their_floor(tmp_path):
    stats = ProfileStats(atexit_print=False)
    f = function([x], T.dot(x, x.T), profile=stats, name="gram")
    assert "no calls" in page_of(stats, tmp_path / "none.html")
    f(ONES)
    text = plain(page_of([f, f, stats], tmp_path / "f.html"))
    assert text.count("Making it") == 1
    assert "products of matrices, at their best" in text
    assert 'profile="nodes"' in text.replace("&quot;", '"')


def test_nodes(tmp_path):
    stats = ProfileStats(atexit_print=False, flag_time_thunks=True)
    stats.runs_by_node = True
    function([x], T.tanh(T.dot(x, x.T)), profile=stats, name="nodes")(ONES)
    text = plain(page_of(stats, tmp_path / "f.html"))
    assert "between nodes" in text
    assert "By node (3)" in text
    assert "Dot 1 times" in text


def test_pages_at_the_end_of_a_program(product, tmp_path):
    path = tmp_path / "end.html"
    other = ProfileStats(atexit_print=False, message="other")
    other.fct_callcount = 1
    with theano.change_flags({"profiling.destination": str(path)}):
        product.profile.print_at_exit()
        assert "<h1>other" not in path.read_text("utf-8")
        other.print_at_exit()
    page = path.read_text("utf-8")
    assert "<h1>other" in page
    assert "<h1>a &lt;product" in page


def test_what_has_no_profile(tmp_path):
    unprofiled = function([x], x + 1, mode="FAST_COMPILE")
    for wrong in (3, unprofiled, [unprofiled]):
        with check_raises(TypeError, "without a profile", "profile=True"):
            profile_html(wrong, tmp_path / "f.html")


def test_numbers():
    assert [duration(t) for t in (12.34, 0.0123, 4.5e-6, 0)] == [
        "12.3 s",
        "12.3 ms",
        "4.5 µs",
        "0 µs",
    ]
    assert "width" not in stack([("a", 0), ("b", 0)], str)
