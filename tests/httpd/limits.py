# SPDX-License-Identifier: Apache-2.0
"""httpd's own limits, each before what may hold a child that drains; by the names that they have in
docs/httpd-limits.md."""

import signal
from dataclasses import dataclass, field

import holders
import scenes_backends as backends
import scenes_clients as slow
import scenes_handlers as handlers

LIMIT_SECONDS = 2
FAR_SECONDS = 3 * LIMIT_SECONDS  # what is not over by then, the limit does not end
LIMIT = str(LIMIT_SECONDS)
# mod_reqtimeout's own limits, out of the way.
ASIDE = {"RequestReadTimeout": "header=600 body=600"}
# What httpd says of a limit, beside the scenes' own complaints. mod_cgid's daemon is another one
# after a reload: it may not know the program any more that is to be ended.
COMPLAINTS = r"Script timed out before returning headers|AH10246: .*failed reading PID"


def by_reload(server, _):
    server.reload()


def by_trim(server, child):
    """Within its generation: each look at the report is a connection."""
    server.wait_slot(pid=child, state="draining", trigger="trim")


def by_stop(server, _):
    server.log.end_begins()
    server.log.claim(r"AH0004[56]: child process \d+ still did not exit")
    server.signal(signal.SIGWINCH)


def by_restart(server, child):
    """After a reload, by which it drains already."""
    server.reload()
    server.wait_slot(pid=child, state="draining")
    server.log.claim(r"AH0004[56]: child process \d+ still did not exit")
    server.restart()


@dataclass(frozen=True)
class Limit:
    """@param frees: whether the child ends by it; else only when its client or backend lets go
    @param worker: more words for the ProxyPass of the scene, or for its BalancerMember
    @param drain: how the child comes to drain"""
    name: str
    scene: type
    frees: bool
    settings: dict = field(default_factory=dict)
    worker: str = ""
    line: str = "ProxyPass"
    drain: callable = by_reload

    def can_be_unset(self):
        return bool(self.settings or self.worker)

    def options(self, scene, is_set):
        """Of a server, with the limit or without: then it is httpd's default or BASE's, which is
        far longer than a test."""
        options = {**scene.options(), "SlotWatchStall": 0, "SlotWatchGrace": 0}
        options["modules"] = (*options["modules"], "reqtimeout")
        if is_set:
            options.update(self.settings)
            before, line, after = options["conf"].partition(self.line)
            options["conf"] = before + line + after.replace("\n", self.worker + "\n", 1)
        else:
            options.update(ASIDE)
        return options


TIMEOUT = {"Timeout": LIMIT, **ASIDE}
PROXY = {"ProxyTimeout": LIMIT}
WORKER = f" timeout={LIMIT}"
READ = {"RequestReadTimeout": f"header={LIMIT} body={LIMIT}"}
STOP = {"GracefulShutdownTimeout": LIMIT}
OF_SERVING = {"KeepAlive": "Off", "KeepAliveTimeout": LIMIT, "MaxKeepAliveRequests": 1,
              "MaxSpareThreads": 12, "AsyncRequestWorkerFactor": 1, "MaxRequestWorkers": 8,
              "ListenBacklog": 1}

ALL = (
    Limit("timeout-download", slow.SlowDownload, True, TIMEOUT),
    Limit("timeout-reader", slow.StoppedReader, True, TIMEOUT),
    Limit("timeout-h2", slow.Http2Reader, True, TIMEOUT),
    Limit("timeout-handshake", holders.HalfHandshake, True, TIMEOUT),
    Limit("timeout-header", holders.HalfHeader, True, TIMEOUT),
    Limit("timeout-body", holders.HalfBody, True, TIMEOUT),
    Limit("timeout-backend", backends.SilentHttp, True, TIMEOUT),
    Limit("timeout-fcgi", backends.SilentFastCgi, True, TIMEOUT),
    Limit("timeout-cgi", backends.SilentCgi, True, TIMEOUT),
    Limit("timeout-websocket", backends.Websocket, True, TIMEOUT),
    Limit("timeout-wstunnel", backends.WebsocketTunnel, True, TIMEOUT),
    Limit("timeout-slow-download", holders.TricklingDownload, False, TIMEOUT),
    Limit("timeout-slow-reader", holders.TricklingReader, False, TIMEOUT),
    Limit("timeout-slow-h2", holders.Http2Trickle, False, TIMEOUT),
    Limit("timeout-slow-header", holders.TricklingHeader, False, TIMEOUT),
    Limit("timeout-slow-body", holders.TricklingBody, False, TIMEOUT),
    Limit("timeout-slow-backend", holders.TricklingBackend, False, TIMEOUT),
    Limit("timeout-chat", holders.ChattingWebsocket, False, TIMEOUT),
    Limit("timeout-loop", handlers.EndlessLoop, False, TIMEOUT),
    Limit("timeout-suspended", handlers.SuspendedConnection, False, TIMEOUT),
    Limit("timeout-ghost", handlers.HangingCleanup, False, TIMEOUT),
    Limit("read-timeout-handshake", holders.HalfHandshake, True,
          {"RequestReadTimeout": f"handshake={LIMIT}"}),
    Limit("read-timeout-header", holders.TricklingHeader, True, READ),
    Limit("read-timeout-body", holders.TricklingBody, True, READ),
    Limit("read-timeout-download", slow.SlowDownload, False, READ),
    Limit("proxy-timeout", backends.SilentHttp, True, PROXY),
    Limit("proxy-timeout-worker", backends.SilentHttp, True, worker=WORKER),
    Limit("proxy-timeout-member", holders.BalancedHttp, True, worker=WORKER,
          line="BalancerMember"),
    Limit("proxy-timeout-balancer", holders.BalancedHttp, False, worker=WORKER),
    Limit("proxy-timeout-fcgi", backends.SilentFastCgi, True, PROXY),
    Limit("proxy-timeout-slow-backend", holders.TricklingBackend, False, PROXY),
    Limit("proxy-timeout-websocket", backends.Websocket, False, PROXY),
    Limit("proxy-timeout-worker-websocket", backends.Websocket, False, worker=WORKER),
    Limit("proxy-timeout-wstunnel", backends.WebsocketTunnel, False, PROXY),
    Limit("proxy-timeout-download", slow.SlowDownload, False, PROXY),
    Limit("cgid-timeout", backends.SilentCgi, True, {"CGIDScriptTimeout": LIMIT}),
    Limit("h2-stream-timeout", holders.Http2Packed, False, {"H2StreamTimeout": LIMIT}),
    Limit("keep-alive", holders.KeptAlive, True),
    Limit("keep-alive-late", holders.AnsweredLate, True),
    Limit("keep-alive-h2", holders.Http2Idle, True),
    Limit("linger", holders.LingeringClient, True),
    Limit("linger-sender", holders.LingeringSender, True),
    Limit("restart", slow.StoppedReader, True, drain=by_restart),
    Limit("graceful-stop", slow.StoppedReader, True, STOP, drain=by_stop),
    Limit("graceful-reload", slow.StoppedReader, False, STOP),
    Limit("max-connections", slow.StoppedReader, False, {"MaxConnectionsPerChild": 30},
          drain=by_trim),
    Limit("of-serving", slow.StoppedReader, False, OF_SERVING),
)


def name_of(limit):
    return limit.name
