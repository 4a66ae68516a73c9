"""`concur load HOST:PORT`: one load on one server, every byte verified."""

from typing import TYPE_CHECKING, Annotated

import typer

from concur.cli import units
from concur.cli.ranges import MOST_CONNECTIONS

if TYPE_CHECKING:
    from rich.table import Table

    from concur.load.plan import Load, LoadResult

ERRORS = ("wrong", "lost", "short", "reset", "timed_out", "refused")
ON_TIME = 0.99  # below this the engine itself was late, and the figures say nothing of the server


def load(
    address: Annotated[str, typer.Argument(metavar="HOST:PORT", help="Where the server listens; a port will do.")],
    connections: Annotated[str, typer.Option("-c", "--connections", metavar="N", help="Active connections.")] = "50",
    duration: Annotated[str, typer.Option("-d", "--duration", metavar="TIME", help="The measured window.")] = "5s",
    warmup: Annotated[str, typer.Option("-w", "--warmup", metavar="TIME", help="Load before the window.")] = "1s",
    rate: Annotated[
        str | None, typer.Option(metavar="N", help="Messages a second (open loop); without it, a closed loop.")
    ] = None,
    poisson: Annotated[bool, typer.Option("--poisson", help="Open loop: due at Poisson times.")] = False,
    payload: Annotated[str, typer.Option(metavar="SIZE", help="Bytes of a message.")] = "1k",
    lines: Annotated[bool, typer.Option("--lines", help="Messages are lines.")] = False,
    pipeline: Annotated[str, typer.Option(metavar="N", help="Closed loop: messages in flight a connection.")] = "1",
    think: Annotated[str, typer.Option(metavar="TIME", help="Closed loop: pause before the next message.")] = "0",
    churn: Annotated[bool, typer.Option("--churn", help="Closed loop: a new connection for each message.")] = False,
    idle: Annotated[str, typer.Option(metavar="N", help="Connections held open that send nothing.")] = "0",
    timeout: Annotated[str, typer.Option(metavar="TIME", help="A later reply ends its connection.")] = "5s",
    seed: Annotated[int, typer.Option(metavar="N", help="Of the bytes and the arrivals.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """Send load to a server and verify every byte that returns. Exit status 1 if any reply was not right."""
    from concur.load.plan import Load

    host, port = units.address(address)
    plan = Load(
        host=host,
        port=port,
        connections=units.count(connections),
        idle=units.count(idle),
        payload_bytes=units.size_bytes(payload),
        lines=lines,
        rate_per_s=None if rate is None else units.rate_per_s(rate),
        poisson=poisson,
        pipeline=units.count(pipeline),
        think_ns=units.nanoseconds(think),
        churn=churn,
        timeout_ns=units.nanoseconds(timeout),
        seed=seed,
    )
    refuse_nonsense(plan)
    run(plan, units.seconds(warmup), units.seconds(duration), as_json=as_json)


def refuse_nonsense(plan: "Load") -> None:
    """Raises UsageError for options that contradict each other or ask for nothing."""
    from concur.errors import UsageError

    if min(plan.connections, plan.payload_bytes, plan.pipeline) < 1:
        raise UsageError("connections, payload and pipeline must be at least 1")
    if plan.connections + plan.idle > MOST_CONNECTIONS:
        most = f"{MOST_CONNECTIONS:,} connections, idle ones included"
        raise UsageError(f"one address has no ports for more than {most}", do="Ask for fewer.")
    if plan.rate_per_s is None and plan.poisson:
        raise UsageError("--poisson is for an open loop", do="Give a --rate, such as --rate 10k.")
    closed_only = [
        name
        for name, given in (("--pipeline", plan.pipeline > 1), ("--think", plan.think_ns), ("--churn", plan.churn))
        if given
    ]
    if plan.rate_per_s is not None and closed_only:
        raise UsageError(f"{closed_only[0]} is for a closed loop", do=f"Leave out --rate, or {closed_only[0]}.")


def run(plan: "Load", warmup_s: float, duration_s: float, *, as_json: bool) -> None:
    """Sends the load, prints what came of it, and exits with 1 if anything was wrong."""
    import msgspec

    from concur.cli import console
    from concur.errors import UsageError
    from concur.load.drive import run_load

    if duration_s <= 0:
        raise UsageError("a window of 0 s measures nothing", do="Give -d 5s, say.")
    result = run_load(plan, warmup_s=warmup_s, duration_s=duration_s)
    if as_json:
        console.print_document(msgspec.json.encode(result))
    else:
        console.results().print(_table(plan, result))
    for warning in warnings(result):
        console.messages().print(f"concur: {warning}", style="yellow")
    if any(getattr(result, name) for name in ERRORS):
        raise typer.Exit(1)


def warnings(result: "LoadResult") -> list[str]:
    """What makes the figures say less than they seem to."""
    said = []
    if result.on_time is not None and result.on_time < ON_TIME:
        said.append(f"void: the engine sent only {result.on_time:.0%} of the messages on time; lower --rate")
    if result.engine == "python":
        said.append(
            "the Python engine sent this load: it ends near 50,000 req/s; with a C compiler it is the native one"
        )
    if not result.verified:
        said.append("no reply was verified: is there an echo server at that address?")
    return said


def _table(plan: "Load", result: "LoadResult") -> "Table":
    from rich.table import Table

    from concur.report import figures

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    loop = "closed loop" if plan.rate_per_s is None else f"open loop, {figures.count(plan.rate_per_s)}/s due"
    size = figures.counted(plan.payload_bytes, "byte")
    table.add_row("load", f"{figures.counted(plan.connections, 'connection')}, {size}, {loop}")
    table.add_row("rate", f"{figures.count(result.rate_per_s)} req/s", style="bold")
    if result.offered_per_s is not None:
        late = f", {result.backlog:,} unanswered at the end" if result.backlog else ""
        table.add_row("offered", f"{figures.count(result.offered_per_s)} req/s{late}")
    table.add_row("latency", _times(result.latency_ns))
    if result.connect_ns:
        table.add_row("connecting", _times(result.connect_ns))
    table.add_row("verified", f"{result.verified:,} of {result.sent:,} sent")
    errors = [f"{getattr(result, name):,} {name.replace('_', ' ')}" for name in ERRORS if getattr(result, name)]
    table.add_row("errors", ", ".join(errors) or "none", style="red" if errors else "")
    busy = result.engine_cpu_ns / result.window_ns if result.window_ns else 0.0
    table.add_row("engine", f"{result.engine}, busy {busy:.0%} of one CPU")
    return table


def _times(latency_ns: dict[str, float]) -> str:
    from concur.report import figures

    return "  ".join(f"{name} {figures.time(value)}" for name, value in latency_ns.items())
