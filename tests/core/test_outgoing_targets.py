"""Which addresses requests may go to: T67, T68, and the list of D13."""

from ipaddress import ip_address

import pytest
from pydantic import BaseModel, ValidationError

from app.core.errors import Invalid
from app.core.outgoing_targets import (
    Blocked,
    TargetUrl,
    check_target,
    is_allowed,
    read_target,
)

REFUSED = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://127.0.0.1./",
    "https://0/",
    "https://[::]/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[fe80::1%25eth0]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/",
    "https://127。0。0。1/",
    "https://①②⑦.0.0.1/",
    "https://localhost/",
    "https://api.localhost/",
    "https://intranet/",
    "https://metadata.google.internal/",
    "https://push.example@127.0.0.1/",
    "https://127.0.0.1@push.example/",
    "https://push.example#@127.0.0.1/",
    "https://push.example\\@127.0.0.1/",
    "https://push.example:22/",
    "https://push.example:80/",
    "https://push.example:0443000/",
    "https://push.example:/",
    "http://push.example/",
    "file:///etc/passwd",
    "gopher://push.example/_",
    "ftp://push.example/",
    "//push.example/",
    "push.example",
    "",
    "https://",
    "https:///path",
    "https:push.example/",
    "https://push.example/\r\nHost: 127.0.0.1",
    "https://push.example\r\n/",
    "https://push.example/ x",
    "https://push.example/\t",
    "https://push.example/ü",
    "https://push.example%2f@x/",
    "https://%31%32%37.0.0.1/",
    "https://-x.example/",
    "https://a_b.example/",
    "https://push..example/",
    "https://push／.example/",
    f"https://push.example/{'x' * 1_000}",
    f"https://{'x.' * 130}example/",
]


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_not_plainly_a_public_address_is_refused_t67(url):
    with pytest.raises(Blocked):
        read_target(url)
    with pytest.raises(Invalid) as refusal:
        check_target(url, "endpoint")
    assert [(one.pointer, one.code) for one in refusal.value.errors] == [
        ("/endpoint", "url_not_allowed")
    ]


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://push.example", "https://push.example/"),
        ("HTTPS://Push.Example:443/A?b=c", "https://push.example/A?b=c"),
        ("https://push.example?x=@127.0.0.1", "https://push.example/?x=@127.0.0.1"),
        ("https://bücher.example/%C3%BC", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://9.9.9.9/", "https://9.9.9.9/"),
        ("https://[2620:FE::9]/x", "https://[2620:fe::9]/x"),
        ("https://localhost.example/", "https://localhost.example/"),
        ("https://127.0.0.1.example/", "https://127.0.0.1.example/"),
    ],
)
def test_a_public_address_is_kept_in_one_spelling_t68(url, read):
    assert check_target(url) == read
    assert read_target(read).url == read


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.1", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.0.1",
        "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7",
        "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8",
        "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1",
        "2002:7f00:1::", "2002:808:808::", "3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1",
        "fec0::1", "ff02::1", "ff0e::1", "4000::1", "1::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_known_d13(address):
    assert not is_allowed(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "100.128.0.1", "2620:fe::9", "2a00:1450::1"])
def test_public_addresses_are_allowed(address):
    assert is_allowed(ip_address(address))


def test_the_operator_can_allow_and_deny_networks(configure):
    configure(
        OUTGOING__ALLOWED_NETWORKS='["10.0.0.0/8", "fd00::/8"]',
        OUTGOING__DENIED_NETWORKS='["9.9.9.0/24", "10.9.0.0/16"]',
        OUTGOING__PORTS="[443, 8443]",
    )
    assert is_allowed(ip_address("10.0.0.1"))
    assert is_allowed(ip_address("fd00::1"))
    assert not is_allowed(ip_address("10.9.0.1"))
    assert not is_allowed(ip_address("9.9.9.9"))
    assert not is_allowed(ip_address("192.168.0.1"))
    assert read_target("https://push.example:8443/").url == "https://push.example:8443/"


class Draft(BaseModel):
    endpoint: TargetUrl


def test_a_draft_names_the_field_and_repeats_nothing():
    assert Draft(endpoint=" https://Push.example ").endpoint == "https://push.example/"
    with pytest.raises(ValidationError) as wrong:
        Draft(endpoint="https://127.0.0.1/canary")
    (error,) = wrong.value.errors()
    assert (error["loc"], error["type"]) == (("endpoint",), "url_not_allowed")
    assert "canary" not in error["msg"]
