# SPDX-License-Identifier: Apache-2.0
"""A private httpd on a free loopback port, in a directory of its own. The bench uses it too."""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1  # prctl(2)

BASE = """
ServerRoot "{root}"
ServerName demo.example
DefaultRuntimeDir "{root}/run"
PidFile "{root}/run/httpd.pid"
Listen 127.0.0.1:{port}
{identity}
{modules}
ErrorLog "{root}/error.log"
ErrorLogFormat "[%{{u}}t] [%-m:%l] [pid %P] %M"
DocumentRoot "{root}/site"
"""
BASE_MODULES = ("mpm_event", "unixd", "authz_core")


class CannotStart(Exception):
    """httpd, its modules or ours are missing or refuse to start; the text says which."""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def find_binary():
    for name in ("apache2", "httpd"):
        found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
        if found:
            return found
    raise CannotStart("there is no apache2 or httpd in PATH: apt-get install apache2-bin")


def modules_directory():
    for apxs in ("apxs2", "apxs"):
        if shutil.which(apxs):
            done = subprocess.run([apxs, "-q", "LIBEXECDIR"], capture_output=True, text=True)
            if done.returncode == 0:
                return Path(done.stdout.strip())
    return Path("/usr/lib/apache2/modules")


def identity():
    """Directives for the children's user: root must not serve, anybody else stays who they are."""
    if os.geteuid() != 0:
        return ""
    for user in ("www-data", "apache", "nobody"):
        try:
            entry = pwd.getpwnam(user)
        except KeyError:
            continue
        return f"User {user}\nGroup #{entry.pw_gid}"
    raise CannotStart("no user www-data, apache or nobody for the children")


def load_lines(names, module):
    """LoadModule for those that are not built in, and for the module of ours if there is one."""
    directory = modules_directory()
    paths = {name: directory / f"mod_{name}.so" for name in names}
    lines = [f'LoadModule {name}_module "{path}"' for name, path in paths.items() if path.exists()]
    if module is not None:
        if not Path(module).exists():
            raise CannotStart(f"{module} is not there: run make first")
        lines.append(f'LoadModule slotwatch_module "{Path(module).resolve()}"')
    return "\n".join(lines)


def end_with_parent():
    """Should the caller be killed outright, its httpd ends all the same."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Httpd:
    def __init__(self, config, modules=(), module=None, prefix="slotwatch-bench."):
        lines = load_lines(BASE_MODULES + tuple(modules), module)
        self.binary = find_binary()
        self.port = free_port()
        self.process = None
        self.root = Path(tempfile.mkdtemp(prefix=prefix))
        self.root.chmod(0o755)  # the children are another user
        self.site = self.root / "site"
        for directory in (self.site, self.root / "run"):
            directory.mkdir()
        self.config = self.root / "httpd.conf"
        self.error_log = self.root / "error.log"
        self.config.write_text(BASE.format(
            root=self.root, port=self.port, identity=identity(), modules=lines) + config)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def start(self, wrapper=(), patience_seconds=10):
        """@param wrapper: a command to run it under, such as valgrind and its options"""
        command = [*wrapper, self.binary, "-d", str(self.root), "-f", str(self.config),
                   "-DFOREGROUND"]
        with open(self.root / "output", "w") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, preexec_fn=end_with_parent)
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise CannotStart("httpd ended at once:\n" + self.complaints())
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return self
            except OSError:
                time.sleep(0.02)
        raise CannotStart("httpd does not listen:\n" + self.complaints())

    def complaints(self):
        texts = [path.read_text(errors="replace").strip()
                 for path in (self.root / "output", self.error_log) if path.exists()]
        return "\n".join(text for text in texts if text) or "(it said nothing)"

    def reload(self):
        self.process.send_signal(signal.SIGUSR1)

    def children(self):
        pid = self.process.pid
        try:
            return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            return []

    def stop(self, patience_seconds=3):
        """Ends httpd and removes its directory. What does not end by itself is killed, by pid."""
        self.end(patience_seconds)
        shutil.rmtree(self.root, ignore_errors=True)

    def end(self, patience_seconds=3):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            for pid in self.children():
                kill(pid)
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
