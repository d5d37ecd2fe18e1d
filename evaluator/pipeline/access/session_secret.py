"""The secret that sign-ins to the pages are signed with: who has a copy of the database does not have it."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

import structlog

from evaluator.core.errors import FaithlineError

log = structlog.get_logger()

FILE = "session.key"
LEAST = 32
"""Characters that it has at least."""


def session_secret(given: str | None, folder: Path) -> bytes:
    """32 bytes: of what the deployment has `given`, else of a file in `folder`, which is made where there is none.

    Where that can not be written, they are made anew by each process, and whoever signed in has to do it again.

    Raises:
        FaithlineError: the file does not hold a secret.
    """
    try:
        found = given or _of_file(folder / FILE)
    except OSError as error:
        log.warning("session_secret_not_kept", error=type(error).__name__)
        return secrets.token_bytes(32)
    if len(found) < LEAST:
        raise FaithlineError(f"{folder / FILE} holds no secret. Remove it, and the next start makes another")
    return hashlib.sha256(found.encode()).digest()


def _of_file(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{FILE}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(secrets.token_hex(32) + "\n")
            with suppress(FileExistsError):  # another process was faster: its secret is everybody's
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return path.read_text(encoding="ascii", errors="replace").strip()
