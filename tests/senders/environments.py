"""An environment of its own for each app: a venv or a folder of node modules, under a folder that git ignores."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.senders.catalogue import Sender

CACHE = Path(os.environ.get("FAITHLINE_SENDERS", ".senders")).resolve()
DESK = Path(__file__).with_name("desk")


def prepared(sender: Sender) -> Path:
    """The environment of a sender's app, made anew when the list of its packages has changed."""
    home = CACHE / sender.app.parent.name
    stamp = home / "packages.txt"
    wanted = "\n".join(sender.packages)
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        if sender.language == "python":
            uv = _installer()
            subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, home / "venv"], check=True)
            install = [str(uv), "pip", "install", "--quiet", "--python", str(home / "venv/bin/python")]
            subprocess.run([*install, *sender.packages], check=True)
        else:
            npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--save-exact", *sender.packages]
            (home / "package.json").write_text('{"private": true}')
            subprocess.run(npm, cwd=home, check=True)
        stamp.write_text(wanted)
    return home


def _installer() -> Path:
    """uv, in an environment of its own: pip takes minutes to resolve what some of the senders ask for."""
    home = CACHE / "uv"
    if not (home / "bin/uv").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([home / "bin/pip", "install", "-qq", "uv"], check=True)
    return home / "bin/uv"


def run(sender: Sender, home: Path, folder: Path, servers: dict[str, str]) -> None:
    """Run the app in `folder`, a neutral place, so that no path of this machine gets into what it sends."""
    shutil.copytree(DESK, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__*"))
    shutil.copy(sender.app, folder)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": f"{servers['model']}/v1",
        "OTEL_SERVICE_NAME": "help-desk",
        "OTEL_RESOURCE_ATTRIBUTES": "service.version=2.3,deployment.environment.name=staging",
        "OTEL_EXPORTER_OTLP_ENDPOINT": servers["recorder"],
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRICS_EXPORTER": "none",
        "MODEL_URL": servers["model"],
        "RECORDER_URL": servers["recorder"],
    } | {name: value.format(**servers) for name, value in sender.environment.items()}
    if sender.language == "python":
        command = [str(home / "venv/bin/python"), sender.app.name]
    else:
        (folder / "node_modules").symlink_to(home / "node_modules")
        command = [_node(home), sender.app.name]
    subprocess.run(command, cwd=folder, env=environment, check=True, timeout=180)


def _node(home: Path) -> str:
    """The environment's own Node where the sender asks for the package of that name, else the machine's."""
    own = home / "node_modules/.bin/node"
    return str(own) if own.exists() else "node"


def versions(sender: Sender, home: Path) -> dict[str, str]:
    """The version that is installed of each package that the sender names."""
    if sender.language == "python":
        names = [re.split(r"[\[=<>~ ]", package)[0] for package in sender.packages]
        ask = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
        told = subprocess.run([home / "venv/bin/python", "-c", ask, *names], check=True, capture_output=True)
        return dict(json.loads(told.stdout))
    return dict(json.loads((home / "package.json").read_text())["dependencies"])


def language(sender: Sender, home: Path) -> str:
    """The language and its version, such as "Python 3.11.7"."""
    python = sender.language == "python"
    command = [str(home / "venv/bin/python"), "-V"] if python else [_node(home), "-v"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return said if python else f"Node {said.removeprefix('v')}"
