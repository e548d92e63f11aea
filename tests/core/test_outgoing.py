"""Requests to servers that mean no good: T67 to T71, P12, D12."""

import asyncio
import gzip
import os
import time
import zlib

import httpcore
import pytest

from app.core.outgoing import MAX_BYTES, Declined, Refused, TimedOut, TooMuch, Way, look_up, send
from app.core.outgoing_targets import Blocked
from tests.sinks import certified, saying, sink

LIMIT = 0.4


def naming(*addresses):
    """A resolver that has another answer each time it is asked."""
    left = list(addresses)
    asked = []

    async def resolve(host, port):
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [found] if isinstance(found, str) else found

    resolve.asked = asked
    return resolve


@pytest.fixture
def open_to(configure):
    """Allows requests to this machine, without TLS, at the port of a sink."""

    def allow(*sinks):
        ports = [heard.port for heard in sinks]
        configure(
            OUTGOING__PLAIN_HTTP="true",
            OUTGOING__ALLOWED_NETWORKS='["127.0.0.0/8"]',
            OUTGOING__PORTS=str(ports),
        )
        return [f"http://push.example:{port}" for port in ports]

    return allow


HOME = Way(resolve=naming("127.0.0.1"), limit_seconds=LIMIT)


async def test_a_request_goes_out_and_its_answer_comes_back(open_to):
    async with sink(saying("201 Created", "X-Id: 7", body=b"done")) as heard:
        (base,) = open_to(heard)
        answer = await send(
            "POST", f"{base}/a?b=c", headers={"X-Kind": "test"}, content=b"{}", way=HOME
        )
    assert (answer.status, answer.body, answer.headers["x-id"]) == (201, b"done", "7")
    (asked,) = heard.asked
    assert asked.line == "POST /a?b=c HTTP/1.1"
    assert asked.body == b"{}"
    assert asked.headers["host"] == f"push.example:{heard.port}"
    assert asked.headers["x-kind"] == "test"
    assert asked.headers["accept-encoding"] == "identity"


async def test_tls_verifies_the_name_though_the_address_is_connected_to(open_to, tmp_path):
    known = certified(tmp_path, "allowed.example")
    async with sink(saying("200 OK"), known.server) as heard:
        open_to(heard)
        way = Way(naming("127.0.0.1"), known.trust, limit_seconds=2)
        answer = await send("GET", f"https://allowed.example:{heard.port}/", way=way)
        assert answer.status == 200
        with pytest.raises(Refused):
            await send("GET", f"https://allowed.example.evil.example:{heard.port}/", way=way)
        with pytest.raises(Refused):
            await send("GET", f"https://127.0.0.1:{heard.port}/", way=way)
        with pytest.raises(Refused):  # nobody whom browsers trust has signed it
            await send(
                "GET",
                f"https://allowed.example:{heard.port}/",
                way=Way(naming("127.0.0.1"), limit_seconds=2),
            )
    assert len(heard.asked) == 1, "a request went out before the name was verified"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["9.9.9.9", "127.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["169.254.169.254"],
        ["fe80::1%eth0"],
        ["not an address"],
    ],
)
async def test_a_name_for_an_address_that_is_not_public_is_blocked_t67(addresses, configure):
    async with sink(saying("200 OK")) as heard:
        configure(OUTGOING__PLAIN_HTTP="true", OUTGOING__PORTS=f"[{heard.port}]")
        way = Way(naming(addresses), limit_seconds=LIMIT)
        with pytest.raises(Blocked):
            await send("GET", f"http://push.example:{heard.port}/", way=way)
        with pytest.raises(Blocked):
            await send("GET", f"http://127.0.0.1:{heard.port}/", way=way)
    assert heard.connections == 0


async def test_a_name_is_looked_up_once_and_only_that_address_is_connected_to_t69(open_to):
    async with sink(saying("200 OK")) as meant, sink(saying("200 OK")) as inside:
        base, _ = open_to(meant, inside)
        rebinding = naming("127.0.0.1", "127.0.0.2")
        await send("GET", base, way=Way(rebinding, limit_seconds=LIMIT))
        assert rebinding.asked == ["push.example"]
        assert (meant.connections, inside.connections) == (1, 0)


async def test_what_a_name_means_later_does_not_matter_t69(configure):
    async with sink(saying("200 OK")) as heard:
        configure(
            OUTGOING__PLAIN_HTTP="true",
            OUTGOING__PORTS=f"[{heard.port}]",
            OUTGOING__ALLOWED_NETWORKS='["127.0.0.3/32"]',
        )
        rebinding = naming("127.0.0.3", "127.0.0.1")  # allowed first, then where the sink is
        with pytest.raises(Refused):
            await send(
                "GET", f"http://push.example:{heard.port}/", way=Way(rebinding, limit_seconds=LIMIT)
            )
    assert heard.connections == 0


async def test_the_next_address_is_tried_where_one_takes_no_connection(open_to):
    async with sink(saying("200 OK")) as heard:
        (base,) = open_to(heard)
        way = Way(naming(["127.0.0.9", "127.0.0.1"]), limit_seconds=2)
        assert (await send("GET", base, way=way)).status == 200


async def drip(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def drip_headers(writer):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def say_nothing(writer):
    await asyncio.sleep(5)


async def keep_on_continuing(writer):
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("slow", [drip, drip_headers, say_nothing, keep_on_continuing])
async def test_a_server_that_takes_its_time_is_left_t70(slow, open_to):
    async with sink(slow) as heard:
        (base,) = open_to(heard)
        began = time.monotonic()
        with pytest.raises(TimedOut):
            await send("GET", base, way=HOME)
        assert time.monotonic() - began < LIMIT + 1


async def test_a_name_that_is_never_found_is_left_t70():
    async def resolve(host, port):
        await asyncio.sleep(5)

    with pytest.raises(TimedOut):
        await send("GET", "https://push.example", way=Way(resolve, limit_seconds=0.1))


async def pour(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await writer.drain()


async def pour_headers(writer):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    number = 0
    while True:
        writer.write(b"".join(b"X-%d: y\r\n" % (number + one) for one in range(1_000)))
        number += 1_000
        await writer.drain()


@pytest.mark.parametrize("flood", [pour, pour_headers])
async def test_an_answer_without_end_is_cut_off_t70(flood, open_to):
    async with sink(flood) as heard:
        (base,) = open_to(heard)
        with pytest.raises(TooMuch):
            await send("GET", base, way=Way(naming("127.0.0.1"), limit_seconds=5))


async def test_an_answer_may_be_as_large_as_the_limit(open_to):
    async with sink(saying("200 OK", body=bytes(MAX_BYTES))) as heard:
        (base,) = open_to(heard)
        way = Way(naming("127.0.0.1"), limit_seconds=5)
        assert len((await send("GET", base, way=way)).body) == MAX_BYTES


async def test_a_packed_answer_is_refused_unopened_t70(open_to):
    packer = zlib.compressobj(wbits=31)
    packed = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(20)), packer.flush()])
    assert len(gzip.decompress(packed)) > 1024 * 1024 > len(packed)
    async with sink(saying("200 OK", "Content-Encoding: gzip", body=packed)) as heard:
        (base,) = open_to(heard)
        with pytest.raises(Refused):
            await send("GET", base, way=HOME)


async def test_a_redirect_is_a_failure_and_is_not_followed_t70(open_to):
    async with sink(saying("200 OK")) as inside:
        where = f"Location: http://127.0.0.1:{inside.port}/"
        for status in ("301 Moved", "302 Found", "303 See Other", "307 Same", "308 Same"):
            async with sink(saying(status, where)) as heard:
                base, _ = open_to(heard, inside)
                with pytest.raises(Declined) as answer:
                    await send("GET", base, way=HOME)
                assert answer.value.status == int(status[:3])
    assert inside.connections == 0


async def test_a_failure_tells_its_status_and_headers(open_to):
    async with sink(saying("429 Too Many", "Retry-After: 7", body=b"later")) as heard:
        (base,) = open_to(heard)
        with pytest.raises(Declined) as answer:
            await send("POST", base, content=b"x", way=HOME)
    assert (answer.value.status, answer.value.headers["retry-after"]) == (429, "7")


async def break_off(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
    await writer.drain()


async def talk_nonsense(writer):
    writer.write(b"SSH-2.0-OpenSSH_9.7\r\n")
    await writer.drain()


@pytest.mark.parametrize("odd", [break_off, talk_nonsense])
async def test_half_an_answer_is_none(odd, open_to):
    async with sink(odd) as heard:
        (base,) = open_to(heard)
        with pytest.raises(Refused):
            await send("GET", base, way=HOME)


async def test_nobody_listening_is_a_failure(open_to):
    async with sink(saying("200 OK")) as heard:
        (base,) = open_to(heard)
    with pytest.raises(Refused):
        await send("GET", base, way=HOME)


async def test_a_name_that_does_not_exist_is_a_failure():
    with pytest.raises(Refused):
        await send("GET", "https://push.example", way=Way(naming([]), limit_seconds=LIMIT))

    async def unknown(host, port):
        raise OSError(-2, "Name or service not known")

    with pytest.raises(Refused):
        await send("GET", "https://push.example", way=Way(unknown, limit_seconds=LIMIT))


async def test_the_environment_has_no_say_t71(open_to, monkeypatch):
    async with sink(saying("200 OK")) as proxy, sink(saying("200 OK")) as meant:
        base, _ = open_to(meant, proxy)
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            for spelled in (name, name.lower()):
                monkeypatch.setenv(spelled, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NETRC", os.devnull)
        await send("GET", base, way=HOME)
        assert (proxy.connections, meant.connections) == (0, 1)


@pytest.mark.parametrize(
    "headers",
    [{"X": "a\r\nY: b"}, {"X": "a\nb"}, {"X\r\nY": "a"}, {"X Y": "a"}, {"X": "ü"}, {"X": "a\0b"}],
)
async def test_headers_cannot_carry_further_lines(headers, open_to):
    async with sink(saying("200 OK")) as heard:
        (base,) = open_to(heard)
        with pytest.raises(Blocked):
            await send("GET", base, headers=headers, way=HOME)
    assert heard.connections == 0


async def test_numbers_need_no_server_to_be_looked_up():
    assert await look_up("127.0.0.1", 443) == ["127.0.0.1"]


def test_connections_are_opened_where_we_say():
    """What the check at the time of connection hangs on is httpcore's public way to open one."""
    assert "network_backend" in httpcore.AsyncConnectionPool.__init__.__annotations__
    assert callable(httpcore.AsyncNetworkBackend.connect_tcp)
