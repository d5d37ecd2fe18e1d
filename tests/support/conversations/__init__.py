"""Conversations as providers and frameworks write them, each with its turns."""

from tests.support.conversations.agents import AGENTS
from tests.support.conversations.chains import CHAINS
from tests.support.conversations.others import OTHERS
from tests.support.conversations.providers import PROVIDERS
from tests.support.conversations.turns import Turn

__all__ = ["CONVERSATIONS", "Turn"]

CONVERSATIONS = PROVIDERS | CHAINS | AGENTS | OTHERS
