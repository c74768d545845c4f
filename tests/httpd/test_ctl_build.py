# SPDX-License-Identifier: Apache-2.0
"""slotwatchctl as it is built and installed."""

import os
import subprocess
from pathlib import Path

import pytest

import fake_report
from ctl import PROGRAM, Ctl
from httpd_conf import IS_INSTRUMENTED, REPOSITORY


@pytest.mark.skipif(IS_INSTRUMENTED, reason="of the program as it is shipped")
def test_program_is_small(tmp_path):
    stripped = Path(tmp_path / "stripped")
    subprocess.run(["strip", "-o", stripped, PROGRAM], check=True)
    assert stripped.stat().st_size < 1 << 20


def test_completion_offers_commands_options_and_slots(fake):
    fake.report = fake_report.outage()
    script = REPOSITORY / "conf" / "slotwatchctl.bash-completion"

    def offered(*words):
        environment = {**Ctl(fake.path).environment,
                       "PATH": f"{Path(PROGRAM).parent}:{os.environ['PATH']}"}
        ask = ('source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _slotwatchctl; '
               'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", ask, str(script), *words], env=environment,
                              capture_output=True, check=True)
        return done.stdout.decode().split()

    assert offered("slotwatchctl", "re") == ["recycle"]
    assert "--follow" in offered("slotwatchctl", "events", "--")
    assert offered("slotwatchctl", "recycle", "--slot", "") == ["0", "1", "2", "3"]
    assert "reloads_left" in offered("slotwatchctl", "check", "--metric", "")
