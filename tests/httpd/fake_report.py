# SPDX-License-Identifier: Apache-2.0
"""Reports as the watcher writes them, made up; docs/status-page.md has the fields."""

STATES = ("free", "serving", "draining", "stuck", "recycling")
TIME = "2026-11-25T01:24:05.274Z"
NOWHERE = {"pid": None, "generation": None, "phase": None, "trigger": None, "process": None,
           "draining_seconds": None, "stalled_seconds": None, "workers": "", "incident": None,
           "judged_by": None, "rung": None, "suppressed": None, "clients": None,
           "backends": None, "requests": [], "requests_omitted": 0, "sockets": [], "threads": []}
OF_DRAINING = {"phase": "requests", "trigger": "reload", "process": "alive", "judged_by": "agent",
               "draining_seconds": 59.1, "stalled_seconds": 58.1, "workers": "...G....",
               "clients": 1, "backends": 0}


def request(text="GET /iso/disk1.iso? HTTP/1.1", client="127.0.0.1", elapsed=59.108,
            vhost="www.example.org:80"):
    return {"worker": 3, "state": "G", "elapsed_seconds": elapsed, "request": text,
            "client": client, "vhost": vhost, "protocol": "http/1.1"}


def socket(role="client", peer="192.0.2.1:58192", idle=58.0):
    return {"role": role, "family": "inet", "peer": peer, "idle_seconds": idle,
            "queued_bytes": 47292, "acked_bytes": 4096, "received_bytes": 90}


def slot(state="free", generation=3, pid=None, **fields):
    made = {"slot": None, "state": state, **NOWHERE}
    if state != "free":
        made.update(generation=generation, workers="WR______", pid=pid)
    if state not in ("free", "serving"):
        made.update(OF_DRAINING)
    return {**made, **fields}


def incident(number=1, **fields):
    return {"incident": f"006b0638b{number:07x}", "about": "slot", "slot": 0, "pid": 1000,
            "generation": 0, "phase": "requests", "trigger": "reload", "reason": "stall",
            "verdict": None, "opened": "2026-11-25T01:24:03.032Z", "closed": None,
            "outcome": None, "repeats": 0, "rungs": [], **fields}


def _generations(slots, running):
    old = {}
    for each in slots:
        if each["draining_seconds"] is not None and each["generation"] != running:
            old.setdefault(each["generation"], []).append(each["draining_seconds"])
    return [{"generation": generation, "slots": len(spans), "draining_seconds": max(spans)}
            for generation, spans in sorted(old.items())]


def report(*slots, generation=3, mode="dryrun", incidents=(), time=TIME, stale=False, **capacity):
    """With these slots, numbered, with pids from 1000 where they have none of their own."""
    for number, each in enumerate(slots):
        each["slot"] = number
        if each["state"] != "free" and each["pid"] is None:
            each["pid"] = 1000 + number
    counts = {state: sum(each["state"] == state for each in slots) for state in STATES}
    return {
        "schema": 1, "time": time,
        "server": {"software": "Apache/2.4.71 (Debian)", "mpm": "event", "generation": generation,
                   "uptime_seconds": 3725.0, "pid_namespace": None},
        "watcher": {"pid": 999, "mode": mode, "latched": False, "interval_seconds": 0.1,
                    "stall_seconds": 30.0, "grace_seconds": 600.0, "alert_repeat_seconds": 60.0,
                    "privacy": "NoQuery", "judged_by": "agent", "starts": 4,
                    "sample_age_seconds": 0.4, "sample_seconds": 0.0001, "stale": stale},
        "capacity": {"slots": len(slots), **counts, "workers_idle": 6, "workers_busy": 2,
                     "reserve": 1, "reloads_left": counts["free"], "verdict": "ok", **capacity},
        "generations": _generations(slots, generation), "slots": list(slots),
        "incidents": list(incidents), "counters": {"frames": 28}}


def outage():
    """Four slots, all held by older generations."""
    return report(
        slot("stuck", 0, suppressed="dryrun", requests=[request()], sockets=[socket()]),
        slot("stuck", 1, suppressed="dryrun", draining_seconds=54.1, backends=1,
             requests=[request("GET /silent/x? HTTP/1.1", "10.0.0.7", 54.2)],
             sockets=[socket("client"), socket("backend", "10.1.1.1:8080", 54.0)]),
        slot("recycling", 2, rung="clients", phase="connections", draining_seconds=31.0,
             sockets=[socket("client", "192.0.2.9:4711", 30.2)]),
        slot("draining", 3, phase="ghost", draining_seconds=1.5, stalled_seconds=0.2, clients=None,
             backends=None),
        generation=4, incidents=[incident()], verdict="full", reloads_left=0, workers_idle=0,
        workers_busy=0)


def calm(**fields):
    return report(slot("serving"), slot("serving"), slot(), slot(), **fields)
