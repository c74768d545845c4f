# SPDX-License-Identifier: Apache-2.0
"""Writes what the three built files are made of, as SPDX 2.3: make sbom.

The libraries that each links, what they link in turn, and the header-only ones whose code it
contains, each with its package's version on this machine (dpkg; elsewhere the name alone). What the
compiler adds of its own is left out."""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
# Without a library to link: their code is within the file.
HEADERS = {"mod_slotwatch.so": ["rapidjson/writer.h"], "slotwatch_http.so": [],
           "slotwatchctl": ["CLI/CLI.hpp", "rapidjson/document.h"]}
HOSTS = {"mod_slotwatch.so": ["/usr/sbin/apache2"]}  # is loaded into
NEEDED = re.compile(r"\(NEEDED\).*\[(.*)\]")
RESOLVED = re.compile(r"(\S+) => (/\S+)")
UNKNOWN = "NOASSERTION"


def output(*command):
    """What it prints; nothing where it fails or is not there."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env={**os.environ, "LC_ALL": "C"})
    except FileNotFoundError:
        return ""
    return done.stdout.decode() if done.returncode == 0 else ""


def needed(path):
    """Paths of the libraries that the file names, as the loader finds them."""
    found = dict(RESOLVED.findall(output("ldd", str(path))))
    names = NEEDED.findall(output("readelf", "-dW", str(path)))
    return [found.get(name, name) for name in names]


def identifier(kind, name):
    return f"SPDXRef-{kind}-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def owner_of(path):
    """Debian's package, also where /lib is a link to /usr/lib; None: nobody knows."""
    for each in (path, os.path.realpath(path), path.removeprefix("/usr"), "/usr" + path):
        owner = output("dpkg", "-S", each).partition(": ")[0]
        if owner:
            return owner.split(",")[0]
    return None


def distribution():
    text = Path("/etc/os-release").read_text() if Path("/etc/os-release").exists() else ""
    return (re.search(r'^ID="?(\w+)', text, re.M) or [None, "linux"])[1]


def package(path):
    """Of SPDX's packages the one that this file is from."""
    owner = owner_of(path)
    made = {"name": Path(path).name, "SPDXID": identifier("Package", Path(path).name),
            "downloadLocation": UNKNOWN, "filesAnalyzed": False, "licenseConcluded": UNKNOWN,
            "licenseDeclared": UNKNOWN, "copyrightText": UNKNOWN}
    if owner is None:
        return made
    name, version, architecture, source, source_version, homepage = output(
        "dpkg-query", "-W", "-f", "${Package}\t${Version}\t${Architecture}\t${source:Package}\t"
        "${source:Version}\t${Homepage}", owner).split("\t")
    locator = f"pkg:deb/{distribution()}/{name}@{version}?arch={architecture}"
    made.update(name=name, SPDXID=identifier("Package", name), versionInfo=version,
                sourceInfo=f"built from the source package {source} {source_version}",
                externalRefs=[{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                               "referenceLocator": locator.replace("+", "%2B")}])
    if homepage:
        made["homepage"] = homepage
    return made


class Document:
    def __init__(self):
        self.packages, self.files, self.relationships = {}, [], []
        self._ids = {}  # of packages, by path

    def relate(self, one, kind, other):
        relationship = {"spdxElementId": one, "relationshipType": kind,
                        "relatedSpdxElement": other}
        if one != other and relationship not in self.relationships:
            self.relationships.append(relationship)

    def add_package(self, path):
        """With all that it links. @return its SPDXID"""
        if path not in self._ids:
            made = package(path)
            self._ids[path] = made["SPDXID"]
            self.packages[made["SPDXID"]] = made
            for library in needed(path) if re.search(r"\.so\b", path) else []:
                self.relate(made["SPDXID"], "DEPENDS_ON", self.add_package(library))
        return self._ids[path]

    def add_file(self, project, path):
        own = identifier("File", path.name)
        self.files.append({
            "fileName": f"./{path.name}", "SPDXID": own, "fileTypes": ["BINARY"],
            "checksums": [{"algorithm": name.upper(),
                           "checksumValue": hashlib.new(name, path.read_bytes()).hexdigest()}
                          for name in ("sha1", "sha256")],
            "licenseConcluded": UNKNOWN, "licenseInfoInFiles": [UNKNOWN],
            "copyrightText": UNKNOWN})
        self.relate(project, "CONTAINS", own)
        for library in needed(path):
            self.relate(own, "DYNAMIC_LINK", self.add_package(library))
        for header in HEADERS[path.name]:
            self.relate(own, "STATIC_LINK", self.add_package(f"/usr/include/{header}"))
        for host in filter(os.path.exists, HOSTS.get(path.name, [])):
            self.relate(own, "DEPENDS_ON", self.add_package(host))


def created():
    """The same for the same sources. Source: reproducible-builds.org, SOURCE_DATE_EPOCH"""
    commit = output("git", "-C", str(REPOSITORY), "log", "-1", "--format=%ct").strip()
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or commit or time.time())
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def describe(build):
    text = (REPOSITORY / "src" / "slotwatch.h").read_text()
    version = re.search(r'define SW_VERSION "(.*)"', text)[1]
    project = {"name": "mod_slotwatch", "SPDXID": "SPDXRef-Project", "versionInfo": version,
               "downloadLocation": UNKNOWN, "filesAnalyzed": False,
               "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0",
               "copyrightText": UNKNOWN}
    document = Document()
    document.relate("SPDXRef-DOCUMENT", "DESCRIBES", project["SPDXID"])
    for name in HEADERS:
        document.add_file(project["SPDXID"], build / name)
    content = {"packages": [project, *document.packages.values()], "files": document.files,
               "relationships": document.relationships}
    name = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(content))
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"mod_slotwatch-{version}", "documentNamespace": f"urn:uuid:{name}",
            "creationInfo": {"created": created(), "creators": ["Tool: tests/sbom.py"]}, **content}


if __name__ == "__main__":
    target = Path(sys.argv[1]) / "slotwatch.spdx.json"
    target.write_text(json.dumps(describe(Path(sys.argv[1])), indent=1) + "\n")
    print(target)
