# SPDX-License-Identifier: Apache-2.0
"""Who may do what at the socket: told by the kernel, not by the client."""

import grp
import os
import pwd
import subprocess
import sys

import pytest

import clients
from recycling import line
from socket_client import get, path_of
from waiting import PATIENCE_SECONDS, wait_for

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other users")

SERVERS = "www-data"  # User and Group of the server
STRANGER = "games"
# Sends argv[2] to the socket argv[1], and prints all that comes, or the error's name.
CLIENT = """
import errno, socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.settimeout(20)
    try:
        connection.connect(sys.argv[1])
        connection.sendall(sys.argv[2].encode() + b" HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
        while part := connection.recv(65536):
            sys.stdout.buffer.write(part)
    except OSError as error:
        print(errno.errorcode.get(error.errno, error))
"""


def ask_as(server, user, groups, request):
    """@return (status or the error's name, the client's pid)"""
    client = subprocess.Popen(
        [sys.executable, "-I", "-c", CLIENT, path_of(server), request], cwd="/", user=user,
        group=pwd.getpwnam(user).pw_gid, extra_groups=groups, stdout=subprocess.PIPE)
    output = client.communicate(timeout=PATIENCE_SECONDS)[0].decode()
    return (output.split()[1] if output.startswith("HTTP/1.1 ") else output.strip()), client.pid


def draining_slot(server):
    return wait_for(lambda: [s for s in get(server, "/status?format=json").json["slots"]
                             if s["state"] == "draining"], "a slot that drains")[0]


@pytest.mark.parametrize("user", ["root", SERVERS])
def test_root_and_the_servers_user_may_recycle(serve, user):
    server = serve(SlotWatchRecycle="On")
    uid = pwd.getpwnam(user).pw_uid
    with clients.slow_download(server) as client:
        server.reload()
        slot = draining_slot(server)
        recycle = f"POST /recycle?slot={slot['slot']}&pid={slot['pid']}"
        status, pid = ask_as(server, user, [], recycle)
        assert status == "202"
        server.log.expect(
            line(313, slot=slot["slot"], pid=slot["pid"], by_uid=uid, by_pid=pid))
        client.expect_cut()
        server.log.expect(line(303, pid=slot["pid"]))
    server.log.claim(r"SW(20[02]|30[125]) ")


def test_group_may_look_and_not_recycle(serve):
    server = serve(SlotWatchRecycle="On")
    groups = [grp.getgrnam(SERVERS).gr_gid]
    uid = pwd.getpwnam(STRANGER).pw_uid
    with clients.slow_download(server) as client:
        server.reload()
        slot = draining_slot(server)
        for target in ("/status?format=json", "/events", "/healthz"):
            assert ask_as(server, STRANGER, groups, f"GET {target}")[0] == "200"
        recycle = f"POST /recycle?slot={slot['slot']}&pid={slot['pid']}"
        status, pid = ask_as(server, STRANGER, groups, recycle)
        assert status == "403"
        server.log.expect(r"\[slotwatch:warn\].* SW314 recycle-refused "
                          rf"by_uid={uid} by_pid={pid} omitted=0")
        assert not server.log.lines(r"SW(313|301) ")
        assert draining_slot(server)["pid"] == slot["pid"]
        client.close()
    server.log.claim(r"SW20[02] ")


def test_wrong_request_of_who_may_not_recycle_is_refused_as_such(serve):
    """What he could learn from a 400, a 404 or a 409 is not for him."""
    server = serve(SlotWatchRecycle="On")
    groups = [grp.getgrnam(SERVERS).gr_gid]
    for query in ("", "?slot=99", "?slot=0"):
        assert ask_as(server, STRANGER, groups, f"POST /recycle{query}")[0] == "403"
    server.log.claim("SW314 ")


def test_who_is_not_in_the_group_cannot_connect(serve):
    server = serve()
    assert ask_as(server, STRANGER, [], "GET /healthz")[0] == "EACCES"
    assert ask_as(server, SERVERS, [], "GET /healthz")[0] == "200"


def test_named_group_takes_the_place_of_the_servers(serve):
    server = serve(SlotWatchSocket="slotwatch.sock mail")
    mail = grp.getgrnam("mail").gr_gid
    assert ask_as(server, STRANGER, [mail], "GET /healthz")[0] == "200"
    assert ask_as(server, STRANGER, [grp.getgrnam(SERVERS).gr_gid], "GET /healthz")[0] == "EACCES"
