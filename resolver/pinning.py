"""Connections that only a public address gets: the address that was judged is the one that is connected to.

A name can lead to a public address when it is judged and to a private one a moment later. So the name is asked for
once, each of its addresses is judged, and the connection is made to what was judged, under the original name: it is
what the server is told (Host, SNI) and what its certificate must bear.
"""

from __future__ import annotations

import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NameResolutionError

from refs.errors import ServiceError
from resolver.http import is_private


def judged(connection: HTTPConnection) -> list[str]:
    """Return the addresses of a connection's host; raise ServiceError when one is no public address."""
    name = connection.host
    try:
        rows = socket.getaddrinfo(name.strip("[]"), connection.port, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError) as error:
        raise NameResolutionError(name, connection, socket.gaierror(str(error))) from None
    addresses = list(dict.fromkeys(str(row[4][0]) for row in rows))
    if any(is_private(one) for one in addresses):
        raise ServiceError(f"{name} is no public address")
    return addresses


class _Judged(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        name, addresses = self.host, judged(self)
        try:
            while True:
                self.host = addresses.pop(0)
                try:
                    return super()._new_conn()
                except HTTPError:
                    if not addresses:
                        raise
        finally:
            self.host = name


class _JudgedTLS(_Judged, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Judged


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _JudgedTLS


class PublicAdapter(HTTPAdapter):
    """Sends requests to public addresses alone, unless a proxy of the environment's resolves the names."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool: Any) -> None:
        """Make pools of judged connections."""
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **pool)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
