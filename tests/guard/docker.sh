#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops an image that cannot be built and a compose file that mounts what is not there: Docker makes
# an empty directory of it, and the server starts without its rules or its dashboard.
cd "$(dirname "$0")/../.." || exit 2
exec "${PYTHON:-/usr/bin/python3}" - <<'PROGRAM'
import pathlib, re, sys
import yaml

DOCKER = pathlib.Path("docker")
found = []

def dockerfile(path):
    text = path.read_text().replace("\\\n", " ")
    for name in re.findall(r"^ARG (\w+)", text, re.M):
        if not re.search(r"\$\{?%s\b" % name, text):
            yield f"ARG {name} is not used"
    for name in set(re.findall(r"^FROM \$\{?(\w+)", text, re.M)):
        if not re.search(r"^ARG %s=" % name, text, re.M):
            yield f"FROM ${name}, and no ARG {name}="
    for source in re.findall(r"^COPY (?!--)(\S+)", text, re.M):
        if not pathlib.Path(source).exists():
            yield f"copies {source}, which is not there"

def service(name, service):
    for volume in service.get("volumes", []):
        source, target, mode = volume.split(":")
        if not (DOCKER / source).is_file():
            yield f"{name} mounts {source}, which is no file"
        if mode != "ro" or not target.startswith("/"):
            yield f"{name}: {volume} is not source:/target:ro"
    for port in service.get("ports", []):
        if not port.startswith("127.0.0.1:"):
            yield f"{name}: port {port} is open to everybody"
    build = service.get("build")
    if build and not (DOCKER / build["context"] / build["dockerfile"]).is_file():
        yield f"{name} is built from {build['dockerfile']}, which is not there"
    elif not build and not re.search(r":v?\d+\.\d+\.\d+$", service["image"]):
        yield f"{name}: {service['image']} has no tag of a release"

def addresses(services):
    """Who asks whom, by the names that only the containers' network knows."""
    scraped = yaml.safe_load((DOCKER / "prometheus.yml").read_text())
    source = yaml.safe_load((DOCKER / "grafana/datasource.yml").read_text())["datasources"][0]
    asked = [*scraped["scrape_configs"], *scraped["alerting"]["alertmanagers"]]
    targets = [t for a in asked for s in a["static_configs"] for t in s["targets"]]
    for target in [*targets, source["url"].removeprefix("http://")]:
        if target.split(":")[0] not in services:
            yield f"asks {target}, which is no service"

for path in sorted(DOCKER.glob("Dockerfile*")):
    found += [f"{path}: {what}" for what in dockerfile(path)]
services = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]
found += [f"compose.yaml: {w}" for name, s in services.items() for w in service(name, s)]
found += addresses(services)
provider = yaml.safe_load((DOCKER / "grafana/dashboards.yml").read_text())["providers"][0]
if not any(f":{provider['options']['path']}/" in v for v in services["grafana"]["volumes"]):
    found.append("grafana/dashboards.yml looks where compose.yaml mounts no dashboard")
for what in found:
    print(f"guard docker: {what}")
sys.exit(bool(found))
PROGRAM
