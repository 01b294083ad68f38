"""Addresses of servers and the passwords that belong into them."""

from urllib.parse import quote, urlsplit

from pydantic import SecretStr

HIDDEN = "********"


def with_password(url: str | SecretStr, password: str | SecretStr) -> str:
    """The URL with this password, unless it names one or has no server to give it to.

    Example:
        >>> with_password("postgresql://limn@db:5432/limn", "a/b")
        'postgresql://limn:a%2Fb@db:5432/limn'
    """
    address, secret = _told(url), _told(password)
    parts = urlsplit(address)
    if parts.password is not None or not parts.netloc:
        return address
    user, _, server = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(secret, safe='')}@{server}").geturl()


def without_password(url: str) -> str:
    """The URL without who logs in and what is asked, as it may be shown to people and logs.

    Passwords that were written wrong, with a slash or an at sign say, are left out whole.

    Example:
        >>> without_password("ftp://limn:a/b@host/pictures?key=c")
        'ftp://********@host/pictures?********'
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    login, at, rest = rest.rpartition("@")
    place, asked, _ = rest.partition("?")
    return f"{scheme}://{HIDDEN if login else ''}{at}{place}{asked}{HIDDEN if asked else ''}"


def is_redis_url(url: str) -> bool:
    """Whether it reads as Redis's address, its password written so that none of it spills over.

    Example:
        >>> is_redis_url("redis://:a%2Fb@host:6379/0"), is_redis_url("redis://:a/b@host:6379/0")
        (True, False)
    """
    try:
        parts = urlsplit(url)
        has_server = parts.port is not None or bool(parts.hostname)
    except ValueError:
        return False
    if parts.scheme == "unix":
        return True
    is_whole = "@" not in f"{parts.path}{parts.query}{parts.fragment}"
    return parts.scheme in {"redis", "rediss"} and has_server and is_whole


def _told(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
