import contextlib
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.destinations import accepted_url, may_reach, read_networks
from server.errors import Invalid

PRIVATE = [
    "0.0.0.0",  # noqa: S104
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.0.9",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2001::1",
    "2002:7f00:1::",
    "2001:db8::1",
    "fc00::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "",
    "no address",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_the_court_s_own_networks_are_not_told(address: str) -> None:
    assert not may_reach(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_strangers_are_told(address: str) -> None:
    assert may_reach(address)


def test_a_network_that_is_permitted_is_told_and_no_other() -> None:
    permitted = read_networks("10.20.0.0/16, fd00:1::/64")
    assert may_reach("10.20.3.4", permitted)
    assert may_reach("::ffff:10.20.3.4", permitted)
    assert may_reach("fd00:1::9", permitted)
    assert not may_reach("10.21.0.1", permitted)
    assert not may_reach("127.0.0.1", permitted)
    with pytest.raises(ValueError, match="not-a-network"):
        read_networks("not-a-network")


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_no_form_of_a_private_address_is_told(address: ipaddress.IPv4Address) -> None:
    for form in (str(address), f"::ffff:{address}", f"::{address}", f"64:ff9b::{address}"):
        assert not may_reach(form)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://partner.example/hook",
        "ftp://partner.example/",
        "https://",
        "https:///hook",
        "https://user:password@partner.example/",
        "https://partner.example/#part",
        "https://partner.example:22/",
        "https://partner.example:99999/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://017700000001/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://part ner.example/",
        "https://partner.example/\r\nX-Header: 1",
        "https://partner.example\\@127.0.0.1/",
        "https://例子.example/",
        "https://partner.example/" + "x" * 500,
        "https://[",
    ],
)
def test_what_is_no_partner_s_address_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        accepted_url(url)


def test_a_partner_s_address_is_taken() -> None:
    for url in (
        "https://partner.example/hooks/court?token=abc",
        "https://partner.example:8443/",
        "https://xn--fsqu00a.example/",
        "https://8.8.8.8/",
    ):
        assert accepted_url(url) == url
    here = read_networks("127.0.0.0/8")
    assert accepted_url("http://127.0.0.1:8080/", here, plain=True)


@given(st.text(max_size=80))
def test_any_text_is_judged(text: str) -> None:
    with contextlib.suppress(Invalid):
        assert accepted_url(f"https://{text}").startswith("https://")
