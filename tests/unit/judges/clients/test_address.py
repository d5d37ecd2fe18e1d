"""URLs that are not the operator's: every way in that is known, and none of them leads to what is not public."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

import pytest

from bench.servers.judge.behaviour import Behaviour
from bench.servers.judge.server import judging
from evaluator.core.errors import InvalidInput
from evaluator.core.judge import JudgeError
from evaluator.core.limits import LocalLimiter
from evaluator.judges.clients.address import check_url, is_public
from evaluator.judges.providers import ConfiguredJudges, open_judges
from tests.support.judge_calls import KEY, request

PRIVATE = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1",
    "fd00:ec2::254", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:808:808::1", "2001:0:1::1", "2001:db8::1",
    "fe80::1%eth0",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111"]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://judge.example/v1", "judge.example"),
        ("https://JUDGE.example/v1", "judge.example"),
        ("http://judge.example/v1", "judge.example"),
        ("https://judge.example:8443/v1", "judge.example:8443"),
        ("https://judge.example/v1", "judge.example:443"),
        ("https://8.8.8.8/v1", "8.8.8.8"),
    ],
)
def test_what_is_allowed(url: str, allowed: str) -> None:
    assert check_url(url, {"other", allowed}).raw_host == url.split("/")[2].split(":")[0].lower()


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://judge.example:8443/v1", "judge.example"),
        ("https://a.judge.example/v1", "judge.example"),
        ("https://judge.example.evil.example/v1", "judge.example"),
        ("https://judge.example./v1", "judge.example"),
        ("https://judge.example/v1", "*"),
        ("https://judge.example/v1", "*.example"),
        ("https://evil.example/judge.example", "judge.example"),
        ("https://judge.example@evil.example/v1", "judge.example"),
        ("https://judge.example:x@evil.example/v1", "judge.example"),
        ("https://evil.example#@judge.example/", "judge.example"),
        ("https://evil.example\\@judge.example/", "judge.example"),
        ("https://evil.example?@judge.example/", "judge.example"),
        ("https://judge.example/v1#x", "judge.example"),
        ("https://judge.example/v1?x=1", "judge.example"),
        ("https://@judge.example/v1", "judge.example"),
        ("ftp://judge.example/v1", "judge.example"),
        ("file:///etc/passwd", ""),
        ("//judge.example/v1", "judge.example"),
        ("judge.example", "judge.example"),
        ("", ""),
        ("https://judge.example:99999/v1", "judge.example"),
        ("https://ju dge.example/v1", "judge.example"),
        ("https://judge.example\r\nX: y/v1", "judge.example"),
        ("https://judge.example/v1\r\nX: y", "judge.example"),
        ("https://judge.example/\u202ev1", "judge.example"),
    ],
)
def test_what_is_not_allowed(url: str, allowed: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_url(url, {allowed})
    assert caught.value.field == "base_url"
    assert caught.value.remedy


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "0",
     "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[fe80::1%25eth0]", "[fd00:ec2::254]",
     "169.254.169.254", "169.254.169.254.", "１２７.0.0.1", "127。0。0。1", "10.0.0.1"],
)  # fmt: skip
def test_addresses_in_whatever_form_even_if_they_are_allowed(host: str) -> None:
    bare = host.strip("[]")
    with pytest.raises(InvalidInput):
        check_url(f"http://{host}/v1", {host, bare, "127.0.0.1", "::1", "127.0.0.1.", "10.0.0.1"} | {bare.lower()})


class Names:
    """Answers of a resolver, one after the other; the last one from then on."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers, self.asked = list(answers), 0

    async def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked += 1
        addresses = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in addresses
        ]


@pytest.fixture
def judges() -> ConfiguredJudges:
    return open_judges(
        limiter=LocalLimiter(),
        base_url="http://127.0.0.1:1/v1",
        allowed_hosts=["judge.example:8080", "judge.example"],
    )


def asked_there(judges: ConfiguredJudges, url: str, names: Names, patch: pytest.MonkeyPatch) -> JudgeError:
    """What comes of a call whose names are resolved as told."""
    client = judges.provider_for_url(url).client()
    patch.setattr("evaluator.judges.clients.address._lookup", names)
    (found,) = client.run([client.ask(request(), 3.0)])
    assert isinstance(found, JudgeError), found
    return found


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "169.254.169.254", "10.0.0.7", "::1", "::ffff:127.0.0.1", "fd00::1"]
)
def test_a_name_that_means_what_is_not_public(
    judges: ConfiguredJudges, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    error = asked_there(judges, "http://judge.example/v1", Names([address]), monkeypatch)
    assert "not public" in str(error)
    assert (error.charged, error.retryable, error.wait) == (False, False, None)


def test_one_bad_address_among_good_ones_is_enough(judges: ConfiguredJudges, monkeypatch: pytest.MonkeyPatch) -> None:
    error = asked_there(judges, "http://judge.example/v1", Names(["93.184.216.34", "127.0.0.1"]), monkeypatch)
    assert "not public" in str(error)


def test_a_name_that_changes_its_meaning_is_connected_to_as_it_was_checked(
    judges: ConfiguredJudges, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Public when it is checked, the stand-in's own address when it is looked up again: that never happens."""
    names, tried = Names(["93.184.216.34"], ["127.0.0.1"]), list[str]()

    async def no_way(addr_infos: Any, **_: Any) -> Any:
        tried.extend(info[4][0] for info in addr_infos)
        raise OSError("no way out of this machine")

    monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", no_way)
    with judging() as served:
        port = served.address.split(":")[2].split("/")[0]
        judges = open_judges(limiter=LocalLimiter(), allowed_hosts=[f"judge.example:{port}"])
        error = asked_there(judges, f"http://judge.example:{port}/v1", names, monkeypatch)
        assert tried == ["93.184.216.34"]
        assert names.asked == 1
        assert "can not be reached" in str(error)
        error = asked_there(judges, f"http://judge.example:{port}/v1", names, monkeypatch)
    assert "not public" in str(error)
    assert served.calls == 0


def test_the_real_resolver_is_checked_too() -> None:
    """``localhost``, as this machine resolves it."""
    with judging() as served:
        port = served.address.split(":")[2].split("/")[0]
        judges = open_judges(limiter=LocalLimiter(), allowed_hosts=[f"localhost:{port}"])
        client = judges.provider_for_url(f"http://localhost:{port}/v1").client()
        (found,) = client.run([client.ask(request(), 3.0)])
    assert isinstance(found, JudgeError)
    assert "not public" in str(found)
    assert served.calls == 0


def test_a_redirect_leads_nowhere(judges: ConfiguredJudges, monkeypatch: pytest.MonkeyPatch) -> None:
    from bench.servers.stand_in import Handler, listening

    with judging() as inner:

        class Redirecting(Handler):
            def do_POST(self) -> None:
                self.body()
                self.answer(307, b"", Location=inner.address + "/chat/completions")

        monkeypatch.setattr("evaluator.judges.clients.address.is_public", lambda _: True)
        with listening(Redirecting) as address:
            port = address.rsplit(":", 1)[1]
            judges = open_judges(limiter=LocalLimiter(), allowed_hosts=[f"judge.example:{port}"])
            error = asked_there(judges, f"http://judge.example:{port}/v1", Names(["127.0.0.1"]), monkeypatch)
        assert inner.calls == 0
    assert "redirect" in str(error)


def test_no_key_of_the_operator_goes_to_such_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    from pydantic import SecretStr

    monkeypatch.setattr("evaluator.judges.clients.address.is_public", lambda _: True)
    monkeypatch.setattr("evaluator.judges.clients.address._lookup", Names(["127.0.0.1"]))
    with judging(Behaviour()) as served:
        port = served.address.split(":")[2].split("/")[0]
        judges = open_judges(
            limiter=LocalLimiter(), base_url=f"http://judge.example:{port}/v1", model="m", api_key=SecretStr(KEY),
            allowed_hosts=[f"judge.example:{port}"],
        )  # fmt: skip
        client = judges.provider_for_url(f"http://judge.example:{port}/v1").client()
        (reply,) = client.run([client.ask(request(), 3.0)])
        assert not isinstance(reply, BaseException)
        (_, headers, _) = served.requests[0]
    assert KEY not in str(headers)
    assert "authorization" not in headers


def test_nothing_is_allowed_unless_it_is_said() -> None:
    judges = open_judges(limiter=LocalLimiter())
    with pytest.raises(InvalidInput, match="FAITHLINE_JUDGE_ALLOWED_HOSTS"):
        judges.provider_for_url("https://api.openai.com/v1")
