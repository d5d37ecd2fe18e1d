"""One conversation, in the words that all examples share."""

from __future__ import annotations

Turn = tuple[str, str] | tuple[str, str, str]
"""Role and text; of a message that asks for a tool also its arguments."""

RULES, ASKED, SAID = ("system", "Be brief."), ("user", "Is it open?"), ("assistant", "Yes, until nine.")
CALLED: Turn = ("assistant", "", '{"day": "Monday"}')
GAVE = ("tool", "Monday 9 to 21")
ARGS = {"day": "Monday"}
TEXT_ARGS = '{"day": "Monday"}'
WHOLE = [RULES, ASKED, CALLED, GAVE, SAID]
