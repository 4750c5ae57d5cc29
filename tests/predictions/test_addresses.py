"""Where the server may connect to on a stranger's behalf."""

from __future__ import annotations

import pytest

from artrator.kernel.errors import ArtratorError, Forbidden
from artrator.predictions.addresses import may_connect, read_address
from artrator.predictions.outbound import OutboundRules, check_url, resolve

FORBIDDEN = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.8.8.8", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::8.8.8.8",
    "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::",
    "2002:808:808::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.215.14", "::ffff:8.8.8.8", "2606:4700:4700::1111"]

ATTACKS = [
    "http://127.0.0.1/", "http://localhost/", "http://127.1/", "http://2130706433/", "http://0x7f000001/",
    "http://0177.0.0.1/", "http://0/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::]/",
    "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://user:password@8.8.8.8/",
    "http://8.8.8.8:22/", "http://8.8.8.8:6379/", "https://8.8.8.8:8443/", "http://[fe80::1%25lo]/",
    "http://127.0.0.1:80@8.8.8.8/", "ftp://8.8.8.8/", "file:///etc/passwd", "gopher://8.8.8.8/", "//8.8.8.8/",
    "http://", "http:///path", "http://①②⑦.⓪.⓪.①/", "http://ⓛocalhost/", "http://8.8.8.8\n.evil/", "javascript:alert(1)",
    "http://" + "a" * 3000 + ".example/", "http://localhost./", "http://[::ffff:7f00:1]/", "http://[64:ff9b::7f00:1]/",
]  # fmt: skip


@pytest.mark.parametrize("address", FORBIDDEN)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not may_connect(read_address(address), allow_loopback=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert may_connect(read_address(address), allow_loopback=False)


@pytest.mark.parametrize("url", ATTACKS)
async def test_urls_that_lead_inside_are_refused_before_a_connection(url: str) -> None:
    rules = OutboundRules()
    with pytest.raises(ArtratorError):
        await resolve(check_url(url, rules, field="webhook"), rules)


def test_loopback_is_allowed_only_where_the_operator_says_so() -> None:
    rules = OutboundRules(allow_loopback=True)
    assert check_url("http://127.0.0.1:5000/hook", rules, field="webhook").port == 5000
    with pytest.raises(Forbidden):
        check_url("http://10.0.0.1/hook", rules, field="webhook")
    with pytest.raises(Forbidden):
        check_url("http://8.8.8.8:5000/hook", rules, field="webhook")
