# SPDX-License-Identifier: Apache-2.0
"""SlotWatchPrompt and the other things that have to do with the parent's children."""


import resource

import pytest

import clients
import httpd_conf
import processes
from sanitizer import unless_loaded
from waiting import wait_for

OTHER_MODULE = httpd_conf.load("sigchld", httpd_conf.BUILD / "tests" / "mod_sigchld.so") + "\n"
FORKS_MOST = 64  # prompt.c's FORKS_AT_LEAST
CGI_REQUESTS = 10


def zombies(server):
    """Ended children of the server's processes that nobody has reaped."""
    own = {str(pid) for pid in server.all_processes()}
    fields = ((pid, processes.stat_fields(pid)) for pid in processes.all_pids())
    return [pid for pid, stat in fields if stat and stat[0] == "Z" and stat[1] in own]


# ---- CGI ----

def cgi_conf(module):
    conf = httpd_conf.load(module, httpd_conf.HTTPD_MODULES / f"mod_{module}.so") + "\n"
    if module == "cgid":
        conf += "ScriptSock {root}/run/cgisock\n"
    return conf + 'ScriptAlias /cgi/ {root}/cgi/\n'


def serve_cgi(make, module, **options):
    server = make(conf=cgi_conf(module), ServerLimit=16, **options)
    script = server.root / "cgi" / "signals"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho 'Content-Type: text/plain'\necho\n"
                      "/bin/true\nexec grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status\n")
    script.chmod(0o755)
    return server.start_watched()


def signals_of_script(server):
    response = server.get("/cgi/signals")
    assert response.status_code == 200
    return response.text


@pytest.mark.parametrize("module, mpm", (("cgid", "event"), ("cgi", "event"), ("cgi", "prefork")))
def test_script_runs_as_without_it(make, module, mpm):
    seen = {}
    for prompt in ("Off", "On"):
        server = serve_cgi(make, module, mpm=mpm, SlotWatchPrompt=prompt)
        server.log.claim(r"SW20[02] ")  # httpd may linger for as long as Stall is here
        seen[prompt] = []
        for _ in range(3):
            seen[prompt] += [signals_of_script(server) for _ in range(CGI_REQUESTS)]
            server.reload()
        wait_for(lambda: not zombies(server), lambda: f"no zombies, not {zombies(server)}")
        server.stop()
    assert seen["On"] == seen["Off"]


def cgi_daemon(server):
    """It waits at its socket, and is the only child that listens at no port."""
    found = [pid for pid in server.children()
             if not processes.listening_sockets(pid) and processes.is_alive(pid)]
    return found[0] if len(found) == 1 else None


def test_cgi_daemon_is_restarted_as_ever(make):
    seen = {}
    for prompt in ("Off", "On"):
        server = serve_cgi(make, "cgid", SlotWatchPrompt=prompt)
        server.log.claim(r"AH01239: cgid daemon process died, restarting")
        server.log.claim(r"AH0(1252|2454|1257|1261|2833)")  # requests while it is away
        seen[prompt] = []
        for _ in range(3):
            daemon = wait_for(lambda: cgi_daemon(server), "the daemon")
            processes.kill(daemon)
            wait_for(lambda: cgi_daemon(server) not in (None, daemon), "its successor")
            wait_for(lambda: server.get("/cgi/signals").status_code == 200, "its work")
            seen[prompt] += [processes.signals(cgi_daemon(server)), signals_of_script(server)]
        server.stop()
    assert seen["On"] == seen["Off"]


# ---- Piped logs ----

@pytest.mark.parametrize("prompt", ("On", "Off"))
def test_piped_log_is_written_and_restarted(make, prompt):
    server = make(conf='CustomLog "|{root}/logger" "%U"\n', SlotWatchPrompt=prompt)
    logger, piped = server.root / "logger", server.root / "piped.log"
    logger.write_text(f"#!/bin/sh\necho $$ >>{server.root}/loggers\nexec cat >>{piped}\n")
    logger.chmod(0o755)
    server.start_watched()
    server.log.claim(r"AH00106: piped log program .* failed unexpectedly")
    server.log.claim(r"AH00488: long lost child came home")  # at a reload, with Off as well

    def pids():
        return [int(pid) for pid in (server.root / "loggers").read_text().split()]

    for number in range(3):
        running = pids()[-1]
        # Until the shell has become cat, it catches SIGCHLD itself.
        wait_for(lambda: not processes.catches_sigchld(running), "the program to catch no SIGCHLD")
        server.get(f"/round-{number}")
        wait_for(lambda: f"/round-{number}\n" in piped.read_text(), "the line of the log")
        processes.kill(running)
        wait_for(lambda: pids()[-1] != running, "another one")
    server.reload()
    server.get("/after")
    wait_for(lambda: "/after\n" in piped.read_text(), "the line of the log")


# ---- Another module's handler ----

def test_handler_of_another_module_is_left_alone(make):
    server = make(conf=OTHER_MODULE + "TestSigchld On\n", SlotWatchPrompt="On").start_watched()
    server.log.claim(r"test-sigchld: a child has ended")
    for _ in range(2):
        server.log.expect(r"\[slotwatch:warn\].* SW113 prompt-not-used reason=handler ")
        told = server.log.count("test-sigchld")
        processes.kill(wait_for(server.children, "a child")[0])
        wait_for(lambda: server.log.count("test-sigchld") > told, "the other's handler to work")
        server.reload()
    server.log.expect(r"SW113 ")
    assert processes.catches_sigchld(server.parent)
    server.rewrite("TestSigchld On", "TestSigchld Off")
    server.reload()
    wait_for(lambda: processes.catches_sigchld(server.parent), "ours in its place")
    assert server.log.count(r"SW113 ") == 3


# ---- A kernel that has no timer left ----

def test_parent_without_a_timer_goes_on_at_its_own_pace(make):
    server = make(SlotWatchPrompt="On")
    server.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_SIGPENDING, (0, 0)))
    for _ in range(2):
        server.log.expect(r"\[slotwatch:warn\].* SW113 prompt-not-used reason=timer errno=11$")
        assert not processes.catches_sigchld(server.parent)
        server.reload()
        assert server.get("/small.txt").status_code == 200
    server.log.expect(r"SW113 ")


# ---- Children that end as they begin ----

@unless_loaded("forks too slowly to fork without end")
def test_children_that_fault_at_once_are_not_forked_without_end(make):
    server = make(conf=OTHER_MODULE + "TestDieFile {root}/die\n", SlotWatchPrompt="On",
                  SlotWatchStall="0", SlotWatchGrace="0").start_watched()
    died = r"AH0005[12]: child pid \d+ exit signal Segmentation fault"
    server.log.claim(died)
    server.log.claim(r"AH10392: children are killed successively|SW2\d\d ")
    (server.root / "die").touch()
    for child in server.children():
        processes.kill(child)
    server.log.expect(rf"SW113 prompt-not-used reason=forks forks={FORKS_MOST + 1} seconds=\d+ ")
    assert not processes.catches_sigchld(server.parent)
    at_pause = server.log.count(died)
    (server.root / "die").unlink()
    wait_for(lambda: server.get("/small.txt").status_code == 200, "the server to serve")
    assert at_pause <= 2 * FORKS_MOST
    with clients.kept_alive(server):
        server.reload()
    wait_for(lambda: processes.catches_sigchld(server.parent), "the next generation to be prompt")
    assert server.log.count(r"SW113 ") == 1
