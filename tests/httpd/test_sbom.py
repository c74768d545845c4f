# SPDX-License-Identifier: Apache-2.0
"""make sbom: what the three built files are made of, as SPDX."""

import hashlib
import json
import re
import shutil
import subprocess
import sys

import jsonschema
import pytest

from httpd_conf import BUILD, REPOSITORY

OF_LIBC = {"m", "dl", "rt", "pthread"}  # each a library of its own, in one package
IDENTIFIER = {"type": "string", "pattern": "^SPDXRef-[a-zA-Z0-9.-]+$"}


def record(*fields, **properties):
    return {"type": "object", "required": [*fields, *properties], "properties": properties}


def every(item):
    return {"type": "array", "minItems": 1, "items": item}


# What SPDX 2.3 requires of each part, as far as there is one.
SCHEMA = record(
    "name", SPDXID={"const": "SPDXRef-DOCUMENT"}, spdxVersion={"const": "SPDX-2.3"},
    dataLicense={"const": "CC0-1.0"}, documentNamespace={"pattern": r"^[a-z]+:[^#]+$"},
    creationInfo=record(created={"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
                        creators=every({"pattern": "^(Tool|Person|Organization): "})),
    packages=every(record("name", "downloadLocation", SPDXID=IDENTIFIER)),
    files=every(record("fileName", SPDXID=IDENTIFIER, checksums=every(
        record(algorithm={"enum": ["SHA1", "SHA256"]}, checksumValue={"pattern": "^[0-9a-f]+$"})))),
    relationships=every(record("relationshipType", spdxElementId=IDENTIFIER,
                               relatedSpdxElement=IDENTIFIER)))


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    """Of copies of the built files: what is in build/ is the user's."""
    build = tmp_path_factory.mktemp("build")
    for name in ("mod_slotwatch.so", "slotwatch_http.so", "slotwatchctl"):
        shutil.copy(BUILD / name, build)
    subprocess.run([sys.executable, REPOSITORY / "tests" / "sbom.py", build], check=True,
                   stdout=subprocess.PIPE)
    return json.loads((build / "slotwatch.spdx.json").read_text())


def related(document, one, kind):
    return {r["relatedSpdxElement"] for r in document["relationships"]
            if (r["spdxElementId"], r["relationshipType"]) == (one, kind)}


def test_document_has_what_spdx_requires(document):
    jsonschema.validate(document, SCHEMA)
    parts = [document, *document["packages"], *document["files"]]
    known = [part["SPDXID"] for part in parts]
    assert len(set(known)) == len(known)
    for relationship in document["relationships"]:
        assert {relationship["spdxElementId"], relationship["relatedSpdxElement"]} <= set(known)


def test_files_are_those_that_are_built(document):
    for file in document["files"]:
        content = (BUILD / file["fileName"]).read_bytes()
        sums = {each["algorithm"]: each["checksumValue"] for each in file["checksums"]}
        assert sums == {"SHA1": hashlib.sha1(content).hexdigest(),
                        "SHA256": hashlib.sha256(content).hexdigest()}
    assert len(document["files"]) == 3


def test_each_library_that_a_file_names_is_linked(document):
    for file in document["files"]:
        header = subprocess.run(["readelf", "-dW", BUILD / file["fileName"]], check=True,
                                stdout=subprocess.PIPE).stdout.decode()
        names = {"c" if name in OF_LIBC else name
                 for name in re.findall(r"\(NEEDED\).*\[lib([a-z]+)", header)}
        linked = related(document, file["SPDXID"], "DYNAMIC_LINK")
        for name in names:
            start = f"SPDXRef-Package-lib{name}"
            assert [each for each in linked if each.startswith(start)], name
        assert len(linked) == len(names)


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="only where packages are dpkg's")
def test_versions_are_those_of_the_installed_packages(document):
    for package in document["packages"]:
        if package["SPDXID"] != "SPDXRef-Project":
            version = subprocess.run(
                ["dpkg-query", "-W", "-f", "${Version}\n", package["name"]], check=True,
                stdout=subprocess.PIPE).stdout.decode().split()[0]
            assert package["versionInfo"] == version
            [reference] = package["externalRefs"]
            assert reference["referenceLocator"].startswith("pkg:deb/")


def test_header_only_libraries_are_those_that_the_sources_include(document):
    """Of the directories that are no libraries' with a file to link."""
    parts = {"mod_slotwatch.so": ("core", "render", "httpd", "os"), "slotwatch_http.so": ("http",),
             "slotwatchctl": ("ctl",)}
    packages = {"rapidjson": "rapidjson", "CLI": "libcli11"}
    for file in document["files"]:
        name = file["fileName"].removeprefix("./")
        text = "".join(path.read_text() for part in parts[name]
                       for path in (REPOSITORY / "src" / part).glob("*.[ch]*"))
        used = set(re.findall(r"#include <(\w+)/", text)) & set(packages)
        contained = related(document, file["SPDXID"], "STATIC_LINK")
        assert {each.removeprefix("SPDXRef-Package-").removesuffix("-dev").removesuffix(".h")
                for each in contained} == {packages[each] for each in used}
