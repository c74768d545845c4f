# SPDX-License-Identifier: Apache-2.0
"""Programs of others that read what we tell, with the recipes of conf/recipes."""

import contextlib
import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import requests

from harness import reserve_port
from httpd_conf import REPOSITORY
from waiting import PATIENCE_SECONDS

RECIPES = REPOSITORY / "conf" / "recipes"
WATCHER = ":19117/"  # SlotWatchListen, as the recipes have it


def tool(name, package):
    """Where it is; skips the test where it is not. @param package: Debian's, or None"""
    path = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    how = f": apt-get install {package}" if package else ", and Debian has no package of it"
    return path or pytest.skip(f"{name} is not installed{how}")


@functools.lru_cache(maxsize=None)
def _fetch(package):
    """Tried once: without a network it takes its time."""
    return subprocess.run([REPOSITORY / "tests" / "npm.sh", package], capture_output=True,
                          text=True, check=False, timeout=120)


def npm(package):
    """Where it lies; skips the test where it is not to be had, or fails it where CI=true."""
    done = _fetch(package)
    if done.returncode != 0:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            f"no {package}: {done.stderr.strip()}")
    return Path(done.stdout.strip())


def recipe(name, *changes):
    """Its text. @param changes: (old, new), of which each old must be there"""
    text = (RECIPES / name).read_text()
    for old, new in changes:
        assert old in text, f"{old} is not in {name}"
        text = text.replace(old, str(new))
    return text


def run(*command, standard_input=os.devnull, **options):
    """To its end. @return (exit code, all that it said)"""
    with open(standard_input, "rb") as given:
        done = subprocess.run(command, stdin=given, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=PATIENCE_SECONDS, check=False,
                              **options)
    return done.returncode, done.stdout.decode(errors="replace")


@contextlib.contextmanager
def running(place, *command):
    """In the foreground, until the test is done with it. @return a function: what it has said"""
    said = place / "said"
    with open(said, "wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, cwd=place)
    try:
        yield lambda: said.read_text(errors="replace")
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def free_port():
    """For a program that shares its port with no socket, not even one that is merely bound."""
    with reserve_port() as holder:
        return holder.getsockname()[1]


def get(port, target):
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"http://127.0.0.1:{port}{target}", timeout=10)


def text_at(port, target):
    """The answer's text; None while nobody answers."""
    try:
        return get(port, target).text
    except requests.ConnectionError:
        return None


def urls(text):
    """Where a recipe asks httpd or the watcher: [(whether the watcher, path and query)]"""
    found = re.findall(r'http://127\.0\.0\.1(:19117)?(/[^"\s]*)', text)
    return [(bool(watcher), target) for watcher, target in found]
