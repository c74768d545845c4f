# SPDX-License-Identifier: Apache-2.0
"""The page for everybody: axe-core, narrow windows, dark, print, the keyboard."""

import json

import pytest

from page_server import SCENES
from tool import npm

GRAVE = ("serious", "critical")
IS_WIDER = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
PAPER = "return getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="session")
def axe():
    """The text of axe-core."""
    with open(npm("axe-core") / "axe.min.js", encoding="utf-8") as script:
        return script.read()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("scene", ["calm", "outage", "stale", "big", "recycling"])
def test_axe_finds_nothing_grave(browser, show, axe, scene, scheme):
    browser.scheme(scheme)
    show(scene)
    browser.wait_live()
    browser.run(axe)
    found = browser.driver.execute_async_script(
        "axe.run().then(arguments[0], (error) => arguments[0]({violations: [String(error)]}))")
    grave = [one for one in found["violations"] if one["impact"] in GRAVE]
    assert not grave, json.dumps(grave, indent=1)[:4000]


@pytest.mark.parametrize("scene", SCENES)
def test_page_fits_a_window_of_320_pixels(browser, show, scene):
    browser.size(320, 700)
    show(scene)
    assert browser.run(IS_WIDER) == 0


def test_scheme_of_the_browser_is_followed(browser, show):
    show("outage")
    assert browser.run(PAPER) == "rgb(255, 255, 255)"
    browser.scheme("dark")
    assert max(json.loads(browser.run(PAPER).replace("rgb(", "[").replace(")", "]"))) < 64


def test_long_words_do_not_push_what_is_next_out_of_sight(browser, show):
    show("longest")
    assert browser.run("const table = document.querySelector(\"div[aria-label='Draining slots']\");"
                       "return table.scrollWidth - table.clientWidth") == 0


def test_letters_of_workers_stand_in_columns(browser, show):
    show("outage")
    browser.run("document.querySelector('ol.map').innerHTML = '<li class=d>d 0<p>' +"
                "'.'.repeat(14) + 'G' + '.'.repeat(3) + '__W_GK' + '.'.repeat(9)")
    lines = browser.run("""
        const letters = document.querySelector('ol.map p').firstChild;
        const lines = {};
        for (let at = 0; at < letters.length; at++) {
          const range = new Range();
          range.setStart(letters, at);
          range.setEnd(letters, at + 1);
          const {top} = range.getBoundingClientRect();
          lines[top] = (lines[top] ?? 0) + 1;
        }
        return Object.entries(lines).sort((a, b) => a[0] - b[0]).map(([, count]) => count);""")
    assert len(lines) > 1
    assert len(set(lines[:-1])) == 1, lines


def test_colours_of_states_are_printed(browser, show):
    show("outage")
    assert browser.run("return ['.verdict', 'ol.map li', 'b.x'].map((which) => getComputedStyle("
                       "document.querySelector(which)).printColorAdjust)") == ["exact"] * 3


def test_keyboard_reaches_what_scrolls_and_is_seen_there(browser, show):
    browser.size(320, 700)
    show("outage")
    browser.wait_live()
    reached = []
    for _ in range(browser.count("a, [tabindex]")):
        for kind in ("keyDown", "keyUp"):
            browser.command("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab",
                            windowsVirtualKeyCode=9)
        reached.append(browser.run("""
            const at = document.activeElement;
            return [at.getAttribute('aria-label') ?? at.textContent,
                    getComputedStyle(at).outlineStyle]"""))
    assert {name for name, _ in reached} >= {"Draining slots", "Incidents", "JSON", "text"}
    assert {outline for _, outline in reached} == {"solid"}
