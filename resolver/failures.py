"""What goes wrong between here and a service, and in which words a person is told.

A service that cannot be connected to is told apart from one that answers nonsense: without any connection there is no
network, and what was asked for can wait.
"""

from __future__ import annotations

import re

from refs.errors import ServiceError, Unreachable


class GivenUp(ServiceError):
    """A host that failed before and was not asked again."""


class OutOfReach(GivenUp, Unreachable):
    """A host that could not be connected to before and was not asked again."""


class Transient(Exception):
    """A failure that may pass: the connection broke, or nothing came."""

    error = ServiceError


class NoConnection(Transient):
    """A failure to connect, which may pass."""

    error = Unreachable


def unreachable(name: str, error: Exception) -> Exception:
    """Return the error for a connection that could not be made or broke."""
    why = reason(error)
    if why == NO_NAME:
        return Unreachable(f"{name} cannot be reached: {why} (no network?)")
    return (NoConnection if why in (REFUSED, NO_WAY) else Transient)(f"{name} cannot be reached: {why}")


def reason(error: BaseException) -> str:
    """Return the innermost cause in a few words."""
    text = str(error)
    for pattern, words in REASONS:
        if re.search(pattern, text):
            return words
    return type(error).__name__


NO_NAME = "its name cannot be resolved"
REFUSED = "it refuses connections"
NO_WAY = "there is no way to it"
REASONS = (
    ("NameResolutionError|Name or service not known|getaddrinfo", NO_NAME),
    ("CA certificate bundle", "the file of certificates that REQUESTS_CA_BUNDLE names is not there"),
    ("CERTIFICATE_VERIFY_FAILED|certificate", "its certificate is not valid"),
    ("Connection refused|WinError 10061", REFUSED),
    ("unreachable", NO_WAY),
    ("SOCKS", "a SOCKS proxy needs the package PySocks"),
    ("ProxyError|Tunnel connection failed", "the proxy refuses"),
    ("reset|aborted|RemoteDisconnected|Connection broken|IncompleteRead", "it broke the connection"),
)
