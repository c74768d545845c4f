# SPDX-License-Identifier: Apache-2.0
"""The page in a browser, of reports that are made up."""

import pytest

from page_server import SCENES, drawn
from waiting import wait_for

VERDICT_COLOUR = "return getComputedStyle(document.querySelector('.verdict')).color"


# ---- As the server has it ----

@pytest.mark.parametrize("scene", SCENES)
def test_script_draws_byte_by_byte_what_the_server_renders(browser, show, scene):
    show(scene)
    page = drawn(scene, "html").decode()
    rendered = page[page.index("<main>") + len("<main>"):page.index("</main>")]
    again = browser.run("return draw(JSON.parse(arguments[0]))", drawn(scene, "json").decode())
    assert again == rendered
    browser.wait_live()
    assert browser.run("return document.title") in page
    made = browser.run("const made = document.createElement('main'); made.innerHTML = arguments[0];"
                       "return made.isEqualNode(document.querySelector('main'))", rendered)
    assert made


@pytest.mark.parametrize("live", [False, True], ids=["served", "live"])
def test_hostile_texts_are_texts(browser, show, live):
    browser.scripts(live)
    show("outage")
    if live:
        browser.wait_live()
    held = browser.text("tbody ul")
    assert held.startswith("GET /<script>alert(1)</script>\"'&amp;\\x5c\\x0a\\x1b[31m\\xc3\\xa9")
    assert "<i>2001:db8::1</i>" in held
    assert browser.count("main script, main i") == 0


def test_page_without_javascript_is_whole_and_says_how_to_go_on(browser, show):
    browser.scripts(False)
    server = show("outage")
    text = browser.text()
    assert "As of 2023-11-14 23:10:44 UTC. Reload the page for news." in text
    for part in ("full: 0 of 24 slots free", "ServerLimit 27", "Draining slots", "Incidents",
                 "The worst 16 of 24", "reloads", "How long drains lasted", "Watcher"):
        assert part in text
    assert browser.count("ol.map li") == 24
    assert server.asked == 0


# ---- Up to date ----

def test_report_that_changes_changes_the_page_and_nothing_else(browser, show):
    server = show("calm")
    browser.wait_live()
    browser.run("document.querySelector('[role=status].verdict').isOld = true;"
                "document.querySelector('.wide').focus()")
    server.json = "outage"
    browser.wait_text(".verdict", "full")
    assert browser.run("return document.title") == "slotwatch: full"
    assert browser.count("ol.map li.x") == 24
    assert browser.run("return document.querySelector('.verdict').isOld")
    assert browser.run("return document.activeElement.className") == "wide"
    server.json = "calm"
    browser.wait_text(".verdict", "ok")
    assert browser.count("ol.map li") == 8


def test_table_that_comes_or_goes_leaves_focus_scroll_and_selection(browser, show):
    browser.size(320, 700)
    server = show("past")
    browser.wait_live()
    assert browser.count("[aria-label='Draining slots']") == 0
    browser.run("""
        const table = document.querySelector("div[aria-label='Incidents']");
        table.focus();
        table.scrollLeft = 40;
        getSelection().selectAllChildren([...document.querySelectorAll('tbody th')].find(
            (cell) => cell.textContent === '5 min 0 s'));""")
    for scene, tables in (("outage", 2), ("past", 0)):
        server.json = scene
        wait_for(lambda: browser.count("[aria-label='Draining slots']") == tables, scene)
        assert browser.run("return document.activeElement.ariaLabel") == "Incidents"
        assert browser.run("return document.activeElement.scrollLeft") == 40
        assert browser.run("return getSelection().toString()") == "5 min 0 s"


def test_row_stays_that_of_its_slot_when_others_come_or_go(browser, show):
    server = show("outage")
    browser.wait_live()
    server.json = "hang"  # what follows is told by hand
    browser.run("""
        window.held = document.querySelector('table[aria-label="Draining slots"]');
        window.row = (slot) => [...held.tBodies[0].rows].find(
            (one) => one.cells[0].textContent.startsWith(slot + ' '));
        window.fifth = row(5);
        const report = JSON.parse(arguments[0]);
        Object.assign(report.slots[2], {state: 'free', workers: ''});
        show(report);""", drawn("outage", "json").decode())
    assert browser.run("return [row(2), row(5) === fifth]") == [None, True]
    browser.run("show(JSON.parse(arguments[0]))", drawn("outage", "json").decode())
    assert browser.run("return row(2) !== undefined && row(5) === fifth")


@pytest.mark.parametrize(("how", "why"), [
    (503, "the server answers 503"), ("hang", "no report comes from the server"),
    (401, "the server answers 401: reload the page to sign in again"),
    ("login", "the server answers with something else: reload the page to sign in again"),
    ("elsewhere", "the server sends elsewhere: reload the page to sign in again")])
def test_page_that_hears_nothing_says_so_until_it_does(browser, show, how, why):
    browser.expected = ["503 (Service Unavailable)", "401 (Unauthorized)"]
    server = show("calm")
    browser.wait_live()
    server.json = how
    browser.wait_text("#trouble", f"Not up to date: {why}. This is what was known at 2023-11-14 22")
    assert browser.run("return document.title") == "slotwatch: not reached"
    assert browser.text(".verdict") == "ok"
    assert browser.run(VERDICT_COLOUR) == browser.run(VERDICT_COLOUR.replace(".verdict", "small"))
    server.json = "calm"
    server.released.set()
    browser.run("document.dispatchEvent(new Event('visibilitychange'))")  # or in ten seconds
    browser.wait_live()
    assert browser.text("#trouble") == ""


def test_answer_that_is_late_is_waited_for_and_not_asked_for_again(browser, show):
    """In the outage each would lie in the listener's queue until there is a worker again."""
    server = show("calm")
    browser.wait_live()
    server.json = "hang"
    browser.wait_text("#trouble", "no report comes from the server")
    asked, begun = server.asked, browser.run("return performance.now()")
    wait_for(lambda: browser.run("return performance.now()") > begun + 2500, "two polls' time")
    assert server.asked == asked
    server.json = 503
    server.released.set()
    browser.expected = ["503 (Service Unavailable)"]
    browser.wait_live()


def test_long_report_is_waited_for_once_it_has_begun(browser, show):
    server = show("calm")
    browser.wait_live()
    server.json = "slow"
    wait_for(lambda: server.begun, "a report that begins")
    server.json = "outage"
    begun = browser.run("return performance.now()")
    wait_for(lambda: browser.run("return performance.now()") > begun + 5500, "patience to end")
    assert browser.text("#trouble") == ""
    server.released.set()
    browser.wait_text(".verdict", "full")


def test_page_asks_on_where_its_address_has_a_password(browser, show):
    server = show("calm")
    browser.open(server.url.replace("//", "//somebody:secret@"))
    browser.wait_live()


def test_hidden_page_rests(browser, show):
    server = show("calm")
    browser.wait_live()
    browser.run("Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
                "document.dispatchEvent(new Event('visibilitychange'))")
    browser.wait_text("#live", "Paused")
    assert browser.run("return document.title") == "slotwatch: paused"
    asked, begun = server.asked, browser.run("return performance.now()")
    wait_for(lambda: browser.run("return performance.now()") > begun + 2500, "two polls' time")
    assert server.asked == asked
    browser.run("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    browser.wait_live()
    assert server.asked > asked


def test_policy_lets_nothing_else_run(browser, show):
    browser.expected = ["Content Security Policy"]
    show("calm")
    browser.run("""
        const script = document.createElement('script');
        script.textContent = 'window.hasRun = true';
        document.body.append(script);
        document.body.setAttribute('style', 'color: rgb(1, 2, 3)');
        const image = new Image();
        image.src = '/image.png';
        document.body.append(image);""")
    wait_for(lambda: len(browser.run("return window.violations")) == 3, "three violations")
    assert browser.run("return window.hasRun") is None
    assert browser.run("return getComputedStyle(document.body).color") != "rgb(1, 2, 3)"
    browser.run("window.violations = []")


def test_thousand_slots_are_drawn_again_and_again(browser, show):
    server = show("big")
    browser.wait_live()
    assert browser.count("ol.map li") == 1024
    asked = server.asked
    wait_for(lambda: server.asked > asked + 1, "the page to ask on")
    assert browser.count("ol.map li") == 1024
