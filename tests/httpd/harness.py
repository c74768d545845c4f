# SPDX-License-Identifier: Apache-2.0
"""A private httpd with our module, from its start to its end."""

import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import requests

import hardening
import httpd_conf
import processes
import sanitizer
from error_log import ErrorLog
from waiting import PATIENCE_SECONDS, wait_for

BINARY = "/usr/sbin/apache2"
WRAP = shlex.split(os.environ.get("SLOTWATCH_WRAP", ""))  # what httpd runs under: valgrind
MARK = "SLOTWATCH_TEST_ROOT"  # in the environment of all that a test starts
RESUMED = r"AH00(489|163|292): .*resuming normal operations"
HTTP_TIMEOUT_SECONDS = 10
YOUNG_SECONDS = 5  # for so long a child is young, see error_log.YOUNG_CRASH


def reserve_port():
    """A socket bound to a port of the kernel's choice, which gives it to nobody else while the
    socket is open; httpd may listen on it all the same, since both reuse addresses."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    return holder


class Server:
    """@param overrides: directives by name; None leaves one out
    @param conf: more lines for the configuration; {root} and {port} are filled in everywhere
    @param modules: names of more modules to load"""

    def __init__(self, big, mpm="event", conf="", test_module=False, listen=True, error_log=None,
                 modules=(), **overrides):
        self.root = Path(tempfile.mkdtemp(prefix="slotwatch-test."))
        self.root.chmod(0o755)  # the children are another user
        for name in ("site", "run"):
            (self.root / name).mkdir()
        (self.root / "site" / "small.txt").write_text("small\n")
        self._port_holder = reserve_port()
        self.port = self._port_holder.getsockname()[1]
        self.log = ErrorLog(Path(error_log or self.root / "error.log"))
        if mpm == "prefork":
            self.log.claim(r"SW106 agents-unsupported reason=mpm-without-threads ")
            self.log.claim("AH00161: server reached")  # its few processes, while they start
            self.log.claim(sanitizer.WITHOUT_THREADS)
        if sanitizer.PRELOAD:
            self.log.claim(sanitizer.SLOW)
        if not hardening.HAS_FILTERS:
            self.log.claim(r"SW412 hardening-incomplete .* filter=\d+$")
        if WRAP:
            self.log.claim(r"SW401 frame-slow ")  # as everything is
        self.parent = None       # pid
        self.process = None      # of the parent, unless it is a daemon
        self.expect_leftover = False
        self._children_seen = set()
        loads = httpd_conf.load_lines(mpm, test_module, modules)
        self._write_conf(big, mpm, conf, loads, listen, overrides)

    def _write_conf(self, big, mpm, conf, loads, listen, overrides):
        text = httpd_conf.BASE.format(
            root=self.root, big=big, error_log=self.log.path, identity=httpd_conf.identity(),
            modules=loads)
        text += f"Listen 127.0.0.1:{self.port}\n" if listen else ""
        more = httpd_conf.directives(mpm, overrides) + "\n" + conf + "\n"
        text += more.replace("{root}", str(self.root)).replace("{port}", str(self.port))
        self.conf = self.root / "httpd.conf"
        self.conf.write_text(text)

    # ---- Its life ----

    def command(self, *arguments):
        return [*WRAP, BINARY, "-d", str(self.root), "-f", str(self.conf), *arguments]

    def environment(self):
        return {**os.environ, MARK: str(self.root), **sanitizer.environment()}

    def run(self, *arguments):
        """httpd run to its end, as for a test of the configuration. @return (exit code, output)"""
        done = subprocess.run(
            self.command(*arguments), env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE_SECONDS)
        return done.returncode, done.stdout.decode(errors="replace")

    def start(self, *arguments, **options):
        """In the foreground as our child; @param arguments: -X for one process
        @param options: of subprocess.Popen, such as user"""
        with open(self.root / "output", "wb") as output:
            self.process = subprocess.Popen(
                self.command(*(arguments or ("-DFOREGROUND",))), env=self.environment(),
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                **options)
        self.parent = self.process.pid
        wait_for(self._answers_or_ended, "httpd to listen")
        assert self.process.poll() is None, "httpd ended:\n" + (self.root / "output").read_text()
        return self

    def start_watched(self):
        self.start()
        self.wait_report(lambda r: r["capacity"]["serving"] > 0, "a child that serves")
        return self

    def start_daemon(self):
        code, output = self.run("-k", "start")
        assert code == 0, output
        pid_file = self.root / "run" / "httpd.pid"
        wait_for(lambda: pid_file.exists() and pid_file.read_text().strip(), "the pid file")
        self.parent = int(pid_file.read_text())
        wait_for(self._answers_or_ended, "httpd to listen")
        return self

    def _answers_or_ended(self):
        if self.has_ended():
            return True
        try:
            socket.create_connection(("127.0.0.1", self.port), 0.5).close()
            return True
        except OSError:
            return False

    def has_ended(self):
        if self.process is not None:
            return self.process.poll() is not None
        return not processes.is_alive(self.parent)

    def rewrite(self, old, new):
        """Changes the configuration, for the next reload."""
        if self.parent:  # it listens before it reads it a second time
            wait_for(lambda: self.log.count(RESUMED), "httpd to run")
        text = self.conf.read_text()
        assert old in text
        self.conf.write_text(text.replace(old, new))

    def signal(self, sig):
        os.kill(self.parent, sig)

    def _signal_and_resume(self, sig):
        # Its sockets listen before it takes signals: one that came in between would end it.
        wait_for(lambda: self.log.count(RESUMED), "httpd to run")
        before = self.log.count(RESUMED)
        self.signal(sig)
        wait_for(lambda: self.log.count(RESUMED) > before, "httpd to resume")

    def reload(self):
        """Gracefully, and until the new configuration is in force."""
        self._signal_and_resume(signal.SIGUSR1)

    def restart(self):
        """Ungracefully: the clients are cut off."""
        self._signal_and_resume(signal.SIGHUP)

    def stop(self):
        self._end_with(signal.SIGTERM)

    def _end_with(self, sig):
        self.log.end_begins({pid for pid in self.all_processes()
                             if processes.age_seconds(pid) >= YOUNG_SECONDS})
        self.signal(sig)
        wait_for(self.has_ended, "httpd to end")

    def kill_parent(self):
        """SIGKILL; the children lose their parent and are ended with the test."""
        self.expect_leftover = True
        self.log.end_begins()
        self.signal(signal.SIGKILL)
        wait_for(self.has_ended, "the parent to be gone")

    # ---- Its processes ----

    def all_processes(self):
        """The watcher's environment is root's to read: others know it as a child of the parent."""
        own = processes.children_of(self.parent) if self.parent is not None else []
        return sorted({*processes.marked(f"{MARK}={self.root}"), *own})

    def watchers(self):
        return [pid for pid in self.all_processes() if processes.name_of(pid) == processes.WATCHER]

    def watcher(self):
        """The pid of the one watcher; waits until a former one has ended."""
        wait_for(lambda: len(self.watchers()) == 1, lambda: f"one watcher, not {self.watchers()}")
        return self.watchers()[0]

    def children(self):
        return [pid for pid in processes.children_of(self.parent)
                if processes.name_of(pid) != processes.WATCHER]

    # ---- What it answers, and what it wrote ----

    def get(self, path="/slotwatch", method="GET", **options):
        with requests.Session() as session:
            session.trust_env = False
            headers = {"Connection": "close", **options.pop("headers", {})}
            return session.request(method, f"http://127.0.0.1:{self.port}{path}", headers=headers,
                                   timeout=options.pop("timeout", HTTP_TIMEOUT_SECONDS), **options)

    def report(self):
        """The JSON, once there is one."""
        def answer():
            try:
                got = self.get("/slotwatch?format=json")
            except requests.RequestException:
                return None
            return got if got.status_code == 200 else None

        return wait_for(answer, "a report").json()

    def wait_report(self, condition, what):
        """The first report for which the condition holds."""
        last = {}

        def look():
            last["report"] = self.report()
            return condition(last["report"])

        wait_for(look, lambda: f"{what}; the last report: {last.get('report')}")
        return last["report"]

    def wait_slot(self, **fields):
        """The first slot, in the first report, whose fields are these."""
        def matches(report):
            return [slot for slot in report["slots"]
                    if all(slot[name] == value for name, value in fields.items())]

        return matches(self.wait_report(matches, f"a slot with {fields}"))[0]

    def writable(self, name):
        """@return a directory below the root in which the children may write"""
        directory = self.root / name
        directory.mkdir(exist_ok=True)
        directory.chmod(0o777)
        return directory

    def access_lines(self, request):
        """Lines of the access log with this request line."""
        text = (self.root / "access.log").read_text(errors="replace")
        return [line for line in text.splitlines() if f" {request} " in f"{line} "]

    # ---- Its end ----

    def end(self):
        """Ends what still runs. @return what the test should have prevented, as sentences"""
        problems = []
        if self.parent is not None and not self.has_ended():
            try:
                self.stop()
            except AssertionError as error:
                problems.append(str(error))
        if not self.expect_leftover:
            problems += self._leftover()
        for pid in self.all_processes():
            processes.kill(pid)
        self._port_holder.close()
        if self.process is not None:
            self.process.wait()
        return problems + [f"unclaimed: {line}" for line in self.log.unclaimed()]

    def _leftover(self):
        try:
            wait_for(lambda: not self.all_processes(), "all processes to be gone")
            return []
        except AssertionError:
            left = [f"{pid} {processes.command_line(pid)}" for pid in self.all_processes()]
            return [f"still running: {left}"]

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)
