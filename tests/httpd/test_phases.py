# SPDX-License-Identifier: Apache-2.0
"""The phases in which a slot is held, where there is more to them than test_scenes.py looks at."""

import clients
import processes
from stuck import expect_cleared, expect_stuck
from waiting import wait_for


def test_partial_request_is_phase_requests(serve):
    server = serve()
    with clients.partial_request(server) as client:
        # Accepted before the next one, which is answered.
        assert server.get("/small.txt").ok
        server.reload()
        slot = expect_stuck(server, "requests")
        client.close()
        expect_cleared(server, slot)


def test_stopped_reader_is_phase_connections(serve):
    server = serve()
    with clients.stopped_reader(server) as client:
        server.reload()
        slot = expect_stuck(server, "connections")
        assert slot["connections"]["total"] == 1
        client.close()
        expect_cleared(server, slot)


def test_suspended_connection_is_phase_leaked(serve):
    server = serve(test_module=True,
                   conf="<Location /suspend>\nSetHandler test-suspend\n</Location>")
    with clients.waiting_request(server, "/suspend"):
        server.log.expect("test-suspend: suspended")
        server.reload()
        slot = expect_stuck(server, "leaked")
        assert slot["connections"]["total"] == slot["connections"]["suspended"] == 1
        processes.kill(slot["pid"])  # nothing else ends a suspended connection
        expect_cleared(server, slot)


def test_hanging_cleanup_is_phase_ghost(make):
    server = make(test_module=True, conf='TestHangFile "{root}/hang"')
    hang = server.root / "hang"
    hang.touch()
    server.start()
    server.report()
    server.reload()
    slot = expect_stuck(server, "ghost")
    assert set(slot["workers"]) == {"."}
    hang.unlink()
    expect_cleared(server, slot)


def test_connection_limit_is_trigger_trim(serve):
    server = serve(MaxConnectionsPerChild=5)
    with clients.stopped_reader(server) as client:
        # Until that very child has taken what it may; others answer as well.
        wait_for(lambda: server.get("/small.txt").ok and server.log.lines(r"SW200 "), "SW200")
        slot = expect_stuck(server, "connections", trigger="trim")
        assert slot["generation"] == server.report()["server"]["generation"]
        client.close()
        expect_cleared(server, slot)


def test_kept_alive_connection_holds_nothing(serve):
    server = serve(SlotWatchStall=0)  # closing it politely takes httpd 2 s
    with clients.kept_alive(server):
        [old] = server.children()
        server.reload()
        wait_for(lambda: old not in server.children(), "the old child to end")


def test_prefork_request_is_phase_requests(serve):
    server = serve(mpm="prefork")
    with clients.slow_download(server) as client:
        server.reload()
        slot = expect_stuck(server, "requests")
        client.close()
        expect_cleared(server, slot)


def test_worker_request_is_phase_requests(serve):
    server = serve(mpm="worker")
    with clients.stopped_reader(server) as client:
        server.reload()
        slot = expect_stuck(server, "requests")
        client.close()
        expect_cleared(server, slot)
