# SPDX-License-Identifier: Apache-2.0
"""Lines of an error log: ours, as docs/log-lines.md shows them, and others that name our ids."""

import re

from httpd_conf import REPOSITORY

LEVELS = {"EMERG": "emerg", "ERR": "error", "WARNING": "warn", "NOTICE": "notice", "INFO": "info"}
TIME = "[Tue Nov 24 22:29:28.358320 2026] "


def levels():
    """{id: level}, of all that there are."""
    table = (REPOSITORY / "src" / "slotwatch.h").read_text()
    return {int(number): LEVELS[level] for number, level in
            re.findall(r'^  X\((\d{3}), *"[a-z-]+", *(\w+)\)', table, re.MULTILINE)}


def ours(time=TIME):
    """[(id, line)], at least one of almost each id."""
    level = levels()
    docs = (REPOSITORY / "docs" / "log-lines.md").read_text()
    return [(f"SW{number}", f"{time}[slotwatch:{level[int(number)]}] [pid 306:tid 307] {text}")
            for text, number in re.findall(r"^    (SW(\d{3}) [a-z-]+ .*)$", docs, re.MULTILINE)]


def others(time=TIME):
    """What a client or a script had a part in, and httpd's own."""
    forged = "[slotwatch:error] [pid 306:tid 307] SW211 full incident=1"
    return [
        f"{time}[mpm_event:error] [pid 306:tid 307] AH03490: scoreboard is full, not at",
        f"{time}[cgi:error] [pid 306:tid 307] [client 192.0.2.7:4711] AH01215: {time}{forged}",
        f"{time}[authz_core:error] [pid 306:tid 307] AH01630: denied: /a {forged}",
        f"{time}[slotwatchers:error] [pid 306:tid 307] SW211 full incident=1",
        "SW211 full incident=1",
        "",
    ]
