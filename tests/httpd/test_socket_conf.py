# SPDX-License-Identifier: Apache-2.0
"""Where the socket is, who may have it, and what configtest says of it."""

import grp
import os
import stat

import pytest

import processes
import socket_client
from harness import reserve_port
from socket_client import ask, get, path_of
from waiting import wait_for

LONGEST = 103
REFUSED = [
    ({"SlotWatchSocket": "/tmp/" + "x" * 99}, ["SlotWatchSocket", "too long", "103 bytes"]),
    ({"SlotWatchSocket": '""'}, ["SlotWatchSocket takes"]),
    ({"SlotWatchSocket": "here no-such-group"}, ["there is no group 'no-such-group'"]),
    ({"SlotWatchSocket": "here root more"}, ["SlotWatchSocket takes"]),
    ({"SlotWatchListen": "localhost:{port}"}, [" is no address", "127.0.0.1:", "[::1]:"]),
    ({"SlotWatchListen": "127.0.0.1"}, ["127.0.0.1 is no address"]),
    ({"SlotWatchListen": "127.0.0.1:0"}, ["is no address"]),
    ({"SlotWatchListen": "127.0.0.2:65536"}, ["is no address"]),
    ({"SlotWatchListen": "127.0.0.256:19117"}, ["is no address"]),
    ({"SlotWatchListen": "::1:19117"}, ["is no address", "[::1]:19117"]),
    ({"SlotWatchListen": ":19117"}, ["is no address"]),
    ({"SlotWatchListen": "unix:/tmp/x"}, ["is no address"]),
]
ACCEPTED = [
    {"SlotWatchSocket": "/tmp/" + "x" * 98},
    {"SlotWatchSocket": "None"},
    {"SlotWatchSocket": "here root"},
    {"SlotWatchListen": "none"},
    {"SlotWatchListen": "[::1]:19117"},
    {"SlotWatchListen": "0.0.0.0:19117"},
]
SERVER_WIDE = ["SlotWatchSocket none", "SlotWatchListen none"]


def describe(value):
    return " ".join(f"{k} {v}"[:50] for k, v in value.items()) if isinstance(value, dict) else ""


@pytest.mark.parametrize(("directives", "needles"), REFUSED, ids=describe)
def test_bad_value_is_refused_with_the_reason(make, directives, needles):
    server = make(**directives)
    code, output = server.run("-t")
    assert code != 0
    for needle in needles:
        assert needle in output
    assert not (server.root / "run" / "here").exists()


@pytest.mark.parametrize("directives", ACCEPTED, ids=describe)
def test_good_value_is_accepted_and_opens_nothing_in_a_test(make, directives):
    server = make(**directives)
    assert server.run("-t") == (0, "Syntax OK\n")
    assert os.listdir(server.root / "run") == []


@pytest.mark.parametrize("line", SERVER_WIDE)
def test_directive_in_a_section_is_refused(make, line):
    code, output = make(conf=f"<VirtualHost *:{{port}}>\n{line}\n</VirtualHost>").run("-t")
    assert code != 0
    assert "not allowed here" in output or "<VirtualHost>" in output


def test_longest_path_is_served(make):
    server = make(SlotWatchSocket="{root}/run/PATH")
    path = f"{server.root}/run/"
    path += "x" * (LONGEST - len(path))
    server.rewrite("{root}/run/PATH".replace("{root}", str(server.root)), path)
    server.start_watched()
    assert ask(path, "/healthz").status == 200


def test_default_that_is_too_long_does_not_keep_httpd_from_starting(make):
    server = make(DefaultRuntimeDir="{root}/" + "x" * 90)
    (server.root / ("x" * 90)).mkdir()
    server.start_watched()
    server.log.expect(r"\[slotwatch:error\].* SW408 socket-unavailable path=.* too long")
    assert server.get("/small.txt").text == "small\n"


def mode_and_group(path):
    found = os.stat(path)
    return stat.S_IMODE(found.st_mode), found.st_gid


def own_group():
    """That which the socket has where nothing is said."""
    return grp.getgrnam("www-data").gr_gid if os.geteuid() == 0 else os.getegid()


def test_default_is_in_the_runtime_dir_for_the_servers_group_alone(serve):
    server = serve()
    path = path_of(server)
    assert stat.S_ISSOCK(os.stat(path).st_mode)
    assert os.stat(path).st_uid == os.geteuid()
    assert mode_and_group(path) == (0o660, own_group())
    assert sorted(os.listdir(server.root / "run")) == ["httpd.pid", "slotwatch.sock"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file to any group")
def test_group_is_the_one_that_is_named(serve):
    server = serve(SlotWatchSocket="slotwatch.sock games")
    path = path_of(server)
    assert mode_and_group(path) == (0o660, grp.getgrnam("games").gr_gid)
    server.rewrite("slotwatch.sock games", "slotwatch.sock mail")
    server.reload()
    wait_for(lambda: mode_and_group(path) == (0o660, grp.getgrnam("mail").gr_gid), "its new group")
    assert socket_client.wait_answer(path).json["server"]["generation"] == 1


def test_relative_path_is_below_the_runtime_dir(serve):
    server = serve(SlotWatchSocket="below/watcher")
    server.log.expect(r"\[slotwatch:error\].* SW408 socket-unavailable path=\S+/run/below/watcher "
                      r"errno=2 the directory does not exist")
    (server.root / "run" / "below").mkdir()
    server.reload()
    socket_client.wait_answer(server.root / "run" / "below" / "watcher")
    assert server.log.count("SW408") == 1


def test_none_opens_nothing(serve):
    server = serve(SlotWatchSocket="none")
    assert os.listdir(server.root / "run") == ["httpd.pid"]
    assert processes.unix_listeners(server.parent) == []
    assert "microhttpd" not in open(f"/proc/{server.watcher()}/maps").read()


def test_changed_path_moves_the_socket_at_a_reload(serve):
    server = serve(SlotWatchSocket="one")
    one, other = server.root / "run" / "one", server.root / "run" / "other"
    assert ask(one, "/healthz").status == 200
    server.rewrite("SlotWatchSocket one", "SlotWatchSocket other")
    server.reload()
    assert socket_client.wait_answer(other).json["server"]["generation"] == 1
    assert not one.exists()
    server.rewrite("SlotWatchSocket other", "SlotWatchSocket none")
    server.reload()
    wait_for(lambda: not other.exists(), "the socket to be gone")
    wait_for(lambda: processes.unix_listeners(server.parent) == [], "no listener to be left")


def test_each_path_that_cannot_be_had_is_told(serve):
    """For the same reason, but it is another path."""
    server = serve(SlotWatchSocket="no/one")
    server.log.expect(r"SW408 .*path=\S+/no/one ")
    server.rewrite("no/one", "no/other")
    server.reload()
    server.log.expect(r"SW408 .*path=\S+/no/other ")


def test_off_has_no_socket_and_takes_it_away(serve, make):
    off = make(SlotWatch="Off").start()
    assert processes.unix_listeners(off.parent) == []
    assert not path_of(off).exists()
    server = serve(SlotWatch="On")
    assert get(server, "/healthz").status == 200
    server.rewrite("SlotWatch On", "SlotWatch Off")
    server.reload()
    wait_for(lambda: not path_of(server).exists(), "the socket to be gone")
    wait_for(lambda: processes.unix_listeners(server.parent) == [], "no listener to be left")
    server.rewrite("SlotWatch Off", "SlotWatch On")
    server.reload()
    socket_client.wait_answer(path_of(server))


def test_listen_comes_moves_and_goes_at_reloads(serve):
    with reserve_port() as first, reserve_port() as second:
        places = [holder.getsockname() for holder in (first, second)]
        server = serve(SlotWatchListen="none")
        names = ["none"] + [f"{host}:{port}" for host, port in places] + ["None"]
        for old, new in zip(names, names[1:]):
            server.rewrite(f"SlotWatchListen {old}", f"SlotWatchListen {new}")
            server.reload()
            for place in places:
                if f"{place[0]}:{place[1]}" == new:
                    socket_client.wait_answer(place)
                else:
                    wait_for(lambda: socket_client.answers(place) is None, "nobody there")


def test_port_that_is_taken_is_told_once_and_tried_at_each_reload(serve):
    with reserve_port() as holder:
        address, port = holder.getsockname()
        holder.listen()
        server = serve(SlotWatchListen=f"{address}:{port}")
        server.log.expect(r"\[slotwatch:error\].* SW409 listen-unavailable address=\S+ errno=98 ")
        server.reload()
        server.wait_report(lambda r: r["server"]["generation"] == 1, "the generation")
        assert get(server, "/healthz").status == 200
    server.reload()
    socket_client.wait_answer((address, port))
    assert server.log.count("SW409") == 1


def test_port_changes_its_address_while_a_client_of_the_old_one_stays(serve):
    """The former watcher ends a little later for it."""
    with socket_client.port() as (address, port):
        server = serve(SlotWatchListen=f"{address}:{port}")
        with socket_client.connect((address, port)):
            server.rewrite(f"SlotWatchListen {address}:", "SlotWatchListen 0.0.0.0:")
            server.reload()
            socket_client.wait_answer((address, port), "/healthz")
