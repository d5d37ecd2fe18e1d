"""What every repository is built on."""

from __future__ import annotations

from sqlalchemy import Connection


class Repository:
    """Queries over one connection, for the project named in each call."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
