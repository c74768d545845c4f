# SPDX-License-Identifier: Apache-2.0
"""What stands at the socket's place already, who else wants it, and a server that cannot answer."""

import os
import shutil
import socket
import stat
import subprocess

import pytest

import httpd_conf
import processes
import socket_client
from socket_client import get, path_of
from waiting import PATIENCE_SECONDS, wait_for

SERVERS = "www-data"


def not_as_root(server):
    """Start options: as the user of the children, to whom all is given."""
    for name in (httpd_conf.MODULE.name, "slotwatch_http.so"):  # our own folder may be closed to it
        shutil.copy(httpd_conf.MODULE.with_name(name), server.root)
    server.rewrite(str(httpd_conf.MODULE), str(server.root / httpd_conf.MODULE.name))
    for path in (server.root, *server.root.rglob("*")):
        shutil.chown(path, SERVERS, SERVERS)
    return {"user": SERVERS, "group": SERVERS, "extra_groups": []}


def test_parent_killed_as_root_leaves_a_file_that_refuses(serve, make):
    """The watcher is not root any more: it cannot remove what stands in root's directory."""
    if os.geteuid() != 0:
        pytest.skip("only root is another user than its watcher")
    server = serve()
    server.kill_parent()
    wait_for(lambda: not server.watchers(), "the watcher to end")
    assert path_of(server).exists()
    with pytest.raises(ConnectionRefusedError):
        get(server, "/healthz")
    next_one = make(SlotWatchSocket=f'"{path_of(server)}"').start_watched()
    assert get(server, "/status?format=json").json["watcher"]["pid"] == next_one.watcher()


def test_parent_killed_not_as_root_leaves_no_file(make):
    server = make(SlotWatchSocket="slotwatch.sock")
    options = not_as_root(server) if os.geteuid() == 0 else {}
    server.start(**options)
    socket_client.wait_answer(path_of(server))
    assert os.stat(path_of(server)).st_uid == processes.user_of(server.parent) != 0
    server.kill_parent()
    wait_for(lambda: not server.watchers(), "the watcher to end")
    assert not path_of(server).exists()


def test_killed_parents_daemons_do_not_keep_the_socket_open(serve):
    """Another module's process that was forked at a reload lives on, and does not answer."""
    server = serve(modules=("cgid",))
    server.reload()
    server.wait_report(lambda r: r["server"]["generation"] == 1, "the generation")
    server.kill_parent()
    wait_for(lambda: not server.watchers(), "the watcher to end")
    assert socket_client.answers(path_of(server)) is None


def test_stale_file_is_replaced(make):
    server = make()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path_of(server)))
        left.listen()
    before = os.stat(path_of(server)).st_ino
    server.start_watched()
    assert get(server, "/healthz").status == 200
    assert os.stat(path_of(server)).st_ino != before


@pytest.mark.parametrize("what", ["file", "directory", "link"])
def test_what_is_no_socket_is_left_alone(make, what):
    server = make()
    path = path_of(server)
    target = server.root / "kept"
    target.write_text("kept\n")
    if what == "file":
        path.write_text("kept\n")
    elif what == "directory":
        path.mkdir()
    else:
        path.symlink_to(target)
    before = os.lstat(path)
    server.start_watched()
    server.log.expect(r"\[slotwatch:error\].* SW408 socket-unavailable path=\S+slotwatch.sock "
                      r"errno=17 there is something else than a socket")
    server.log.claim(r"AH03092: process_lingering_close")  # httpd's own haste
    server.stop()
    after = os.lstat(path)
    assert (after.st_ino, after.st_mtime) == (before.st_ino, before.st_mtime)
    assert target.read_text() == "kept\n"
    assert what != "file" or path.read_text() == "kept\n"


def test_two_servers_have_two_sockets(serve):
    one, other = serve(), serve()
    for server in (one, other):
        report = get(server, "/status?format=json").json
        assert report["watcher"]["pid"] == server.watcher()
    one.stop()
    assert not path_of(one).exists()
    assert get(other, "/healthz").status == 200


def test_second_server_at_the_same_path_goes_without(serve):
    one = serve()
    other = serve(SlotWatchSocket=f'"{path_of(one)}"')
    other.log.expect(r"\[slotwatch:error\].* SW408 socket-unavailable path=\S+ errno=98 "
                     r"another server listens there")
    assert get(one, "/status?format=json").json["watcher"]["pid"] == one.watcher()
    assert other.report()["watcher"]["pid"] == other.watcher()
    other.reload()
    other.wait_report(lambda r: r["server"]["generation"] == 1, "the generation")
    assert other.log.count("SW408") == 1
    other.stop()
    assert get(one, "/healthz").status == 200, "the second took the file along"


def test_file_that_was_removed_or_replaced_is_made_anew_at_a_reload(serve):
    server = serve()
    path_of(server).unlink()
    server.reload()
    socket_client.wait_answer(path_of(server))
    assert stat.S_IMODE(os.stat(path_of(server)).st_mode) == 0o660


def module_alone(directory):
    """A copy of our module, with nothing beside it."""
    directory.chmod(0o755)
    return shutil.copy(httpd_conf.MODULE, directory)


def test_http_that_is_not_installed_is_told_and_the_watcher_runs(make, tmp_path):
    server = make()
    server.rewrite(str(httpd_conf.MODULE), str(module_alone(tmp_path)))
    server.start_watched()
    server.log.expect(r"\[slotwatch:warn\].* SW410 http-unavailable reason=\S+slotwatch_http.so: ")
    frames = server.report()["counters"]["frames"]
    server.wait_report(lambda r: r["counters"]["frames"] > frames + 2, "frames")
    with socket.socket(socket.AF_UNIX) as client:  # and nobody waits in vain
        client.settimeout(PATIENCE_SECONDS)
        client.connect(str(path_of(server)))
        assert client.recv(1) == b""


def test_http_that_is_missing_is_not_missed_where_none_is_wanted(make, tmp_path):
    server = make(SlotWatchSocket="none")
    server.rewrite(str(httpd_conf.MODULE), str(module_alone(tmp_path)))
    server.start_watched()
    assert not server.log.lines("SW4")


def test_http_of_another_build_is_told_and_not_used(make, tmp_path):
    if httpd_conf.IS_INSTRUMENTED:
        pytest.skip("only of the module in build/")
    server = make()
    module = module_alone(tmp_path)
    subprocess.run(
        ["gcc", "-std=gnu11", "-O1", "-fPIC", "-fvisibility=hidden", "-D_GNU_SOURCE", "-Isrc",
         "-DSW_HTTP_ABI=99", "-shared", "-o", tmp_path / "slotwatch_http.so", "src/http/http.c",
         "src/http/spare.c", "-lmicrohttpd"], check=True, cwd=httpd_conf.REPOSITORY)
    server.rewrite(str(httpd_conf.MODULE), str(module))
    server.start_watched()
    server.log.expect(r"\[slotwatch:warn\].* SW410 http-unavailable abi=99 expected=\d+ ")
    assert not server.log.lines("SW102")
