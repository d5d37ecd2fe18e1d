"""Where OTLP is taken over gRPC, and whether it is."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

GRPC_PORT = 4317
"""Where exporters send to unless they are told otherwise."""

NOT_INSTALLED = "the extra grpc is not installed: pip install 'faithline[grpc]', or set FAITHLINE_GRPC_PORT=off"

Standing = Literal["ok", "off", "not installed", "not listening"]


@dataclass(slots=True)
class GrpcDoor:
    """An address of this machine that is to take OTLP over gRPC; with the port 0 none is.

    `listening` and `problem` say what became of that; whoever opens the door sets them.
    """

    host: str = ""
    port: int = 0
    listening: bool = False
    problem: str = NOT_INSTALLED

    @property
    def address(self) -> str:
        """Host and port, as they are written together."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def wanted(self) -> bool:
        """Whether the door is to be opened, and can be."""
        return bool(self.port) and is_installed()

    @property
    def standing(self) -> Standing:
        """How it is, in a word."""
        if not self.port:
            return "off"
        if not is_installed():
            return "not installed"
        return "ok" if self.listening else "not listening"


def is_installed() -> bool:
    """Whether the extra ``grpc`` is."""
    return all(find_spec(name) is not None for name in ("grpc", "google.rpc"))
