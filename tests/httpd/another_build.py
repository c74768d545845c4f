# SPDX-License-Identifier: Apache-2.0
"""Another build of the module, as next year's package would bring it, and the files of both."""

import os
import shutil
import subprocess

from httpd_conf import BUILD, MODULE, REPOSITORY

HTTP = "slotwatch_http.so"
COPIED = ("src", "build")  # the rest is the same for both


def make_another(directory, edits):
    """Built in directory; what is not edited is not compiled again.
    @param edits: (source, what stands there, what shall) each; a header is not enough
    @return its modules' directory"""
    for path in REPOSITORY.iterdir():
        if path.name not in COPIED:
            (directory / path.name).symlink_to(path)
    shutil.copytree(REPOSITORY / "src", directory / "src")
    (directory / "build").mkdir()
    for part in ("src", "page"):
        shutil.copytree(BUILD / part, directory / "build" / part)
    for name in ("mod_slotwatch.o", ".deps"):
        shutil.copy2(BUILD / name, directory / "build")
    for source, old, new in edits:
        text = (directory / source).read_text()
        assert old in text, (source, old)
        (directory / source).write_text(text.replace(old, new))
    subprocess.run(["make", "-s", "PACKAGES=", "build/mod_slotwatch.so", f"build/{HTTP}"],
                   cwd=directory, check=True, env={**os.environ, "MAKEFLAGS": ""})
    return directory / "build"


def install(modules, directory):
    """As packages do it: the files are replaced, not written over."""
    for name in (MODULE.name, HTTP):
        new = directory / f"{name}.new"
        shutil.copyfile(modules / name, new)
        new.replace(directory / name)
