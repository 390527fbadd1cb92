"""The text of a profile."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import Any

from theano.compile.profiling.costs import Costs, costs_of, product_speed
from theano.options import config


def report(stats: Any, n_ops: int, n_apply: int) -> list[str]:
    """Return the lines of a profile.

    Parameters
    ----------
    stats : ProfileStats
    n_ops, n_apply : int
        How many ops, and how many nodes, are listed at most.
    """
    title = stats.message or ", ".join(stats.executors) or "no function"
    title = f"Profile of {title}"
    lines = [title, "=" * len(title), *of_calls(stats), *of_compilations(stats)]
    for k, (executable, seconds) in enumerate(programs_with_seconds(stats)):
        lines += of_program(k, executable, seconds)
    return [*lines, *of_nodes(stats, n_ops, n_apply), ""]


def executables(part: Any) -> Iterable[Any]:
    """Return the executables that a part of a function keeps."""
    return list(part.executables.values())


def of_calls(stats: Any) -> list[str]:
    """Return where the time of calls went."""
    total, n = stats.fct_call_time, stats.fct_callcount
    if not n:
        return ["Calls: none yet"]
    return [
        f"Calls: {n}, {total:.4g} s in all, {1e3 * total / n:.4g} ms each",
        *(f"  {share(t, total)}  {t:10.4g} s  {what}" for what, t in seconds_of_calls(stats)),
    ]


def seconds_of_calls(stats: Any) -> list[tuple[str, float]]:
    """Return the parts of calls, and how long each took in all."""
    host = min(stats.host_time, stats.vm_call_time)
    has_programs = any(one.parts for one in stats.executors.values())
    return [
        ("programs of XLA" if has_programs else "between nodes", stats.vm_call_time - host),
        ("nodes on the host", host),
        ("checking arguments, copying results", stats.fct_call_time - stats.vm_call_time),
    ]


def of_compilations(stats: Any) -> list[str]:
    """Return how long making the functions took."""
    made = compilations(stats)
    stored = sum(c.from_cache for c in made)
    programs = "1 program" if len(made) == 1 else f"{len(made)} programs"
    return [
        f"Compiling: {programs} ({stored} from the cache on disk), not part of the above",
        *(f"  {t:10.4g} s  {what}" for what, t in seconds_of_making(stats)),
    ]


def seconds_of_making(stats: Any) -> list[tuple[str, float]]:
    """Return what was done before there were programs, and how long each took."""
    made = compilations(stats)
    return [
        ("rewriting", stats.optimizer_time),
        ("tracing (JAX)", sum(c.trace_seconds for c in made)),
        ("compiling (XLA)", sum(c.compile_seconds for c in made)),
    ]


def compilations(stats: Any) -> list[Any]:
    """Return what was compiled."""
    return [c for one in stats.executors.values() for c in one.compilations]


def programs_with_seconds(stats: Any) -> list[tuple[Any, float | None]]:
    """Return the executables that are kept, with the time of a call where it is known."""
    found = [e for one in stats.executors.values() for p in one.parts for e in executables(p)]
    seconds = None
    if len(found) == 1 and stats.fct_callcount:
        # Only of a single program.
        seconds = (stats.vm_call_time - stats.host_time) / stats.fct_callcount
    return [(executable, seconds) for executable in found]


def of_program(k: int, executable: Any, seconds: float | None) -> list[str]:
    """Return what XLA says of a program's memory and work."""
    shapes = shapes_text(executable.compilation)
    costs = costs_of(executable.compiled)
    memory = (
        f"  memory: arguments {size(costs.arguments)}, results {size(costs.results)} "
        f"({size(costs.in_place)} of them in the memory of arguments), "
        f"temporaries {size(costs.temporaries)}; at once {size(costs.bytes_at_once)}"
    )
    work = (
        f"  work: {costs.flops:.4g} floating-point operations a call, "
        f"{share(costs.product_flops, costs.flops).strip()} of them in products of matrices; "
        f"{size(costs.traffic)} read and written (what is inside of a loop counts once)"
    )
    lines = [f"Program {k}, for inputs of shapes {shapes or '(none)'}", memory, work]
    return lines + of_floor(costs, seconds)


def shapes_text(made: Any) -> str:
    """Return the shapes of a program's inputs: ``"40x50 30x40 ()"``."""
    return " ".join("x".join(map(str, shape)) or "()" for shape in made.shapes)


def of_floor(costs: Costs, seconds: float | None) -> list[str]:
    """Return how much of a program's time its products of matrices must take."""
    if not costs.product_flops or not seconds or seconds <= 0:
        return []
    speed = product_speed()
    floor = costs.product_flops / speed
    part = share(floor, seconds).strip()
    text = (
        f"  floor: at {speed / 1e9:.3g} GFLOP/s, the speed of large float32 products here, "
        f"its products take {1e3 * floor:.3g} ms: {part} of its time"
    )
    return [text]


def of_nodes(stats: Any, n_ops: int, n_apply: int) -> list[str]:
    """Return the times of nodes that ran on the host."""
    total = stats.host_time
    if not stats.apply_time:
        return ['Nodes: all are part of programs; profile="nodes" runs and times them one by one']
    lines = ["Nodes on the host, by class of op"]
    calls: dict[Any, int] = {}
    for node, n in stats.apply_callcount.items():
        for key in (type(node.op), node.op):
            calls[key] = calls.get(key, 0) + n
    for kind, t in list(stats.class_time().items())[:n_ops]:
        lines.append(f"  {share(t, total)}  {t:10.4g} s  {calls[kind]:7d} times  {kind.__name__}")
    lines.append("By op")
    for op, t in list(stats.op_time().items())[:n_ops]:
        lines.append(f"  {share(t, total)}  {t:10.4g} s  {calls[op]:7d} times  {op}")
    lines.append("By node")
    by_time = sorted(stats.apply_time.items(), key=itemgetter(1), reverse=True)
    for node, t in by_time[:n_apply]:
        n = stats.apply_callcount[node]
        where = f"  [{node.source}]" if node.source else ""
        each = f"{1e6 * t / n:10.4g} us each"
        lines.append(f"  {share(t, total)}  {t:10.4g} s  {each}  {node.op}{where}")
    left_out = len(stats.apply_time) - n_apply
    if left_out > 0:
        lines.append(f"  and {left_out} more")
    if config.profile_memory:
        lines += of_memory(stats, n_apply)
    return lines


def of_memory(stats: Any, n_apply: int) -> list[str]:
    """Return the memory of the results of nodes that ran on the host."""
    least = config.profiling.min_memory_size
    found = sorted(stats.apply_bytes.items(), key=itemgetter(1), reverse=True)
    return [
        f"Results of nodes on the host of {size(least)} or more",
        *(f"  {size(n):>10}  {node.op}" for node, n in found[:n_apply] if n >= least),
    ]


def share(part: float, whole: float) -> str:
    """Return a percentage, in six characters."""
    return f"{100 * part / whole:5.1f}%" if whole else "  0.0%"


def size(n: float) -> str:
    """Return a number of bytes as it is read."""
    for unit in ("B", "KiB", "MiB"):
        if n < 1024:
            return f"{n:.4g} {unit}"
        n /= 1024
    return f"{n:.4g} GiB"
