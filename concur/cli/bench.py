"""`concur bench`: measure targets against each other; a ranked table, and what explains it.

What was typed goes to one of three: servers (`measuring.py`), crawlers (`crawls.py`), primitives (`primitives.py`).
"""

from pathlib import Path
from typing import Annotated

import typer

from concur.cli import crawls, outputs, settings, units
from concur.cli.measuring import carry_out, present
from concur.cli.pages import wanted
from concur.cli.planning import conditions_of, describe, kept_by, make_plan
from concur.errors import UsageError

Text = str | None
Texts = list[str] | None


def bench(
    servers: Annotated[Texts, typer.Argument(metavar="[SERVER.py]…", help="Servers of your own.")] = None,
    models: Annotated[Text, typer.Option("-m", "--models", metavar="A,B", help="Models, `default`, or `all`.")] = None,
    interpreters: Annotated[
        Text, typer.Option("-i", "--interpreters", metavar="A,B", help="Names, executables, or `all`.")
    ] = None,
    scenarios: Annotated[
        Text, typer.Option("-s", "--scenarios", metavar="A,B", help="small, large, one, many, churn, idle, steady …")
    ] = None,
    workers: Annotated[
        Texts,
        typer.Option(
            metavar="N:KIND", help="Copies as processes, threads or interpreters: 2:processes; 1..4:processes: a sweep."
        ),
    ] = None,
    pool: Annotated[Text, typer.Option(metavar="N", help="Workers of models that have a pool.")] = None,
    command: Annotated[
        Texts, typer.Option(metavar="CMD", help="Any server: 'myserver --port {port}'. May be repeated.")
    ] = None,
    env: Annotated[
        Texts, typer.Option(metavar="[MODEL:]NAME=VALUE", help="Beside each target (or that model), one with this set.")
    ] = None,
    rounds: Annotated[Text, typer.Option("-r", "--rounds", metavar="N", help="Trials of each cell (3).")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="One round: it describes, and claims nothing.")] = False,
    until: Annotated[
        Text, typer.Option(metavar="SHARE", help="Go on with rounds until every ratio's interval is ± so much: 2%.")
    ] = None,
    budget: Annotated[
        Text, typer.Option(metavar="TIME", help="Go on with rounds, but start none that would end later: 10m.")
    ] = None,
    turns: Annotated[
        Text, typer.Option(metavar="N", help="Cut windows into N parts, in which targets take turns: less noise (1).")
    ] = None,
    twin: Annotated[
        bool | None, typer.Option("--twin/--no-twin", help="Measure the reference twice: the machine's noise (yes).")
    ] = None,
    explain: Annotated[
        bool | None, typer.Option("--explain", help="A trial more of each cell, untimed, that finds out why.")
    ] = None,
    strict: Annotated[
        bool | None, typer.Option("--strict", help="Refuse to start on a machine that is not quiet.")
    ] = None,
    fail_if: Annotated[
        Texts, typer.Option(metavar="CONDITION", help="Exit status 1 where it holds: 'p99>5ms', 'rate<0.95*ref'.")
    ] = None,
    duration: Annotated[Text, typer.Option("-d", "--duration", metavar="TIME", help="A trial's window (0.8s).")] = None,
    warmup: Annotated[Text, typer.Option("-w", "--warmup", metavar="TIME", help="The warm-up's bound (2s).")] = None,
    connections: Annotated[
        Text, typer.Option("-c", "--connections", metavar="N,N", help="In every scenario; 1,8,64 or 1..1024: a sweep.")
    ] = None,
    payload: Annotated[Text, typer.Option(metavar="SIZE,SIZE", help="Bytes of a message; 64..1M: a sweep.")] = None,
    rate: Annotated[Text, typer.Option(metavar="N", help="An open loop at this rate, in every scenario.")] = None,
    rate_sweep: Annotated[
        bool | None, typer.Option("--rate-sweep", help="Then open loops at rising rates, to the knee of each.")
    ] = None,
    keep: Annotated[
        Texts, typer.Option(metavar="LIMIT", help="A rate sweep for the highest rate that keeps it: 'p99<=5ms'.")
    ] = None,
    place: Annotated[
        Text, typer.Option(metavar="KIND", help="pinned, shared, or free (the scheduler's choice).")
    ] = None,
    offload: Annotated[
        Text, typer.Option(metavar="N:KIND", help="Compute the dose in a pool: 2:processes, threads, interpreters.")
    ] = None,
    beside: Annotated[
        Text, typer.Option(metavar="N:KIND", help="CPU-bound work beside each server: 1:threads, or processes.")
    ] = None,
    switch_interval: Annotated[
        Text, typer.Option(metavar="TIME", help="How long a thread may keep the GIL that others ask for (5ms).")
    ] = None,
    timeout: Annotated[Text, typer.Option(metavar="TIME", help="A later reply ends its connection (5s).")] = None,
    reference: Annotated[
        Text, typer.Option(metavar="MODEL[@INTERPRETER]", help="What others are compared with (threads).")
    ] = None,
    seed: Annotated[Text, typer.Option(metavar="N", help="Of the order of trials, and of the bytes (1).")] = None,
    service: Annotated[
        str, typer.Option(metavar="NAME", help="echo, or crawl: scenarios near, far, parse, hostile; -c in flight.")
    ] = "echo",
    sweep: Annotated[bool, typer.Option("--sweep", help="Crawls: from 1 to 500 in flight, or those of -c.")] = False,
    pages: Annotated[Text, typer.Option(metavar="N", help="Crawls: of each web.")] = None,
    parser: Annotated[
        Text, typer.Option(metavar="NAME", help="Crawls: html.parser, selectolax, or the fastest that all have.")
    ] = None,
    primitives: Annotated[
        bool, typer.Option("--primitives", help="What a switch, a wake-up, a lock cost on each interpreter, instead.")
    ] = False,
    memory: Annotated[
        bool, typer.Option("--memory", help="Bytes a connection of each model instead, from -c 10000 idle ones.")
    ] = False,
    plan: Annotated[Path | None, typer.Option(metavar="FILE", help="Take options from this TOML file.")] = None,
    show_plan: Annotated[bool, typer.Option("--show-plan", help="Say what would be done, and do nothing.")] = False,
    show: Annotated[Path | None, typer.Option(metavar="RUN.json", help="The table of a run made before.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The run as one JSON document, and nothing else.")] = False,
    export_json: Annotated[Text, typer.Option(metavar="FILE", help="`-` is stdout.")] = None,
    export_csv: Annotated[Text, typer.Option(metavar="FILE", help="`-` is stdout.")] = None,
    export_markdown: Annotated[Text, typer.Option(metavar="FILE", help="`-` is stdout.")] = None,
    export_pyperf: Annotated[Text, typer.Option(metavar="FILE", help="JSON for pyperf; `-` is stdout.")] = None,
    export_hgrm: Annotated[
        Text, typer.Option(metavar="FOLDER", help="HdrHistogram percentiles, a file a cell.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="A picture: .svg, .png or .pdf.")] = None,
    report: Annotated[bool, typer.Option("--report", help="End with the page of the run, as `concur report`.")] = False,
    report_to: Annotated[Path | None, typer.Option(metavar="FILE.html", help="That page in this file.")] = None,
) -> None:
    """Measure models, and servers of your own, against each other.

    Without arguments: the default models, three rounds of `small`, then of
    `steady`, in under 90 s. With servers of your own and no -m, these stand
    beside the default models.
    """
    exports = {
        "json": outputs.json_file(as_json, export_json),
        "csv": export_csv,
        "markdown": export_markdown,
        "pyperf": export_pyperf,
        "hgrm": export_hgrm,
    }
    outputs.check(exports, plot)
    own = crawls.Own(parser, pages, is_sweep=sweep, is_quick=quick)
    is_crawl = crawls.check_service(service, own)
    page = wanted(report, report_to, is_for_servers=not (is_crawl or primitives))
    if show and is_crawl:
        crawls.show_again(show, exports, plot)
        return
    if show:
        from concur.bench.results import load

        present(kept_by(load(show), keep or []), exports, plot, page)
        return
    if quick and (rounds is not None or primitives):
        also = "--rounds" if rounds is not None else "--primitives"
        raise UsageError(f"--quick is one round, and does not go with {also}", do="Leave out one of them.")
    flags: dict[str, str | None] = {
        "models": models,
        "interpreters": interpreters,
        "scenarios": scenarios,
        "rounds": "1" if quick else rounds,
        "duration": duration,
        "warmup": warmup,
        "connections": connections,
        "payload": payload,
        "rate": rate,
        "place": place,
        "offload": offload,
        "beside": beside,
        "switch_interval": switch_interval,
        "timeout": timeout,
        "reference": reference,
        "seed": seed,
        "workers": None if workers is None else ",".join(workers),
        "pool": pool,
        "command": None if command is None else "\n".join(command),
        "env": None if env is None else "\n".join(env),
        "until": until,
        "budget": budget,
        "twin": _said(twin),
        "turns": turns,
        "explain": _said(explain),
        "strict": _said(strict),
        "fail_if": None if fail_if is None else "\n".join(fail_if),
        "rate_sweep": _said(rate_sweep),
        "keep": None if keep is None else "\n".join(keep),
    }
    if memory:
        if is_crawl or primitives:
            raise UsageError("--memory is of servers", do="Leave out --primitives, and --service crawl.")
        from concur.cli.memory import memory as connections_of

        raise typer.Exit(connections_of(flags, servers or [], plan, exports, plot, page, show_plan=show_plan))
    if is_crawl:
        if servers or primitives:
            raise UsageError("--service crawl takes no servers, and no --primitives", do="It measures -m models.")
        raise typer.Exit(crawls.crawls(flags, own, plan, exports, plot, show_plan=show_plan))
    if primitives:
        if servers:
            raise UsageError("--primitives takes no servers", do="It measures what models are made of.")
        from concur.cli import primitives as costs

        raise typer.Exit(costs.primitives(flags, plan, exports, plot, show_plan=show_plan))
    chosen = settings.merge(flags, plan)
    made, failing = make_plan(chosen, servers or []), conditions_of(chosen["fail_if"].value)
    if show_plan:
        describe(chosen, made)
        return
    is_strict = chosen["strict"].read("strict", units.switch)
    raise typer.Exit(carry_out(made, exports, plot, page, is_strict=is_strict, conditions=failing))


def _said(flag: bool | None) -> str | None:
    return None if flag is None else "yes" if flag else "no"
