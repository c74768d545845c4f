# SPDX-License-Identifier: Apache-2.0
"""The text of a private httpd's configuration."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SLOTWATCH_BUILD", REPOSITORY / "build"))
IS_INSTRUMENTED = BUILD != REPOSITORY / "build"  # make coverage, asan, tsan
MODULE = BUILD / "mod_slotwatch.so"
TEST_MODULE = BUILD / "tests" / "mod_hang.so"
HTTPD_MODULES = Path("/usr/lib/apache2/modules")
TEST_MODULES = {"busy", "decide", "desk", "wrong"}  # beside TEST_MODULE

MODULES = ("authz_core", "authz_host", "alias", "deflate", "dir", "mime", "proxy", "proxy_http",
           "status")

BASE = """
ServerRoot "{root}"
ServerName slotwatch.test
DefaultRuntimeDir "{root}/run"
PidFile "{root}/run/httpd.pid"
{identity}
{modules}
ErrorLog "{error_log}"
LogLevel notice slotwatch:info
CustomLog "{root}/access.log" "%h %r %>s"
DocumentRoot "{root}/site"
TypesConfig /dev/null
Timeout 600
KeepAliveTimeout 600
SendBufferSize 32768
ExtendedStatus On
<Location /slotwatch>
  SetHandler slotwatch
</Location>
<Location /server-status>
  SetHandler server-status
</Location>
# Sent by the kernel, a file waits in the listener's queue for its client; compressed, it keeps a
# worker that waits.
Alias /file "{big}"
<Location /file>
  EnableSendfile On
</Location>
AliasMatch "^/packed" "{big}"
<LocationMatch "^/packed">
  SetOutputFilter DEFLATE
</LocationMatch>
"""

# One child serves, two at most may, four slots: two generations find room beside it.
THREADED = {
    "ServerLimit": 4, "ThreadLimit": 8, "ThreadsPerChild": 8, "StartServers": 1,
    "MaxRequestWorkers": 16, "MinSpareThreads": 4, "MaxSpareThreads": 16,
}
PREFORK = {
    "ServerLimit": 8, "StartServers": 2, "MaxRequestWorkers": 6,
    "MinSpareServers": 1, "MaxSpareServers": 4,
}
# The parent reaps once a second: what is stalled for longer is not just waiting for that.
STALL_SECONDS = 2
OURS = {
    "SlotWatchInterval": "100ms", "SlotWatchStall": f"{STALL_SECONDS}s", "SlotWatchGrace": "5min",
    "SlotWatchRecycle": "Off",  # a test that only looks wants no word of what could be done
}


def identity():
    """Directives for the children's user; root must not serve."""
    return "User www-data\nGroup www-data" if os.geteuid() == 0 else ""


def load(name, path):
    return f'LoadModule {name}_module "{path}"'


def path_of(name):
    return (TEST_MODULE.parent if name in TEST_MODULES else HTTPD_MODULES) / f"mod_{name}.so"


def load_lines(mpm, with_test_module, more=()):
    """@param more: names of httpd's modules, or of ours for tests"""
    names = (f"mpm_{mpm}", *MODULES, *more)
    lines = [load(name, path_of(name)) for name in names]
    lines.append(load("slotwatch", MODULE))
    if with_test_module:
        lines.append(load("hang", TEST_MODULE))
    return "\n".join(lines)


def directives(mpm, overrides):
    """The sizes and ours; an override of None leaves a directive out."""
    values = {**(PREFORK if mpm == "prefork" else THREADED), **OURS, **overrides}
    return "\n".join(f"{name} {value}" for name, value in values.items() if value is not None)
