# SPDX-License-Identifier: Apache-2.0
"""A Chromium without a screen, and what it complains of."""

import contextlib
import os
import shutil
import tempfile

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common import utils

from waiting import wait_for

CHROMEDRIVER = "/usr/bin/chromedriver"
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-proxy-server", "--remote-debugging-pipe")
LOAD_SECONDS = 30
# Before anything of the page runs.
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation',
  (event) => window.violations.push(event.violatedDirective + ' ' + event.blockedURI));
"""


class Loopback(Service):
    """Asks chromedriver where it listens: not every machine knows the name localhost."""

    @property
    def service_url(self):
        return f"http://127.0.0.1:{self.port}"

    def is_connectable(self):
        return utils.is_connectable(self.port, "127.0.0.1")


class Browser:
    def __init__(self):
        options = webdriver.ChromeOptions()
        for argument in ARGUMENTS:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.directory = tempfile.mkdtemp(prefix="slotwatch-test-browser.")  # it leaves things
        service = Loopback(CHROMEDRIVER, env={**os.environ, "TMPDIR": self.directory})
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_page_load_timeout(LOAD_SECONDS)
        self.driver.set_script_timeout(LOAD_SECONDS)
        self.command("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        self.expected = []  # texts of complaints that the test provokes

    def command(self, name, **arguments):
        return self.driver.execute_cdp_cmd(name, arguments)

    def begin(self):
        """As it is for each test: light, wide, with JavaScript."""
        self.expected = []
        self.size(1200, 900)
        self.scheme("light")
        self.scripts(True)

    def finish(self):
        """Leaves the page. @return what it complained of that was not expected"""
        with contextlib.suppress(WebDriverException):
            self.expect_violations(0)
        self.driver.get("about:blank")
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("SEVERE", "WARNING")
                and not any(text in entry["message"] for text in self.expected)]

    def expect_violations(self, count):
        found = self.run("return window.violations")
        assert len(found or []) == count, found

    def size(self, width, height):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height,
                     deviceScaleFactor=1, mobile=False)

    def scheme(self, name):
        self.command("Emulation.setEmulatedMedia",
                     features=[{"name": "prefers-color-scheme", "value": name}])

    def scripts(self, enabled):
        self.command("Emulation.setScriptExecutionDisabled", value=not enabled)

    # ---- The page ----

    def open(self, url):
        self.driver.get(url)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def text(self, selector="body"):
        """What a reader sees of it, empty where there is none."""
        return self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def count(self, selector):
        return self.run("return document.querySelectorAll(arguments[0]).length", selector)

    def wait_text(self, selector, part):
        wait_for(lambda: part in self.text(selector),
                 lambda: f"{part!r} in {selector}: {self.text(selector)!r}")

    def wait_live(self):
        """Until the script has drawn what it was told."""
        wait_for(lambda: self.text("#live").startswith(("Live", "Stale")),
                 lambda: f"a page that is live: {self.text('#live')!r}")

    def end(self):
        self.driver.quit()
        shutil.rmtree(self.directory, ignore_errors=True)
