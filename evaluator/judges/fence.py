"""Keeps what is judged apart from what judges: material stands between lines that nobody who wrote it could know, and
its lines and sentences behind a mark that nobody who wrote it could leave out.

A mark at every sentence is the coarser form of datamarking (Hines et al. 2024, 2403.14720): small judges forget by
the middle of a text what its first line said.
"""

from __future__ import annotations

import re
import secrets

_UNSEEN = re.compile(
    "((["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but for tab and line ends
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "])\\2*)"
)
"""What shows nothing where it stands, or turns the direction of what does: instructions are hidden in it. Joiners,
which scripts and emoji need, are left alone."""


_SENTENCE = re.compile(r"[.!?…؟।][\"'”’)\]*_]{0,3}[ \t]+(?=\S)|[。！？][」』”’）]{0,3}(?=[^\s」』”’）])")
"""Where another sentence begins within a line, as far as that can be told of any text; code and JSON stay whole."""


def new_code() -> str:
    """A code for one call, which no material can hold."""
    return secrets.token_hex(8)


def mark_of(code: str) -> str:
    """What stands before every line and sentence that is fenced by `code`."""
    return f"{code[:2]}|"


def marks_in(text: str) -> int:
    """How often the mark stands in `text` once it is fenced."""
    return 1 + text.count("\n") + sum(1 for _ in _SENTENCE.finditer(text))


def fenced(name: str, text: str, code: str) -> str:
    """`text` between two lines that carry the `code`, each line and sentence of it behind the mark of that code."""
    mark = mark_of(code)
    marked = _SENTENCE.sub(rf"\g<0>{mark} ", visible(text)).replace("\n", f"\n{mark} ")
    return f"[{code} begin {name}]\n{mark} {marked}\n[{code} end {name}]"


def visible(text: str) -> str:
    """`text` with what would not be seen written out, as ``⟦U+200B⟧``, or ``⟦U+200B ×40⟧`` for a run; line ends are
    of one kind."""
    if text.isascii() and text.replace("\n", " ").replace("\t", " ").isprintable():
        return text  # as most texts are, which is found out much faster than by the pattern
    return _UNSEEN.sub(_written_out, text.replace("\r\n", "\n"))


def _written_out(found: re.Match[str]) -> str:
    run = found[1]
    times = f" ×{len(run)}" if len(run) > 1 else ""
    return f"⟦U+{ord(run[0]):04X}{times}⟧"
