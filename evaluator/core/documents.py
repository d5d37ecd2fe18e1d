"""YAML as people write it: values that JSON has, within bounds, and nothing that multiplies what was written."""

from __future__ import annotations

from typing import Any

import yaml

from evaluator.core.bounds import DEPTH, DIGITS, DOCUMENT
from evaluator.core.errors import InvalidInput

_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_TIME = "tag:yaml.org,2002:timestamp"
_WIDTH = 100


class _Loader(yaml.SafeLoader):
    """Leaves what looks like a time as the text that it is."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as its parent has it
        first: [(tag, pattern) for tag, pattern in known if tag != _TIME]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(problem="it names a part of itself (& or *)", problem_mark=event.start_mark)
        if getattr(event, "tag", None):  # what it makes of a value is no JSON, or an error of another kind
            raise yaml.MarkedYAMLError(problem="it says of what type a value is (!)", problem_mark=event.start_mark)
        if self._depth > DEPTH.most:
            raise yaml.MarkedYAMLError(problem=f"more than {DEPTH.size} levels", problem_mark=event.start_mark)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        if node is not None and node.tag in _NUMBERS and len(node.value) > DIGITS.most:
            raise yaml.MarkedYAMLError(problem="a number of so many digits", problem_mark=node.start_mark)
        return node


def read_yaml(text: str, name: str) -> Any:
    """The value of a YAML (or JSON) document that is called `name`.

    Raises:
        InvalidInput: it can not be read, is too large or too deep, or refers to parts of itself: a few lines of such
            references make a value that fills the memory.
    """
    if len(text) > DOCUMENT.most:
        raise InvalidInput(name, f"is longer than {DOCUMENT.size} characters", "Split it")
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a safe one
    except yaml.MarkedYAMLError as error:
        at = "" if error.problem_mark is None else f" in line {error.problem_mark.line + 1}"
        raise InvalidInput(name, f"can not be read: {error.problem}{at}", "Give YAML or JSON, written out") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = f"can not be read ({type(error).__name__})"
        raise InvalidInput(name, problem, "Give YAML or JSON, written out") from None


_SEEN = dict.fromkeys(map(ord, "\n\u00a0\u202f\u200c\u200d"))
"""What typography and scripts need of what is not printable."""


def as_yaml(value: Any) -> str:
    """A value of JSON as YAML that people read and change: keys as they stand, texts of several lines as such. Where
    there is something in it that nobody would see, all beyond ASCII is written as escapes."""
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    if text.translate(_SEEN).isprintable():
        return str(text)
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=False, width=_WIDTH))


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are read."""


def _text(dumper: yaml.SafeDumper, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
