# SPDX-License-Identifier: Apache-2.0
"""The httpds that are compared: of one configuration, with the module and without."""

from pathlib import Path

from server import Httpd

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "build" / "mod_slotwatch.so"

PLAIN = """
LogLevel notice
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
"""
STATUS = """
<Location /slotwatch>
  SetHandler slotwatch
</Location>
"""


def make(config, with_module, modules=(), ours=""):
    """@param ours: directives of the module's, where it is loaded"""
    text = PLAIN + config + (ours if with_module else "")
    httpd = Httpd(text, modules, MODULE if with_module else None)
    (httpd.site / "small.txt").write_text("x" * 100 + "\n")
    return httpd


def sized(slots, threads, children):
    return f"""
ServerLimit {slots}
ThreadLimit {threads}
ThreadsPerChild {threads}
StartServers {children}
MaxRequestWorkers {children * threads}
MinSpareThreads {threads}
MaxSpareThreads {children * threads}
"""


def processes(httpd):
    """@return (pids of serving children, pid of the watcher or None)"""
    serving, watcher = [], None
    for pid in httpd.children():
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        if name == "slotwatch":
            watcher = pid
        else:
            serving.append(pid)
    return serving, watcher
