# SPDX-License-Identifier: Apache-2.0
import os
import shutil
import tempfile
from pathlib import Path

import pytest

import recycling
from browser import CHROMEDRIVER, Browser
from ctl import Ctl, Screen
from fake_watcher import FakeWatcher
from harness import Server
from page_server import PageServer

BIG_BYTES = 4 << 20  # more than the socket buffers of both ends


@pytest.fixture(scope="session")
def big():
    """A file that does not fit into socket buffers, compressed or not."""
    directory = Path(tempfile.mkdtemp(prefix="slotwatch-test-data."))
    directory.chmod(0o755)
    path = directory / "big.bin"
    path.write_bytes(os.urandom(BIG_BYTES))
    path.chmod(0o644)
    yield path
    shutil.rmtree(directory)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if outcome.get_result().failed:
        item.has_failed = True


def _finish(servers, failed):
    problems = []
    for server in servers:
        own = server.end()
        problems += own
        if failed or own:
            print(f"\nserver root: {server.root}")
        else:
            server.remove()
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.fixture
def make(request, big):
    """Makes a server that is not started yet: make(SlotWatchStall="1s", mpm="worker", ...)."""
    servers = []

    def build(**options):
        servers.append(Server(big, **options))
        return servers[-1]

    yield build
    _finish(servers, getattr(request.node, "has_failed", False))


@pytest.fixture
def serve(make):
    """Makes and starts a server, and waits until its watcher has seen a child serve."""
    def build(**options):
        return make(**options).start_watched()

    return build


@pytest.fixture(params=["Off", "On"], ids=["prompt-off", "prompt-on"])
def prompt(request):
    return request.param


@pytest.fixture
def recycle(serve, prompt):
    """As serve, and what is stuck is recycled; without and with SlotWatchPrompt."""
    def build(**options):
        return serve(**{**recycling.ON, "SlotWatchPrompt": prompt, **options})

    return build


@pytest.fixture(scope="module")
def shared(request, big):
    """One server for all tests of a file that only look at it."""
    failed_before = request.session.testsfailed
    server = Server(big)
    try:
        yield server.start_watched()
    finally:
        _finish([server], request.session.testsfailed > failed_before)


@pytest.fixture
def place():
    """A directory which other users may enter; its name leaves room in a socket's path."""
    directory = Path(tempfile.mkdtemp(prefix="slotwatch-test."))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def fake(place):
    """A watcher without httpd."""
    watcher = FakeWatcher(place / "fake.sock")
    yield watcher
    watcher.end()


@pytest.fixture
def ctl(fake):
    """slotwatchctl, which asks that one."""
    return Ctl(fake.path)


@pytest.fixture
def screen(ctl):
    """Starts slotwatchctl on a screen: screen("top", columns=80, rows=24)."""
    screens = []

    def build(*arguments, of=None, **size):
        screens.append(Screen(of or ctl, *arguments, **size))
        return screens[-1]

    yield build
    for each in screens:
        each.end()


@pytest.fixture(scope="session")
def chromium():
    """Takes a second to start: one for all tests of a worker."""
    if not Path(CHROMEDRIVER).exists():
        pytest.skip("chromedriver is not installed: this distribution has no package of it")
    made = Browser()
    yield made
    made.end()


@pytest.fixture
def browser(chromium):
    """What it complains of, the test must have expected."""
    chromium.begin()
    yield chromium
    complaints = chromium.finish()
    assert not complaints, complaints


@pytest.fixture
def show(browser):
    """Opens the page of a scene: show("outage"). @return its server"""
    servers = []

    def build(scene):
        servers.append(PageServer(scene))
        browser.open(servers[-1].url)
        return servers[-1]

    yield build
    browser.open("about:blank")
    for server in servers:
        server.end()
