"""``profile_html``: where the time of functions went, as a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from operator import itemgetter
from pathlib import Path
from typing import Any

from theano.compile.profiling import ProfileStats
from theano.compile.profiling.costs import Costs, costs_of, product_speed
from theano.compile.profiling.report import (
    compilations,
    programs_with_seconds,
    seconds_of_calls,
    seconds_of_making,
    shapes_text,
    share,
    size,
)
from theano.errors import usage_error
from theano.options import config
from theano.printing.html import PAGES, html_page, write_page

__all__ = ["profile_html"]

HEAD = "<tr><th>{}<th class='bar'><th class='number'>time<th class='number'>share"


def profile_html(profile: Any, outfile: str | Path) -> None:
    """Write a profile as a page.

    It shows the parts of a call, what making and compiling took, the memory and the work of each
    program and how much of its time products of matrices must take, and the times of what runs
    on the host: by class of op, by op and by node. The page is one file and needs no network.

    Parameters
    ----------
    profile : Function, ProfileStats, or a list of these
        Functions that were made with ``profile=``.
    outfile : path
        Where to write the page. Folders are made.

    Raises
    ------
    TypeError
        Something else was given, or a function without a profile.

    Examples
    --------
    >>> f = theano.function([x], y, profile=True)
    >>> f(value)
    >>> theano.printing.profile_html(f, "profile.html")
    """
    given = profile if isinstance(profile, (list, tuple)) else [profile]
    found: dict[int, ProfileStats] = {}
    for one in given:
        stats = one if isinstance(one, ProfileStats) else getattr(one, "profile", None)
        if not isinstance(stats, ProfileStats):
            raise usage_error(
                TypeError,
                "profile_html was given something without a profile",
                expected="a function that was made with profile=True, or a ProfileStats",
                got=one,
                fix="theano.function(…, profile=True), and call the function before",
            )
        # Functions may share one.
        found[id(stats)] = stats
    articles = "\n".join(map(article, found.values()))
    titles = [title_of(stats) for stats in found.values()]
    style = (PAGES / "profile.css").read_text("utf-8")
    page = html_page(f"Profile of {', '.join(titles)}", f"<main>\n{articles}\n</main>\n", style)
    write_page(outfile, page)


def title_of(stats: ProfileStats) -> str:
    """Return what was measured."""
    return stats.message or ", ".join(stats.executors) or "no function"


def article(stats: ProfileStats) -> str:
    """Return all that is known of one profile, as HTML."""
    n, total = stats.fct_callcount, stats.fct_call_time
    each = f", {duration(total / n)} each" if n else ""
    calls = "1 call" if n == 1 else f"{n or 'no'} calls"
    made = compilations(stats)
    stored = sum(c.from_cache for c in made)
    programs = "1 program" if len(made) == 1 else f"{len(made)} programs"
    parts = [
        f"<article>\n<h1>{escape(title_of(stats))}</h1>",
        f"<p class='muted'>{calls}, {duration(total)} in all{each}; compiling not counted</p>",
        "<h2>Calls</h2>",
        card(stack(seconds_of_calls(stats), duration)),
        "<h2>Making it</h2>",
        card(
            stack(seconds_of_making(stats), duration),
            f"<p class='muted'>{programs} compiled, {stored} of them from the cache on disk</p>",
            table_of_compilations(made),
        ),
    ]
    programs_kept = programs_with_seconds(stats)
    if programs_kept:
        parts.append("<h2>Programs</h2>")
        parts += [program(k, *one) for k, one in enumerate(programs_kept)]
    parts += ["<h2>Operations on the host</h2>", card(*tables_of_nodes(stats)), "</article>"]
    return "\n".join(parts)


def card(*parts: str) -> str:
    """Return parts in a frame."""
    return f"<div class='card'>{''.join(parts)}</div>"


def stack(parts: Sequence[tuple[str, float]], text: Any) -> str:
    """Return a bar of parts, and what they are; ``text`` turns a number into text."""
    whole = sum(max(number, 0) for _, number in parts)
    bars = "".join(
        f"<i class='c{k}' style='width:{100 * number / whole:.3f}%' title='{escape(what)}'></i>"
        for k, (what, number) in enumerate(parts)
        if number > 0
    )
    items = "".join(
        f"<li><i class='c{k}'></i>{escape(what)} <b>{text(number)}</b> "
        f"<span class='muted'>{share(number, whole).strip()}</span></li>"
        for k, (what, number) in enumerate(parts)
    )
    return f"<div class='stack'>{bars}</div><ul class='key'>{items}</ul>"


def facts(parts: Iterable[tuple[str, str]]) -> str:
    """Return numbers, each with what it is above."""
    items = "".join(f"<div><span>{escape(k)}</span><b>{escape(v)}</b></div>" for k, v in parts)
    return f"<div class='facts'>{items}</div>"


def table_of_compilations(made: Sequence[Any]) -> str:
    """Return what was compiled for which shapes; for a single program that says nothing."""
    if len(made) < 2:
        return ""
    most = max(c.trace_seconds + c.compile_seconds for c in made)
    rows = "".join(
        f"<tr><td class='mono'>{escape(shapes_text(c) or '(none)')}"
        f"{escape(''.join(f' {name}={value}' for name, value in c.sizes))}"
        f"<td class='bar'>{bar(c.trace_seconds + c.compile_seconds, most)}"
        f"<td class='number'>{duration(c.trace_seconds)}"
        f"<td class='number'>{duration(c.compile_seconds)}{' (cache)' if c.from_cache else ''}"
        for c in made
    )
    head = "<tr><th>for inputs of shapes<th class='bar'><th class='number'>tracing"
    return f"<table>{head}<th class='number'>compiling{rows}</table>"


def program(k: int, executable: Any, seconds: float | None) -> str:
    """Return what XLA says of a program's memory and work."""
    costs = costs_of(executable.compiled)
    memory = [
        ("arguments", costs.arguments),
        ("results of their own", costs.results - costs.in_place),
        ("temporaries", costs.temporaries),
    ]
    numbers = [
        ("memory at once", size(costs.bytes_at_once)),
        ("results in place of arguments", size(costs.in_place)),
        ("read and written", size(costs.traffic)),
        ("operations a call", f"{costs.flops:.3g}"),
        ("in products of matrices", share(costs.product_flops, costs.flops).strip()),
    ]
    return card(
        f"<h3>Program {k}, for inputs of shapes "
        f"<code>{escape(shapes_text(executable.compilation) or '(none)')}</code></h3>",
        stack(memory, size),
        facts(numbers),
        floor(costs, seconds),
        "<p class='muted'>What is inside of a loop counts once.</p>",
    )


def floor(costs: Costs, seconds: float | None) -> str:
    """Return how much of a program's time its products of matrices must take."""
    if not costs.product_flops or not seconds or seconds <= 0:
        return ""
    speed = product_speed()
    least = min(costs.product_flops / speed, seconds)
    parts = [("products of matrices, at their best", least), ("all else", seconds - least)]
    return (
        f"<h3 style='margin-top:14px'>Time of a call, against products at "
        f"{speed / 1e9:.3g} GFLOP/s</h3>{stack(parts, duration)}"
    )


def tables_of_nodes(stats: ProfileStats) -> list[str]:
    """Return the times of nodes that ran on the host."""
    if not stats.apply_time:
        note = "All operations are part of programs, in which they are fused; "
        return [f'<p>{note}<code>profile="nodes"</code> runs and times them one by one.</p>']
    total, n_ops = stats.host_time, config.profiling.n_ops
    calls: dict[Any, int] = {}
    for node, times in stats.apply_callcount.items():
        for key in (type(node.op), node.op):
            calls[key] = calls.get(key, 0) + times
    kinds = [(kind.__name__, t, f"{calls[kind]} times") for kind, t in stats.class_time().items()]
    ops = [(str(op), t, f"{calls[op]} times") for op, t in stats.op_time().items()]
    nodes = []
    for node, t in sorted(stats.apply_time.items(), key=itemgetter(1), reverse=True):
        more = f"{duration(t / stats.apply_callcount[node])} each, {size(stats.apply_bytes[node])}"
        nodes.append((str(node.op), t, f"{more}; {node.source}" if node.source else more))
    n_apply = config.profiling.n_apply
    return [
        details(f"By class of op ({len(kinds)})", table("class", kinds[:n_ops], total)),
        details(f"By op ({len(ops)})", table("op", ops[:n_ops], total)),
        details(f"By node ({len(nodes)})", table("node", nodes[:n_apply], total)),
    ]


def details(title: str, text: str) -> str:
    """Return a part that can be closed."""
    return f"<details open><summary>{escape(title)}</summary>{text}</details>"


def table(what: str, rows: Sequence[tuple[str, float, str]], total: float) -> str:
    """Return rows of names, seconds and what there is to add, as a table."""
    most = rows[0][1] if rows else 0.0
    lines = "".join(
        f"<tr><td><span class='mono'>{escape(name)}</span> "
        f"<span class='muted'>{escape(more)}</span><td class='bar'>{bar(seconds, most)}"
        f"<td class='number'>{duration(seconds)}<td class='number'>{share(seconds, total)}"
        for name, seconds, more in rows
    )
    return f"<table>{HEAD.format(what)}{lines}</table>"


def bar(number: float, most: float) -> str:
    """Return a bar."""
    return f"<i style='width:{100 * number / most if most else 0:.2f}%'></i>"


def duration(seconds: float) -> str:
    """Return a time as it is read."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3)):
        if abs(seconds) >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{1e6 * seconds:.3g} µs"
