# SPDX-License-Identifier: Apache-2.0
"""Every scene there is; scene.py says what one is."""

import scenes_backends as backends
import scenes_clients as clients
import scenes_handlers as handlers

ALL = (
    clients.SlowDownload, clients.StoppedReader, clients.TlsReader, clients.Http2Reader,
    backends.SilentHttp, backends.SilentUnixHttp, backends.SilentFastCgi, backends.SilentCgi,
    backends.Websocket, backends.WebsocketTunnel,
    handlers.EndlessLoop, handlers.HeldMutex, handlers.HangingCleanup,
    handlers.SuspendedConnection,
)


def name_of(kind):
    return kind.__name__
