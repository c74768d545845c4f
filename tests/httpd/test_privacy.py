# SPDX-License-Identifier: Apache-2.0
"""What each level shows of a stuck slot's request and client, in every document and line alike."""

import contextlib

import pytest

import clients

# What is told of `GET /packed?token=Secret` from 127.0.0.1 for slotwatch.test.
WHOLE, STRIPPED = "/packed?token=Secret", "GET /packed? HTTP/1.1"
SHOWN = {
    "Full": {"request": True, "query": True, "client": True, "vhost": True},
    "NoQuery": {"request": True, "query": False, "client": True, "vhost": True},
    "NoClient": {"request": True, "query": False, "client": False, "vhost": True},
    "None": {"request": False, "query": False, "client": False, "vhost": False},
}


@contextlib.contextmanager
def stuck_download(server, target=WHOLE):
    """@return the SW200 line of a slot that is stuck with this request"""
    with clients.slow_download(server, target) as client:
        server.reload()
        yield server.log.expect(r"SW200 stuck .*$")[0]
        client.close()
        server.log.expect(r"SW202 cleared ")


def tells(text):
    """Which of its parts a document or a line tells."""
    return {"request": "GET /packed" in text, "query": "Secret" in text,
            "client": "127.0.0.1" in text, "vhost": "slotwatch.test" in text}


@pytest.mark.parametrize("level", SHOWN)
def test_level_shows_what_it_should(serve, level):
    server = serve(SlotWatchPrivacy=level)
    with stuck_download(server) as line:
        assert tells(line) == SHOWN[level]
        assert server.report()["watcher"]["privacy"] == level
        for kind in ("json", "html", "text"):
            assert (kind, tells(server.get(f"/slotwatch?format={kind}").text)) == (
                kind, SHOWN[level])


def test_query_is_replaced_by_its_question_mark(serve):
    server = serve()
    with stuck_download(server) as line:
        assert f'request="{STRIPPED}"' in line
        slot = server.wait_slot(state="stuck")
        assert [r["request"] for r in slot["requests"]] == [STRIPPED]


def test_query_that_is_cut_off_is_not_shown(serve):
    """The scoreboard keeps 63 bytes of a request line."""
    server = serve()
    with stuck_download(server, "/packed?token=Secret" + "x" * 100) as line:
        assert not tells(line)["query"]
        assert not tells(server.get("/slotwatch?format=json").text)["query"]


def test_request_tail_does_not_show_a_query(serve):
    """SeeRequestTail keeps the last 63 bytes, which may be all query."""
    server = serve(SeeRequestTail="On")
    with stuck_download(server, "/packed?" + "x" * 100 + "token=Secret") as line:
        assert not tells(line)["query"]
        assert not tells(server.get("/slotwatch?format=json").text)["query"]


def test_without_extended_status_nothing_is_shown(serve):
    server = serve(ExtendedStatus="Off")
    with stuck_download(server) as line:
        assert "GET /packed" not in line
        assert "127.0.0.1" not in line
        assert "GET /packed" not in server.get("/slotwatch?format=json").text
