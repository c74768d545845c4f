# SPDX-License-Identifier: Apache-2.0
"""What the watcher answers on its socket, and on its TCP port."""

import json
import re
import socket
import subprocess

import pytest

import clients
import socket_client
from harness import reserve_port
from socket_client import ask, get, path_of
from waiting import wait_for

TYPES = {"html": "text/html", "json": "application/json", "text": "text/plain",
         "health": "text/plain"}
READ = ["/status", "/events", "/healthz"]
OTHERS = ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"]
WRONG = [
    ("GET", "/status?format=xml", 400, "it takes one of html, json, "),
    ("GET", "/events?format=html", 400, "json or text"),
    ("GET", "/events?since=yesterday", 400, "since takes an instant"),
    ("GET", "/events?until=1", 400, "since and format"),
    ("GET", "/", 404, "/status, /events, /healthz and /recycle"),
    ("GET", "/status/", 404, "/status"),
    ("GET", "/status%3Fformat=json", 404, "/status"),
    ("POST", "/recycle", 400, "slot is missing"),
    ("POST", "/recycle?slot=one", 400, "slot takes a number"),
    ("POST", "/recycle?slot=-1", 400, "slot takes a number"),
    ("POST", "/recycle?slot=0&pid=", 400, "pid takes a number"),
    ("POST", "/recycle?slot=0&force=1", 400, "slot and pid"),
    ("POST", "/recycle?slot=99999999999", 400, "slot takes a number"),
]


def expect_plain_error(answer, status):
    assert answer.status == status
    assert answer.headers["Content-Type"].split(";")[0] == "text/plain"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Vary"] == "Accept"
    assert answer.headers["Connection"] == "close"


@pytest.mark.parametrize("name", TYPES)
def test_status_has_the_formats_of_the_page(shared, name):
    answer = get(shared, f"/status?format={name}")
    assert answer.status == 200
    assert answer.headers["Content-Type"].split(";")[0] == TYPES[name]
    assert int(answer.headers["Content-Length"]) == len(answer.body) > 0
    page = shared.get(f"/slotwatch?format={name}")
    assert page.text.splitlines()[0][:20] == answer.text.splitlines()[0][:20]


def test_status_is_chosen_by_accept_and_auto(shared):
    assert get(shared, "/status").headers["Content-Type"].startswith("text/html")
    got = get(shared, "/status", headers={"Accept": "application/json"})
    assert got.json["schema"] == 1
    assert get(shared, "/status?auto").headers["Content-Type"].startswith("text/plain")
    got = get(shared, "/status?format=text", headers={"Accept": "application/json"})
    assert got.headers["Content-Type"].startswith("text/plain")


def test_status_is_the_watchers_own_report(shared):
    report = get(shared, "/status?format=json").json
    assert report["watcher"]["pid"] == shared.watcher()
    assert not report["watcher"]["stale"]
    assert len(report["slots"]) == report["capacity"]["slots"] == 4
    frames = report["counters"]["frames"]
    wait_for(lambda: get(shared, "/status?format=json").json["counters"]["frames"] > frames + 2,
             "reports to follow")


@pytest.mark.parametrize("target", READ)
def test_answer_is_not_stored_and_closes(shared, target):
    with socket_client.connect(path_of(shared)) as connection:
        connection.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % target.encode())
        head, _, body = socket_client.read_all(connection).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    assert {"Cache-Control: no-store", "Connection: close",
            "X-Content-Type-Options: nosniff"} <= set(lines)
    assert any(line.startswith("Content-Security-Policy: default-src 'none';") for line in lines)
    assert f"Content-Length: {len(body)}" in lines


@pytest.mark.parametrize("target", [*READ, "/nothing"])
def test_head_answers_without_the_body(shared, target):
    with socket_client.connect(path_of(shared)) as connection:
        connection.sendall(b"HEAD %s HTTP/1.1\r\nHost: x\r\n\r\n" % target.encode())
        head, _, body = socket_client.read_all(connection).partition(b"\r\n\r\n")
    assert body == b""
    got = get(shared, target)
    assert head.split()[1] == str(got.status).encode()
    assert f"Content-Type: {got.headers['Content-Type']}" in head.decode().split("\r\n")


@pytest.mark.parametrize("method", OTHERS)
@pytest.mark.parametrize("target", READ)
def test_other_method_is_refused_with_those_that_are(shared, method, target):
    answer = get(shared, target, method=method)
    expect_plain_error(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_recycle_takes_post_alone(shared, method):
    answer = get(shared, "/recycle?slot=0", method=method)
    expect_plain_error(answer, 405)
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(("method", "target", "status", "needle"), WRONG)
def test_wrong_request_is_told_why(shared, method, target, status, needle):
    answer = get(shared, target, method=method)
    expect_plain_error(answer, status)
    assert needle in answer.text
    assert answer.text.count("\n") == 1


@pytest.mark.parametrize(("version", "answers"), [
    (b"1.0", b"200"), (b"1.1", b"200|400")])  # libmicrohttpd 1.0 wants a Host there, as RFC 9112
def test_request_without_a_host_is_answered(shared, version, answers):
    with socket_client.connect(path_of(shared)) as connection:
        connection.sendall(b"GET /healthz HTTP/" + version + b"\r\n\r\n")
        answer = socket_client.read_all(connection)
    assert re.match(b"HTTP/1.1 (?:" + answers + b") ", answer)


def test_client_that_closes_its_half_is_answered(shared):
    """As those do who pipe a request into nc -N or socat."""
    for _ in range(20):
        with socket_client.connect(path_of(shared)) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            assert socket_client.read_all(connection).startswith(b"HTTP/1.1 200 ")


def test_body_of_a_request_is_not_waited_for(shared):
    with socket_client.connect(path_of(shared)) as connection:
        connection.sendall(b"POST /recycle HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        assert socket_client.read_all(connection).startswith(b"HTTP/1.1 400 ")


def test_curl_is_a_client(shared):
    done = subprocess.run(
        ["curl", "-sS", "--max-time", "10", "--unix-socket", path_of(shared),
         "http://localhost/status?format=json"], check=True, capture_output=True)
    assert json.loads(done.stdout)["watcher"]["pid"] == shared.watcher()


def events(server, query=""):
    answer = get(server, f"/events{query}")
    assert answer.status == 200
    return answer.json


def test_events_tell_each_change_once(serve):
    server = serve()
    quiet = events(server)
    assert (quiet["schema"], quiet["incidents"]) == (1, [])
    with clients.slow_download(server) as client:
        server.reload()
        told = server.log.expect(r"SW200 stuck incident=(\w{16}) ")[1]
        opened = wait_for(lambda: got if (got := events(server, f"?since={quiet['time']}"))
                          ["incidents"] else None, "the incident")
        [incident] = opened["incidents"]
        assert (incident["incident"], incident["closed"]) == (told, None)
        assert incident in events(server)["incidents"]
        assert events(server, f"?since={opened['time']}")["incidents"] == []
        client.close()
        server.log.expect(rf"SW202 cleared incident={told} ")
    closed = wait_for(lambda: got if (got := events(server, f"?since={opened['time']}"))
                      ["incidents"] else None, "its end")
    [incident] = closed["incidents"]
    assert incident["incident"] == told
    assert incident["closed"] > opened["time"]
    assert events(server, f"?since={closed['time']}")["incidents"] == []
    assert len(events(server, "?since=1500000000")["incidents"]) == 1
    text = get(server, "/events?format=text")
    assert text.headers["Content-Type"].startswith("text/plain")
    assert told in text.text


@pytest.fixture(scope="module")
def port():
    """Of the kernel's choice, and nobody else's for as long as it is held."""
    with reserve_port() as holder:
        yield holder.getsockname()[1]


def test_tcp_port_reads_and_refuses_to_recycle(serve, port):
    server = serve(SlotWatchListen=f"127.0.0.1:{port}", SlotWatchRecycle="On")
    place = ("127.0.0.1", port)
    for target in READ:
        answer = ask(place, target)
        assert answer.status == 200
        assert answer.headers["Connection"] == "close"
    assert ask(place, "/status?format=json").json["watcher"]["pid"] == server.watcher()
    answer = ask(place, "/recycle?slot=0", method="POST")
    expect_plain_error(answer, 403)
    assert "unix socket" in answer.text
    server.log.expect(r"\[slotwatch:warn\].* SW314 recycle-refused by_uid=-1 by_pid=-1 ")
    assert not server.log.lines("SW313")


def test_refusals_are_logged_once_a_second(serve, port):
    server = serve(SlotWatchListen=f"127.0.0.1:{port}")
    place = ("127.0.0.1", port)
    for _ in range(20):
        assert ask(place, "/recycle?slot=0", method="POST").status == 403
    server.log.expect(r"SW314 .* omitted=0\b")
    assert server.log.count("SW314") <= 2  # a second may have begun meanwhile

    def omitted():
        ask(place, "/recycle?slot=0", method="POST")
        return server.log.lines(r"SW314 .* omitted=[1-9]")

    wait_for(omitted, "the next line, with what was omitted")
    server.log.claim("SW314")


def test_first_answer_has_a_report_however_long_the_interval(make):
    server = make(SlotWatchInterval="60s", SlotWatchStall=0, SlotWatchGrace=0).start()
    answer = socket_client.wait_answer(path_of(server), "/healthz")
    assert answer.text.startswith("ok")
    assert get(server, "/status?format=json").json["counters"]["frames"] == 1
