"""Keys of providers: where one stands, and reading it when it is needed. What is read is kept nowhere."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

_LONGEST = 4096


class NoKey(Exception):
    """There is no key where one should be; says what to do, and nothing of the key."""


@dataclass(frozen=True, slots=True)
class Key:
    """Where a key stands: given, in a variable of the environment, or in a file; nowhere if all are None."""

    given: SecretStr | None = None
    variable: str | None = None
    file: Path | None = None

    def read(self) -> str:
        """The key, ``""`` where none is needed. Raises NoKey."""
        if self.given is not None:
            return _checked(self.given.get_secret_value(), "the API key that is configured")
        if self.variable is not None:
            found = os.environ.get(self.variable, "")
            if not found.strip():
                raise NoKey(f"Put the API key into the environment variable {self.variable}")
            return _checked(found, f"the environment variable {self.variable}")
        if self.file is not None:
            try:
                with self.file.open(encoding="utf-8") as file:
                    found = file.read(_LONGEST + 1)
            except (OSError, ValueError) as error:
                raise NoKey(f"Make the file {self.file} with the API key readable ({type(error).__name__})") from None
            if not found.strip():
                raise NoKey(f"Put the API key into the file {self.file}, which is empty")
            return _checked(found, f"the file {self.file}")
        return ""


def _checked(key: str, place: str) -> str:
    """What can be sent in a header: anything else would be sent as another header, or raise with the key in it."""
    key = key.strip()
    if len(key) > _LONGEST or not key.isascii() or not key.isprintable() or " " in key:
        raise NoKey(f"Give one key, of ASCII letters, in {place}")
    return key
