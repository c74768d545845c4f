# SPDX-License-Identifier: Apache-2.0
"""A slot that is stuck, as the log and the report tell it."""

from httpd_conf import STALL_SECONDS

TELL = (r"\[slotwatch:warn\].* SW200 stuck incident=(?P<incident>[0-9a-f]{16}) slot=(?P<slot>\d+) "
        r"pid=(?P<pid>\d+) generation=(?P<generation>\d+) ")


def expect_told(server, phase, trigger="reload", reason="(stall|grace)"):
    """The line. @return its match, with the groups of TELL"""
    return server.log.expect(TELL + f"phase={phase} trigger={trigger} reason={reason} ")


def expect_stuck(server, phase, trigger="reload", computes=False):
    """A slot that is stuck in this phase, in the log and in the report alike.
    @param computes: it may be stuck for its age, and not for lack of progress"""
    told = expect_told(server, phase, trigger)
    slot = server.wait_slot(state="stuck", phase=phase, trigger=trigger)
    assert slot["slot"] == int(told["slot"])
    assert slot["pid"] == int(told["pid"])
    assert slot["incident"] == told["incident"]
    assert slot["draining_seconds"] >= STALL_SECONDS
    assert computes or slot["stalled_seconds"] >= STALL_SECONDS
    return slot


def expect_cleared(server, slot):
    server.log.expect(rf"SW202 cleared incident={slot['incident']} .*reason=(exited|progress)")
    server.wait_report(lambda r: r["slots"][slot["slot"]]["pid"] != slot["pid"], "the slot free")
