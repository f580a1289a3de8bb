"""The `muster` command: thin, lazy, and every failure a sentence with an exit code."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.platform.problems import PlatformProblem

app = typer.Typer(
    add_completion=True,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Workforce and task queue.",
)

Data = Annotated[Path | None, typer.Option("--data", help="Data folder of this instance.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on the last line of standard output.")]


@app.command()
def up(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes any free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="API processes.")] = None,
    no_demo: Annotated[bool, typer.Option("--no-demo", help="Do not load the demonstration.")] = False,
) -> None:
    """Run everything in the foreground until Ctrl-C."""
    from backend.up import run

    raise typer.Exit(run(_settings("up", data=data, host=host, port=port, workers=workers), demo=not no_demo))


@app.command()
def api(fd: Annotated[int | None, typer.Option(hidden=True)] = None) -> None:
    """Serve the HTTP API (DATABASE_URL and REDIS_URL name the servers)."""
    from backend.processes import serve_api
    from backend.wiring import addresses

    settings = _settings("api")
    serve_api(addresses(settings), settings, fd)


@app.command()
def worker() -> None:
    """Run jobs."""
    from backend.processes import run_worker
    from backend.wiring import addresses

    settings = _settings("worker")
    run_worker(addresses(settings), settings)


@app.command()
def scheduler() -> None:
    """Sequence the log, follow it, sweep leases and jobs; one leads, others wait."""
    import uvloop

    from backend.processes import run_scheduler
    from backend.wiring import addresses

    settings = _settings("scheduler")
    where = addresses(settings)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_scheduler(where, settings))


@app.command()
def migrate() -> None:
    """Bring the database to this release, with the keyring and the first tenant."""
    from backend.events.store.migrate import migrate as run
    from backend.wiring import addresses, bootstrap, fold_anew

    settings = _settings("migrate")
    where = addresses(settings)
    run(where.owner_dsn)
    asyncio.run(fold_anew(where))
    asyncio.run(bootstrap(where, settings, administrators=0))


@app.command("admin-keys")
def admin_keys() -> None:
    """Issue fresh keys to the first tenant's two administrators, valid 24 h, and print them."""
    from backend.wiring import addresses, bootstrap

    settings = _settings("admin-keys")
    first = asyncio.run(bootstrap(addresses(settings), settings, administrators=2))
    print(json.dumps({"tenant": str(first["tenant"]), "keys": first["keys"]}))


@app.command()
def doctor(data: Data = None, as_json: AsJson = False) -> None:
    """Check what Muster runs on, and say how to mend what is wrong."""
    from backend.platform.doctor import checks

    found = checks(_settings("doctor", data=data))
    for check in found:
        mark = "ok  " if check.ok else "FAIL"
        print(f"{mark} {check.name}: {check.found}" + ("" if check.ok else f" {check.mend}"), file=sys.stderr)
    if as_json:
        names = ("name", "ok", "found", "mend")
        print(json.dumps({"checks": [{n: getattr(c, n) for n in names} for c in found]}))
    raise typer.Exit(0 if all(check.ok for check in found) else 2)


@app.command()
def reenact(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET_DIR")],
    connection: Annotated[Path | None, typer.Option(help="connection.json of the instance.")] = None,
    gold: Annotated[int | None, typer.Option(help="Gold items in the exam.")] = None,
    overlap: Annotated[str | None, typer.Option(help="Answers per item, or auto.")] = None,
    review: Annotated[
        str | None,
        typer.Option(
            help="Share of answers to review, 0 to 1, or auto. The tenant's audit floor (1 % unless it says"
            " otherwise) applies, with 0 as well; its reviews are counted with the others."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything left to chance.")] = 1,
    concurrency: Annotated[int, typer.Option(help="People at work at once.")] = 8,
    resume: Annotated[str | None, typer.Option(help="Go on with this run.")] = None,
    as_json: AsJson = False,
) -> None:
    """Re-enact real crowd answers through the public API alone."""
    from backend.reenact.options import Options
    from backend.reenact.run import main as run

    options = Options(
        dataset=dataset,
        connection_file=connection,
        gold=gold,
        overlap=overlap,
        review=review,
        seed=seed,
        concurrency=concurrency,
        resume=resume,
    )
    raise typer.Exit(run(options))


@app.command()
def backtest(
    project: Annotated[str, typer.Option(help="Id or name of the project.")],
    plan: Annotated[Path, typer.Option(help="JSON file with the fields of the quality plan to try.")],
    since: Annotated[
        str | None, typer.Option("--from", help="First moment; left out, the beginning.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Moment after the last; left out, now.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Say what another quality plan would have cost and caught on the recorded history; change nothing."""
    from pydantic_core import to_json

    from backend.backtesting import backtest_of, moment, plan_in
    from backend.readmodels.backtest import Window

    window = Window(moment("--from", since), moment("--to", until))
    settings = _settings("backtest", data=data)
    print(to_json(asyncio.run(backtest_of(settings, project, plan_in(plan), window))).decode())


@app.command()
def rebuild(
    check: Annotated[bool, typer.Option("--check", help="Compare; change nothing.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Rebuild every projection from the log beside the live one and compare."""
    if not check:
        raise typer.BadParameter(
            "only `muster rebuild --check` exists; projections are kept equal to the log"
        )
    from backend.rebuilding import rebuild_check_of

    result = asyncio.run(rebuild_check_of(_settings("rebuild", data=data)))
    print(json.dumps(result))
    raise typer.Exit(0 if all(one["equal"] for one in result["projections"].values()) else 1)


@app.command()
def openapi() -> None:
    """Print the OpenAPI 3.1 document."""
    from backend.api.openapi import rendered

    sys.stdout.write(rendered())


@app.command()
def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Smaller sizes, a few minutes.")] = False,
    row: Annotated[list[str] | None, typer.Option(help="Only this row; may be given again.")] = None,
    results: Annotated[Path | None, typer.Option(help="Write a page with table and details here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the table of ratios on servers of its own."""
    try:
        from benchmarks.run import main as run
    except ModuleNotFoundError as error:
        raise PlatformProblem(
            "The benchmarks should be beside the package.", f"{error}.", "Run `make bench` in a clone."
        ) from None
    raise typer.Exit(run(quick=quick, names=row or (), results=results, as_json=as_json))


@app.command(hidden=True)
def demo(connection: Annotated[Path, typer.Option()]) -> None:
    """Load the demonstration into a running instance."""
    from backend.demo.simulate import load_demo
    from backend.reenact.connection import read

    asyncio.run(load_demo(read(connection)))


def _settings(process: str, **options: Any) -> Any:
    from backend.platform.logs import configure_logs
    from backend.settings import load_settings

    settings = load_settings(**options)
    configure_logs(process, settings.log_level, settings.log_format)
    return settings


def main() -> None:
    """Run the command; what Muster cannot run on is a sentence and exit code 2."""
    from backend.events.store.keyring import KeyringRefused

    try:
        app()
    except (PlatformProblem, KeyringRefused) as problem:
        print(f"muster: {problem}", file=sys.stderr)
        sys.exit(PlatformProblem.exit_code)


if __name__ == "__main__":
    main()
