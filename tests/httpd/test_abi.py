# SPDX-License-Identifier: Apache-2.0
"""A build whose scoreboard is not that of the running httpd is refused."""

import os
import shlex
import subprocess

import pytest

import httpd_conf

FLAGS = "-std=gnu11 -O1 -fPIC -fvisibility=hidden -D_GNU_SOURCE -Isrc".split()


def apxs(name):
    done = subprocess.run(["apxs2", "-q", name], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def demanding_module(tmp_path):
    """Our module, but for one that needs an httpd of the future."""
    if "SLOTWATCH_MODULE" in os.environ:
        pytest.skip("only of the module in build/")
    includes = [f"-I{apxs(name)}" for name in ("INCLUDEDIR", "APR_INCLUDEDIR", "APU_INCLUDEDIR")]
    abi, module = tmp_path / "abi.o", tmp_path / "mod_slotwatch.so"
    run = {"check": True, "cwd": httpd_conf.REPOSITORY}
    subprocess.run(["gcc", *FLAGS, *shlex.split(apxs("EXTRA_CPPFLAGS")), *includes,
                    "-DSW_MMN_MINOR_NEEDED=9999", "-c", "-o", abi, "src/httpd/abi.c"], **run)
    build = httpd_conf.BUILD
    objects = [build / "mod_slotwatch.o"]
    for part in ("core", "render", "httpd", "os"):
        objects += [path for path in (build / "src" / part).glob("*.o") if path.name != "abi.o"]
    subprocess.run(["gcc", "-shared", "-Wl,--version-script=src/exports.map", "-o", module, abi,
                    *objects], **run)
    return module


def test_abi_that_does_not_fit_is_refused(make, demanding_module):
    server = make()
    text = server.conf.read_text().replace(str(httpd_conf.MODULE), str(demanding_module))
    server.conf.write_text(text)
    for arguments in (["-t"], ["-DFOREGROUND"]):
        code, output = server.run(*arguments)
        assert code != 0
        assert "SW111 abi-mismatch running=20120211." in output
        assert "needs=20120211.9999" in output
    assert not server.all_processes()
