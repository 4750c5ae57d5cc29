"""Which addresses the server may connect to on a stranger's behalf: public unicast ones, however they are written."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

_EMBEDDING = tuple(
    IPv6Network(block)
    for block in (
        "::/96",  # IPv4-compatible, the unspecified address and loopback
        "64:ff9b::/96",  # NAT64: a gateway translates it to any IPv4 address
        "64:ff9b:1::/48",  # NAT64, local use
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "5f00::/16",  # segment routing
        "3fff::/20",  # documentation
        "fec0::/10",  # site-local, as old stacks still route it
    )
)
"""IPv6 blocks that carry an IPv4 address, which a check of the outer address does not see, or that nobody serves from."""


def read_address(text: str) -> Address:
    """Read an address as the resolver gives it; an IPv4 address inside IPv6 (`::ffff:a.b.c.d`) becomes itself.

    Raises: ValueError.
    """
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public internet's."""
    if isinstance(address, IPv6Address) and any(address in block for block in _EMBEDDING):
        return False
    return address.is_global and not (
        address.is_multicast
        or address.is_private
        or address.is_reserved
        or address.is_loopback
        or address.is_link_local
        or address.is_unspecified
    )


def may_connect(address: Address, *, allow_loopback: bool) -> bool:
    """Tell whether the server may connect; loopback only where the operator says so."""
    return is_public(address) or (allow_loopback and address.is_loopback)
