"""Whether what is sent to a URL stays on this machine."""

import ipaddress
import socket
from urllib.parse import urlsplit


def is_local_endpoint(url: str) -> bool:
    """Whether a URL's host is this machine itself, by every address its name resolves to.

    A machine of the same network is not local, nor is a name that resolves to nothing now. Names
    are resolved anew at each call: ask right before something is sent.

    Example:
        >>> is_local_endpoint("http://127.0.0.1:11434/v1"), is_local_endpoint("http://10.0.0.7/v1")
        (True, False)
    """
    try:
        host = urlsplit(url).hostname
        if not host:
            return False
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError):  # no such name now; no URL
        return False
    addresses = {ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in found}
    return bool(addresses) and all(_is_loopback(address) for address in addresses)


def _is_loopback(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
