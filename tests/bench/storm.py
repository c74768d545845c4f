# SPDX-License-Identifier: Apache-2.0
"""The reload storm: before each reload some slow readers come, and none of them leaves. httpd as it
comes, with the module, and nginx on the same work: how many probes are answered, and how soon."""

import threading
import time

import nginx
import probes
import sites
from readers import Readers, write_film
from table import Row, not_measured

RELOADS, PERIOD_SECONDS = 30, 2.0
READERS = 6
AHEAD_SECONDS = 0.3  # of a reload, the readers come
AFTER_SECONDS = 10
PROBES_A_SECOND, LIMIT_SECONDS = 5, 2.0
MOST_SLOWEST_SECONDS = {"On": 1.3, "On, SlotWatchPrompt": 0.1}
MOST_OVER_NGINX = 4

# httpd's own defaults, said aloud; but for its Timeout of 60 s, which would end the first readers
# while the last ones come.
STOCK = """
Timeout 300
ServerLimit 16
ThreadLimit 64
ThreadsPerChild 25
StartServers 3
MaxRequestWorkers 400
MinSpareThreads 75
MaxSpareThreads 250
"""
MODES = {
    "without the module": None,
    "DryRun": "SlotWatchRecycle DryRun\n",
    "On": "SlotWatchRecycle On\n",
    "On, SlotWatchPrompt": "SlotWatchRecycle On\nSlotWatchPrompt On\n",
}
NGINX = "nginx, worker_shutdown_timeout 3s"


class Storm:
    """What the probes came to, while the server was reloaded and after that."""

    def __init__(self, server):
        seconds = RELOADS * PERIOD_SECONDS
        write_film(server.site)
        begun = time.monotonic() + 1
        results = []
        visitors = threading.Thread(target=lambda: results.extend(probes.at_fixed_rate(
            server.port, begun, seconds + AFTER_SECONDS, PROBES_A_SECOND, LIMIT_SECONDS)))
        visitors.start()
        readers = Readers(server.port)
        for number in range(1, RELOADS + 1):
            probes.sleep_until(begun + number * PERIOD_SECONDS - AHEAD_SECONDS)
            readers.come(READERS)
            probes.sleep_until(begun + number * PERIOD_SECONDS)
            server.reload()
        visitors.join()
        readers.leave()
        split = int(seconds * PROBES_A_SECOND)
        self.during = probes.availability(results[:split])
        self.after = probes.availability(results[split:])
        self.slowest = probes.percentile(results, 1)
        self.p99 = probes.percentile(results, 0.99)

    def text(self):
        return (f"answered {self.during:.1%} during, {self.after:.1%} after; slowest "
                f"{self.slowest * 1000:.0f} ms, p99 {self.p99 * 1000:.0f} ms")


class Storms:
    """Each is measured once, for whoever compares with it."""

    def __init__(self):
        self.measured = {}

    def of(self, name):
        if name not in self.measured:
            ours = MODES.get(name)
            server = (nginx.Nginx() if name == NGINX
                      else sites.make(STOCK, ours is not None, ours=ours or ""))
            with server:
                self.measured[name] = Storm(server)
        return self.measured[name]

    def row(self, name):
        what = f"storm of {RELOADS} reloads, {name}"
        if name == NGINX and nginx.find_binary() is None:
            return not_measured(what, "nginx is not installed")
        storm = self.of(name)
        if name not in MOST_SLOWEST_SECONDS:
            return Row(what, storm.text(), "", None)
        most = MOST_SLOWEST_SECONDS[name]
        met = storm.during == storm.after == 1 and storm.slowest <= most
        return Row(what, storm.text(), f"100 %, slowest <= {most * 1000:.0f} ms", met)

    def over_nginx(self):
        what = "storm, p99 with SlotWatchPrompt over nginx's"
        target = f"<= {MOST_OVER_NGINX}"
        if nginx.find_binary() is None:
            return not_measured(what, "nginx is not installed", target)
        ratio = self.of("On, SlotWatchPrompt").p99 / self.of(NGINX).p99
        return Row(what, f"{ratio:.2f}", target, ratio <= MOST_OVER_NGINX)


def rows():
    storms = Storms()
    for name in (*MODES, NGINX):
        yield lambda name=name: storms.row(name)
    yield storms.over_nginx
