"""Addresses of endpoints: whether one can be one, and whose it is."""

import ipaddress

import httpx2

from extractor.errors import ConfigError


def is_openai(url: str | None) -> bool:
    """Whether an address is OpenAI's own: the default, or the same written out."""
    return url is None or _parsed(url).host == "api.openai.com"


def is_loopback(url: str | None) -> bool:
    """Whether an address is on this machine, where no proxy leads."""
    host = _parsed(url).host if url else ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def shown(url: str | None) -> str:
    """An address as messages show it: without credentials and query, which may be secrets.

    Raises:
        ConfigError: when it cannot be an address.
    """
    if url is None:
        return "the default endpoint"
    parsed = _parsed(url)
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ConfigError("--base-url must be an address such as http://127.0.0.1:8080/v1")
    return str(parsed.copy_with(userinfo=b"", query=None, fragment=None))


def _parsed(url: str) -> httpx2.URL:
    try:
        return httpx2.URL(url)
    except httpx2.InvalidURL:
        return httpx2.URL("")
