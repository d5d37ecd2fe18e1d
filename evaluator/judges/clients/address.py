"""Addresses that may be called although they do not come from the operator.

Whoever names a URL could otherwise make the service read what only its machine can reach. So the host must be one
that the operator allows, and each address that its name resolves to must be public, at the moment of connecting: what
was checked is what is connected to, so a name that means something else a moment later does not help.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from evaluator.core.errors import InvalidInput

FIELD = "base_url"
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORTS = {"http": 80, "https": 443}
_CARRIERS = tuple(
    map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10"))
)
"""IPv6 networks that hold IPv4 addresses (NAT64, 6to4, Teredo, compatible), or once were one's own."""


class AddressRefused(OSError):
    """A name that resolves to what may not be called."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is a global unicast address of the internet, and no other one in disguise."""
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv4Address):
        return True
    return address.ipv4_mapped is None and address.scope_id is None and not any(address in n for n in _CARRIERS)


def check_url(url: str, allowed: Collection[str]) -> URL:
    """`url`, where it may be called: its host is among `allowed` (``host`` for the scheme's own port, ``host:port``).

    Raises:
        InvalidInput: it is no plain http(s) URL, its host is not allowed, or an address that is not public.
    """
    try:
        found = URL(url)
        port = found.port
    except (ValueError, TypeError):
        raise InvalidInput(FIELD, "is no URL", "Give one like https://host/v1") from None
    if found.scheme not in _PORTS or not found.raw_host:
        raise InvalidInput(FIELD, "is no http or https URL", "Give one like https://host/v1")
    if not url.isprintable() or " " in url:  # which a URL that is read leaves out, and a page that shows it does not
        raise InvalidInput(FIELD, "holds blanks or control characters", "Leave them out")
    if "@" in url:
        raise InvalidInput(FIELD, "holds a user or a password", "Leave them out")
    if found.raw_fragment or found.raw_query_string or "#" in url or "?" in url or "\\" in url:
        raise InvalidInput(FIELD, "has a query, a fragment or a backslash", "Leave it out")
    _check_host(host := found.raw_host.lower())
    names = {f"{host}:{port}"} | ({host} if port == _PORTS[found.scheme] else set())
    if names.isdisjoint(allowed):
        remedy = "An operator can allow it in FAITHLINE_JUDGE_ALLOWED_HOSTS (exact hosts, with commas between them)"
        raise InvalidInput(FIELD, f"the host {host[:80]} is not allowed", remedy)
    return found


def _check_host(host: str) -> None:
    """Refuse literal addresses that are not public, and numbers in the forms that only sockets take for addresses."""
    remedy = "Give a host by its name"
    if "%" in host:
        raise InvalidInput(FIELD, "names a zone of an address", remedy)
    try:
        address = ip_address(host)
    except ValueError:
        if _NAME.fullmatch(host) is None:
            raise InvalidInput(FIELD, "has a host that is no name", remedy) from None
        if _NUMERIC.fullmatch(host.rsplit(".", 1)[-1]):
            raise InvalidInput(FIELD, "has a host that is a number", remedy) from None
        return
    if not is_public(address):
        raise InvalidInput(FIELD, f"{host} is not a public address", remedy)


async def _lookup(host: str, port: int, *, family: socket.AddressFamily) -> list[Any]:
    return await asyncio.get_running_loop().getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)


class CheckedResolver(AbstractResolver):
    """Resolves names for aiohttp, and gives nothing away if one of the addresses is not public."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises AddressRefused."""
        found = await _lookup(host, port, family=family)
        results = list[ResolveResult]()
        for kind, _, protocol, _, place in found:
            address = str(place[0])
            if not is_public(ip_address(address)):
                raise AddressRefused(f"{host} resolves to an address that is not public")
            results.append(
                ResolveResult(
                    hostname=host, host=address, port=port, family=kind, proto=protocol, flags=socket.AI_NUMERICHOST
                )
            )
        return results

    async def close(self) -> None:
        """Nothing is held."""
