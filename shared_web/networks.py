"""Where a request comes from, as far as limits tell places apart."""

from ipaddress import IPv6Address, ip_address, ip_network

OF_ONE_HOUSE = 64
"""Bits of an IPv6 address that a household or an office shares: whoever has these has all addresses below them."""


def network_of(address: str | None) -> str:
    """The network of a caller's address: an IPv4 address itself, the /64 of an IPv6 one; one for all without any."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, OF_ONE_HOUSE), strict=False))
