"""`faithline serve`: the API and the pages, and unless workers do that elsewhere, control and scoring."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from ipaddress import ip_address
from typing import Annotated

import typer
import uvicorn

from evaluator.api.app import create_app
from evaluator.api.grpc.door import GRPC_PORT, GrpcDoor, is_installed
from evaluator.api.protocol import BoundedHead
from evaluator.bootstrap import Services, warn_of_variables
from evaluator.cli.common import opened, read_settings, stderr, tidy_errors
from evaluator.cli.process import offer_starter_rules
from evaluator.core.errors import FaithlineError
from evaluator.local.control import Control, WakeUp
from evaluator.local.supervisor import Supervisor
from evaluator.settings import Settings
from evaluator.telemetry import PrometheusMeter
from evaluator.web import pages


class Role(StrEnum):
    """What one `faithline serve` process does."""

    ALL = "all"
    API = "api"


MAX_CONNECTIONS = 4096
"""Connections at a time; a request on one more is answered 503."""
KEEP_ALIVE_SECONDS = 75
"""How long a connection may lie idle (s): exporters send every few seconds, and should find it open."""
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (FAITHLINE_HOST)")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (FAITHLINE_PORT)")] = None,
    grpc_port: Annotated[
        str | None, typer.Option(help="Port for OTLP over gRPC, or off (FAITHLINE_GRPC_PORT)", metavar="PORT|off")
    ] = None,
    role: Annotated[
        Role, typer.Option(help="all: everything on this machine; api: requests only, the work is done by workers")
    ] = Role.ALL,
    insecure_remote: Annotated[
        bool, typer.Option(help="Ask for no keys although other machines can reach this one: in a trusted network")
    ] = False,
) -> None:
    """Run the whole service on this machine, or with `--role api` its API and pages beside Celery workers."""
    with tidy_errors():
        settings = read_settings(host=host, port=port, grpc_port=grpc_port)
        if not is_loopback(settings.host) and not insecure_remote:
            settings = settings.model_copy(update={"require_keys": True})
    wake = WakeUp() if role is Role.ALL else None
    with opened(settings, wake, PrometheusMeter() if wake else None) as services:
        refuse_without_admin(services)
        offer_starter_rules(services)
        run_service(services, wake)


def refuse_without_admin(services: Services) -> None:
    """Raises FaithlineError where requests must carry a key and nobody has one that can make others."""
    settings = services.settings
    if not settings.require_keys or settings.bootstrap_key is not None:
        return
    with services.store.read() as unit:
        if unit.key_ring.has_admin(services.clock.now()):
            return
    raise FaithlineError(
        f"requests to {settings.host} need a key, and there is no admin key yet. Make one with `faithline keys "
        "create --name NAME --scope admin`, or set FAITHLINE_BOOTSTRAP_KEY to one of your own. To do without, listen "
        "on 127.0.0.1, or pass --insecure-remote if the network in front of it is trusted"
    )


def run_service(services: Services, wake: WakeUp | None, on_start: Sequence[Callable[[], None]] = ()) -> None:
    """Serve until interrupted. `on_start` runs once requests are taken.

    With `wake` the control thread and the scoring process run beside the API; without it that is the workers' part.
    """
    warn_of_variables()
    settings = services.settings
    beside: list[Control | Supervisor] = [Control(services.stages(), wake), Supervisor(settings)] if wake else []
    grpc = grpc_door(settings)
    app = create_app(
        services,
        hosts=LOOPBACK_HOSTS if is_loopback(settings.host) else ("*",),
        start=[partial(_tell, grpc), *(part.start for part in beside), *on_start],
        stop=[part.stop for part in beside],
        pages=lambda app: pages.install(app, services),
        grpc=grpc,
    )
    listener = listen(settings.host, settings.port)
    address, bound = listener.getsockname()[:2]
    stderr.print(f"Faithline listens on http://{address}:{bound}", highlight=False)
    config = uvicorn.Config(
        app,
        http=BoundedHead,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        log_level="warning",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
    )
    uvicorn.Server(config).run(sockets=[listener])


def grpc_door(settings: Settings) -> GrpcDoor:
    """Where OTLP is to be taken over gRPC: where the settings say, else at its usual port if only this machine can
    reach it."""
    port = settings.grpc_port
    if port is None:
        port = GRPC_PORT if is_loopback(settings.host) and is_installed() else 0
    return GrpcDoor(settings.host, port)


def _tell(grpc: GrpcDoor) -> None:
    match grpc.standing:
        case "ok":
            stderr.print(f"Faithline listens on {grpc.address} for OTLP over gRPC", highlight=False)
        case "not listening" | "not installed":
            stderr.print("[yellow]No OTLP over gRPC:[/yellow]", end=" ")
            stderr.print(grpc.problem, markup=False, highlight=False)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises FaithlineError with the remedy where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise FaithlineError(f"cannot listen on {host}:{port} ({error.strerror}). Set FAITHLINE_PORT") from error
    listener.listen(2048)
    return listener


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
