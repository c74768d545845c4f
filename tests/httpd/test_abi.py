# SPDX-License-Identifier: Apache-2.0
"""A build whose scoreboard is not that of the running httpd is refused."""

import shlex
import subprocess

import pytest

import clients
import httpd_conf
import processes

FLAGS = "-std=gnu11 -O1 -fPIC -fvisibility=hidden -D_GNU_SOURCE -Isrc".split()


def apxs(name):
    done = subprocess.run(["apxs2", "-q", name], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def rebuilt(tmp_path):
    """Our module, but with a number of abi.c's changed: rebuilt("SW_MMN_..."=9999)."""
    if httpd_conf.IS_INSTRUMENTED:
        pytest.skip("only of the module in build/")
    includes = [f"-I{apxs(name)}" for name in ("INCLUDEDIR", "APR_INCLUDEDIR", "APU_INCLUDEDIR")]
    abi, module = tmp_path / "abi.o", tmp_path / "mod_slotwatch.so"
    run = {"check": True, "cwd": httpd_conf.REPOSITORY}

    def build(number):
        subprocess.run(["gcc", *FLAGS, *shlex.split(apxs("EXTRA_CPPFLAGS")), *includes,
                        f"-D{number}=9999", "-c", "-o", abi, "src/httpd/abi.c"], **run)
        objects = [httpd_conf.BUILD / "mod_slotwatch.o"]
        for part in ("core", "render", "httpd", "os"):
            objects += [path for path in (httpd_conf.BUILD / "src" / part).glob("*.o")
                        if path.name != "abi.o"]
        subprocess.run(["gcc", "-shared", "-Wl,--version-script=src/exports.map", "-o", module,
                        abi, *objects], **run)
        (tmp_path / "slotwatch_http.so").symlink_to(httpd_conf.BUILD / "slotwatch_http.so")
        return module

    return build


def test_abi_that_does_not_fit_is_refused(make, rebuilt):
    server = make()
    server.rewrite(str(httpd_conf.MODULE), str(rebuilt("SW_MMN_MINOR_NEEDED")))
    for arguments in (["-t"], ["-DFOREGROUND"]):
        code, output = server.run(*arguments)
        assert code != 0
        assert "SW111 abi-mismatch running=20120211." in output
        assert "needs=20120211.9999" in output
    assert not server.all_processes()


def test_httpd_without_child_stopping_has_no_agents_and_is_told_so_once(make, rebuilt):
    server = make(SlotWatchStall=0, SlotWatchSocket="none")  # it stands alone in its folder
    server.rewrite(str(httpd_conf.MODULE), str(rebuilt("SW_MMN_MINOR_CHILD_STOPPING")))
    server.start_watched()
    server.log.expect(r"\[slotwatch:notice\].* SW106 agents-unsupported "
                      "reason=httpd-older-than-2.4.49 ")
    with clients.slow_download(server):
        server.reload()
        slot = server.wait_slot(state="draining")
        assert slot["judged_by"] == "scoreboard"
        assert (slot["sockets"], slot["threads"], slot["clients"]) == ([], [], None)
        assert "slotwatch-agent" not in processes.thread_names(slot["pid"])
        assert server.report()["watcher"]["judged_by"] == "scoreboard"
    assert server.log.count("SW106") == 1
