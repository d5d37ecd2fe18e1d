"""Users taken out of what arrives: wherever a name says that a value is one, its pseudonym takes the place.

`evaluator.core.user_names` says which names do. Attributes, metadata and the values within them are looked through,
and texts of JSON under names such as ``metadata``; what was said, retrieved or called is not. How much of a request
is read so is bounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from evaluator.core.bounds import DEPTH, NAME, TEXT_VALUES, VALUES
from evaluator.core.errors import InvalidInput
from evaluator.core.ids import pseudonym
from evaluator.core.people import NAMED, Hidden, Level
from evaluator.core.user_names import Kind, Says, is_content, is_metadata, may_name, says
from evaluator.ingest.clean import clean_json, clean_text, load_json
from evaluator.ingest.errors import TooLarge
from evaluator.ingest.numbers import MASKED
from evaluator.ingest.shapes.structure import is_json

MARK = "[user]"
"""What takes the place of a user in a text that can not be read as JSON."""

_STRUCTURES = frozenset((dict, list))
_AMOUNTS: dict[Kind, tuple[type, ...]] = {Kind.SUBJECT: (float,), Kind.MANY: (int, float)}
"""Numbers that are no ids: a share of time, how many there are."""
_MAIL_CHARS = 500
_KEY_CHARS = 200
"""Of a key, the last that are looked at: one within a value may be as long as the body."""
_KEY = re.compile(r"""(["'])([\w.\- /:]{1,200}+)\1\s{0,20}+:\s{0,20}+""")
_VALUE = re.compile(
    r""" "(?:[^"\\]|\\.)*+"? | '(?:[^'\\]|\\.)*+'? | [{\[][^{}\[\]]*+[}\]]? | [^,}\]\s]++ """, re.VERBOSE | re.DOTALL
)


class _At(NamedTuple):
    """Where a look is: under which key, how deep, and whether within metadata, where texts are read as well."""

    key: str
    depth: int
    within: bool


_TOP = _At("", 0, within=False)
_NOBODY = object()
"""What takes the place of an empty name, until it is left out."""
_HIDDEN = Says(Kind.NAME)


class Named:
    """Whom a part names, the surest for each level, and whether anything of it was hidden at all."""

    __slots__ = ("found", "touched")

    def __init__(self) -> None:
        self.touched = False
        self.found: dict[Level, tuple[int, Hidden]] = {}

    def add(self, level: Level, rank: int, name: Hidden) -> None:
        if level not in self.found or rank < self.found[level][0]:
            self.found[level] = rank, name

    def tell(self, body: dict[str, Any], around: Named | None = None) -> None:
        """Say it in the body of the part; `around` are those whom its scope and its resource name."""
        if around is not None and around.touched:
            self.include(around)
        if self.touched:
            body[NAMED] = {level.value: name for level, (_, name) in self.found.items()}

    def include(self, other: Named) -> None:
        """Take over whom something else names."""
        self.touched |= other.touched
        for level, (rank, name) in other.found.items():
            self.add(level, rank, name)


class Users:
    """Hides the users of one request, or of one list of objects, of a project.

    `added` are further names of attributes that the project has for its users' ids. `deep` says whether attributes
    may hold values within which something has a name: whoever decodes them may know that none does.
    """

    def __init__(self, project: str, added: Iterable[str] = ()) -> None:
        self.project, self.added, self.deep = project, tuple(added), True
        self._left = VALUES.size  # values that may be made of texts
        self._known: set[str] = set()
        self._watched: set[str] = set()
        self._metadata: set[str] = set()
        self._content: set[str] = set()
        self._hidden: dict[str, Hidden] = {}

    def _meet(self, key: str) -> None:
        """Decide, once for all that has it, whether attributes under a key have to be looked at."""
        self._known.add(key)
        if says(key, self.added) is not None:
            self._watched.add(key)
        elif is_metadata(key):
            self._watched.add(key)
            self._metadata.add(key)
        elif is_content(key):
            self._content.add(key)

    def _is_open(self, key: str, value: Any) -> bool:
        """Whether something in a value may have a name, and neither is content nor looked at anyway."""
        if type(value) not in _STRUCTURES or key in self._content or key in self._watched:
            return False
        return type(value) is dict or not _STRUCTURES.isdisjoint(map(type, value))

    def _may_name(self, key: str, value: Any) -> bool:
        """Whether the value of an attribute that is watched may name a user: most metadata does not."""
        return key not in self._metadata or not isinstance(value, str) or self.is_telling(value)

    def is_telling(self, text: str) -> bool:
        """Whether a text may be JSON with a name in it that says something of a user."""
        return is_json(text) and may_name(text, self.added)

    def hide(self, attributes: dict[str, Any], named: Named, level: Level = Level.OWN) -> dict[str, Any]:
        """The attributes with pseudonyms in the place of users, whom `named` is told of; an empty one is left out.

        `level` says whose the attributes are. They are not changed: where nothing is hidden, they are returned.
        """
        if not self._known.issuperset(attributes):
            for key in attributes.keys() - self._known:
                self._meet(key)
        look: list[str] = []
        if self.deep and not _STRUCTURES.isdisjoint(map(type, attributes.values())):
            look = [key for key, value in attributes.items() if self._is_open(key, value)]
        if not attributes.keys().isdisjoint(self._watched):
            look += [key for key in attributes if key in self._watched and self._may_name(key, attributes[key])]
        return _Look(self, named, level).entries(attributes, look) if look else attributes

    def name(self, text: str) -> Hidden:
        """The pseudonym of a user."""
        if (known := self._hidden.get(text)) is None:
            known = self._hidden[text] = Hidden(pseudonym(self.project, text))
        return known

    def take(self, values: int) -> bool:
        """Whether so many more values may be made of a text."""
        if values > self._left:
            return False
        self._left -= values
        return True


class _Look:
    """One look through attributes."""

    __slots__ = ("_added", "_level", "_named", "_users")

    def __init__(self, users: Users, named: Named, level: Level) -> None:
        self._users, self._named, self._level = users, named, level
        self._added = users.added

    def entries(self, mapping: dict[str, Any], keys: Iterable[str], at: _At = _TOP) -> dict[str, Any]:
        """A mapping without users, who are looked for under some of its keys; itself where nothing is hidden."""
        out: dict[str, Any] | None = None
        for key in keys:
            value = mapping[key]
            new = self._entry(key, value, at)
            if new is value:
                continue
            out = dict(mapping) if out is None else out
            if new is _NOBODY:
                del out[key]
            else:
                out[key] = new
        return mapping if out is None else out

    def _entry(self, key: str, value: Any, at: _At) -> Any:
        path = f"{at.key[-_KEY_CHARS:]}.{key[-_KEY_CHARS:]}" if at.depth else key
        found = says(path, self._added)
        if found is not None:
            return self._user(found, key, value, at)
        if not isinstance(value, dict | list | str):
            return value
        within = at.within or is_metadata(path)
        if isinstance(value, str):
            return self._text(value, key, at) if within else value
        if not within and is_content(path):
            return value
        return self._structure(value, _At(key, at.depth + 1, within))

    def _structure(self, value: Any, at: _At) -> Any:
        if isinstance(value, dict):
            return self.entries(value, list(value), at)
        new = [self._item(one, at) for one in value]
        return new if any(a is not b for a, b in zip(new, value, strict=True)) else value

    def _item(self, value: Any, at: _At) -> Any:
        if isinstance(value, dict | list):
            return self._structure(value, at._replace(depth=at.depth + 1))
        return self._text(value, at.key, at) if isinstance(value, str) and at.within else value

    def _text(self, text: str, key: str, at: _At) -> Any:
        """A text that may be JSON: as it is, or the value with pseudonyms in it."""
        if not self._users.is_telling(text):
            return text
        if (value := self._read(text, at.depth)) is None:
            return self._marked(text, key)
        new = self._structure(value, _At(key, at.depth + 1, within=True))
        return text if new is value else new

    def _read(self, text: str, depth: int) -> Any:
        """The object or list that a text of JSON holds, also in quotes; None where it holds none, or too much."""
        if not self._users.take(text.count(",") + text.count("{") + text.count("[")):
            return None
        try:
            value = clean_json(load_json(text, most=TEXT_VALUES), depth=min(depth + 1, DEPTH.size))
        except (InvalidInput, TooLarge):
            return None
        if isinstance(value, str):
            return self._read(value, depth)
        return value if isinstance(value, dict | list) else None

    def _user(self, found: Says, key: str, value: Any, at: _At) -> Any:
        """What takes the place of a value that names a user."""
        if isinstance(value, str):
            if not is_json(value) or (read := self._read(value, at.depth)) is None:
                return self._scalar(found, value)
            new = self._user(found, key, read, at._replace(depth=at.depth + 1))
            return value if new is read else new
        if not isinstance(value, dict | list):
            return self._scalar(found, value)
        inner = _At(key, at.depth + 1, within=True)
        if isinstance(value, dict):
            if found.kind in (Kind.SUBJECT, Kind.MANY):
                return self.entries(value, list(value), inner)
            pairs = [(name, self._user(_HIDDEN, name, one, inner)) for name, one in value.items()]
            return {name: one for name, one in pairs if one is not _NOBODY}
        hidden = [self._user(found, key, one, inner) for one in value]
        return [one for one in hidden if one is not _NOBODY]

    def _scalar(self, found: Says, value: Any) -> Any:
        if value is None or isinstance(value, bool | Hidden) or value == MASKED:
            return value
        if isinstance(value, _AMOUNTS.get(found.kind, ())):
            return value
        text = _plain(value) if isinstance(value, str) else str(value)
        if not text.strip():
            return _NOBODY
        if found.kind is Kind.ADDRESS and not ("@" in text and len(text) <= _MAIL_CHARS):
            return value
        name = self._users.name(text)
        self._named.touched = True
        if found.kind is Kind.ID or (found.decides and len(text) <= NAME.size):
            self._tell(found, name)
        return name

    def _tell(self, found: Says, name: Hidden) -> None:
        if found.kind is not Kind.MAIL:
            self._named.add(self._level, found.rank, name)
        elif self._level is Level.OWN:
            self._named.add(Level.MAIL, found.rank, name)

    def _marked(self, text: str, path: str) -> str:
        """A text with a mark in the place of what looks like a value of JSON that names a user."""
        out, done = [], 0
        for match in _KEY.finditer(text):
            if match.start() < done or says(f"{path}.{match[2]}", self._added) is None:
                continue
            if (value := _VALUE.match(text, match.end())) is not None:
                out += [text[done : match.end()], json.dumps(MARK)]
                done = value.end()
        return "".join([*out, text[done:]]) if out else text


def _plain(text: str) -> str:
    """A text, also where it came as JSON in quotes, as MLflow writes it."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            said = json.loads(text)
        except ValueError:
            return text
        return clean_text(said) if isinstance(said, str) else text
    return text
