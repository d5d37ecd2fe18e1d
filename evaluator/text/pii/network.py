"""Addresses of machines, which name the people behind them."""

from __future__ import annotations

import ipaddress
import re

from evaluator.text.pii.recognizer import NUMBER, Recognizer, whole
from evaluator.text.pii.things import PLACES

_HOST = ("ip", "ipv4", "ipv6", "address", "host", "server", "client", "login", "network")


def _is_host(value: str) -> bool:
    """An address that a machine can have in a network: neither its own loopback, nor a group, nor none."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    if address.version == 4 and address.is_reserved:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)


def _is_ipv6(value: str) -> bool:
    # Scopes of programming languages look like short addresses: ``abc::def``.
    groups = [group for group in value.split(":") if group]
    return len(groups) >= 2 and any(char.isdigit() for char in value) and len(value) >= 6 and _is_host(value)


def _is_mac(value: str) -> bool:
    digits = re.sub(r"[^0-9a-f]", "", value.lower())
    return len(set(digits)) > 1


NETWORK = (
    Recognizer(
        kind="ip_address",
        pattern=r"(?<![\w.])(?<![=~<>!]=)\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)",
        base=0.7,
        near=0.95,
        context=_HOST,
        against=PLACES,
        check=whole(_is_host),
        reach=NUMBER,
    ),
    Recognizer(
        kind="ip_address",
        pattern=r"(?<![\w:.])[0-9A-Fa-f:]{6,39}(?![\w:])",
        base=0.8,
        near=0.95,
        context=_HOST,
        check=whole(_is_ipv6),
        literals=(":",),
        reach=(40, 40),
    ),
    Recognizer(
        kind="mac_address",
        pattern=r"(?<![\w:.-])(?:[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}"
        r"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![\w:.-]\w|\w)",
        base=0.85,
        check=whole(_is_mac),
        reach=(18, 18),
    ),
    Recognizer(
        kind="url_credentials",
        pattern=r"(?<![\w+.-])[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/@:\"'<>]{0,128}:[^\s/@\"'<>]{1,256}@"
        r"[^\s/?#\"'<>]{1,255}",
        base=0.97,
        literals=("://",),
    ),
)
