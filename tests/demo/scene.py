# SPDX-License-Identifier: Apache-2.0
"""The httpd that the demo shows: few slots, and short spans so that it all happens soon."""

from server import Httpd

SLOTS = 4
THREADS = 8
SERVING = 2  # children that serve at once; the other slots are the slack for old generations
BIG_BYTES = 64 << 20
MODULES = ("status", "proxy", "proxy_http")

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
Timeout 600

SlotWatchInterval 500ms
SlotWatchStall {{stall_ms}}ms
SlotWatchAlertRepeat 5s
<Location /slotwatch>
  SetHandler slotwatch
</Location>

ProxyPass /api http://127.0.0.1:{{backend_port}}/
<Location /server-status>
  SetHandler server-status
</Location>
"""


def make_httpd(module, backend_port, stall_seconds):
    config = CONFIG.format(stall_ms=int(stall_seconds * 1000), backend_port=backend_port)
    httpd = Httpd(config, MODULES, module, prefix="slotwatch-demo.")
    (httpd.site / "small.txt").write_text("the site is up\n")
    with open(httpd.site / "film.bin", "wb") as film:
        film.truncate(BIG_BYTES)
    return httpd
