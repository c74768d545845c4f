# SPDX-License-Identifier: Apache-2.0
"""Debian's Prometheus and its tools."""

import subprocess

from waiting import PATIENCE_SECONDS


def run(*command, fed=""):
    """To its end, which has to be a good one. @return what it said"""
    done = subprocess.run(command, input=fed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=PATIENCE_SECONDS, text=True, check=False)
    assert done.returncode == 0, f"{command}:\n{done.stdout}"
    return done.stdout


def promtool(*arguments, fed=""):
    return run("promtool", *map(str, arguments), fed=fed)


def amtool(*arguments):
    return run("amtool", *map(str, arguments))
