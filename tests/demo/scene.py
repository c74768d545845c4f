# SPDX-License-Identifier: Apache-2.0
"""The httpd that the demo shows: few slots, and short spans so that it all happens soon."""

from server import Httpd

SLOTS = 4
THREADS = 8
SERVING = 2  # children that serve at once; the other slots are the slack for old generations
BIG_BYTES = 64 << 20
SEND_BUFFER_BYTES = 64 << 10  # so that a visitor soon finds out that its download was broken off
SLOWEST_VISIT_SECONDS = 600
MODULES = ("status", "proxy", "proxy_http")
DRYRUN, ON = "SlotWatchRecycle DryRun", "SlotWatchRecycle On"

CONFIG = f"""
LogLevel notice slotwatch:info
ServerLimit {SLOTS}
StartServers {SERVING}
ThreadLimit {THREADS}
ThreadsPerChild {THREADS}
MaxRequestWorkers {SERVING * THREADS}
MinSpareThreads {THREADS + 1}
MaxSpareThreads {SERVING * THREADS}
KeepAlive Off
Timeout {{timeout}}
SendBufferSize {SEND_BUFFER_BYTES}

SlotWatchInterval 500ms
SlotWatchStall {{stall_ms}}ms
SlotWatchAlertRepeat 10s
{DRYRUN}
<Location /slotwatch>
  SetHandler slotwatch
</Location>

ProxyPass /api http://127.0.0.1:{{backend_port}}/ retry=0
<Location /server-status>
  SetHandler server-status
</Location>
"""


def make_httpd(module, backend_port, seconds, stall_seconds):
    """@param seconds: how long the whole takes; no timeout of httpd's own may come before"""
    config = CONFIG.format(stall_ms=int(stall_seconds * 1000), backend_port=backend_port,
                           timeout=int(max(seconds, SLOWEST_VISIT_SECONDS)))
    httpd = Httpd(config, MODULES, module, prefix="slotwatch-demo.")
    (httpd.site / "small.txt").write_text("the site is up\n")
    with open(httpd.site / "film.bin", "wb") as film:
        film.truncate(BIG_BYTES)
    return httpd


def allow_recycling(httpd):
    """In the file, as an operator would; it counts from the next reload."""
    httpd.config.write_text(httpd.config.read_text().replace(DRYRUN, ON))
