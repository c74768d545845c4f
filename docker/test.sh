#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the image and tries what docs/docker.md says of it. It needs an engine on this machine that
# answers this user, the image BASE, and Debian's packages for the build; without one it fails. The
# containers have no network and open no port.
set -eu
cd "$(dirname "$0")/.."
base=${BASE:-debian:bookworm-slim}
image=slotwatch-check
id=
composer=
work=$(mktemp -d)
chmod 755 "$work"
end() {
  [ -z "$composer" ] || compose down >/dev/null 2>&1
  [ -z "$id" ] || docker rm -f "$id" >/dev/null
  rm -rf "$work"
}
trap end EXIT
fail() {
  [ -z "$id" ] || docker logs "$id" 2>&1 | tail -n 30
  echo "docker-check: $*" >&2
  exit 1
}
step() { echo "docker-check: $*"; }

# wait_for WHAT COMMAND...: three minutes at most; an alert waits for one of them.
wait_for() {
  what=$1; shift
  end_at=$(($(date +%s) + 180))
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt $end_at ] || fail "in three minutes not: $what"
    sleep 0.2
  done
}
inside() { docker exec "$id" "$@"; }
# A request from inside: the image has no curl.
ask() {
  # shellcheck disable=SC2016 # bash's
  inside bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080
    printf "GET %s HTTP/1.0\r\n\r\n" "$0" >&3; cat <&3' "$1"
}
# A download whose client stops reading, until the container ends.
hold() {
  docker exec -d "$id" bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080
    printf "GET /big HTTP/1.0\r\n\r\n" >&3; read -r _ <&3; : >/tmp/held; exec sleep 600'
  wait_for "a download" inside test -e /tmp/held
}
status() { ask '/slotwatch?format=text'; }
reports() { status | grep -q "$1"; }
logged() { docker logs "$id" 2>&1 | grep -q "$1"; }
is() { [ "$(docker inspect -f "$1" "$id")" = "$2" ]; }
# given_up: of the watcher's own /proc, what docs/security.md says.
given_up() {
  # shellcheck disable=SC2016 # the container's
  inside sh -c 'for p in /proc/[0-9]*; do
    [ "$(cat $p/comm)" != slotwatch ] || cat $p/status; done' >"$work/status"
  for line in 'NoNewPrivs:.1' 'CapEff:.0*' 'CapBnd:.0*' 'Seccomp:.2'; do
    grep -qx "$line" "$work/status" || fail "the watcher: not $line"
  done
  ! logged SW412 || fail "SW412 in the log"
}

# ---- compose.yaml: two servers, and Debian's Prometheus and Alertmanager, which need no registry ----

compose() {
  $composer -p slotwatch-check -f docker/compose.yaml -f docker/compose.check.yaml "$@"
}
find_compose() {
  for composer in "docker compose" docker-compose; do
    ! $composer version >/dev/null 2>&1 || return 0
  done
  composer=
  return 1
}
# query EXPRESSION VALUE: what Prometheus finds, as a number.
query() {
  curl -sf http://127.0.0.1:9090/api/v1/query --data-urlencode "query=$1" | grep -q "\"$2\"\]"
}
alerted() { curl -sf http://127.0.0.1:9093/api/v2/alerts | grep -q "$1"; }
together() {
  find_compose || { step "no docker compose here: compose.yaml is NOT started"; return; }
  step "compose.yaml, but for Grafana, by $composer"
  printf 'FROM %s\nRUN apt-get update && apt-get install -y --no-install-recommends %s\n' \
    "$base" "prometheus prometheus-alertmanager" |
    docker build -q --network "${BUILD_NETWORK:-host}" -t $image-monitors - >"$work/build" 2>&1 ||
    { cat "$work/build"; fail "no image for Prometheus"; }
  compose config -q || fail "compose.yaml"
  compose up -d --no-build www1 www2 prometheus alertmanager >"$work/up" 2>&1 ||
    { cat "$work/up"; fail "compose.yaml does not start"; }
  wait_for "both servers in Prometheus" query 'sum(up{job="slotwatch"})' 2
  wait_for "the rules" query 'count(instance:slotwatch_slots_free:ratio)' 2
  compose kill -s USR1 www1 >/dev/null 2>&1
  wait_for "a reload in Prometheus" query 'sum(slotwatch_generation)' 1
  compose stop www2 >/dev/null 2>&1
  wait_for "the alert in Alertmanager" alerted SlotwatchDown
  compose down >/dev/null 2>&1
}
build() {
  step "building from $base"
  docker build -q --network "${BUILD_NETWORK:-host}" --build-arg BASE="$base" \
    -t $image -f docker/Dockerfile . >"$work/build" 2>&1 || { cat "$work/build"; fail "no image"; }
}
start() {
  step "a read-only root, no capability, no new privileges: healthy, and answers"
  truncate -s 64M "$work/big"
  id=$(docker run -d --network none --read-only --tmpfs /run --tmpfs /tmp --cap-drop=ALL \
    --security-opt no-new-privileges --stop-timeout 30 --health-interval 1s \
    -v "$work/big:/var/www/html/big:ro" $image) || fail "it does not start"
  wait_for "healthy" is '{{.State.Health.Status}}' healthy
  ask '/slotwatch?format=text' >"$work/answer"
  grep -q '^ok: 14 of 16 slots free, 2 serving, ' "$work/answer" || fail "$(cat "$work/answer")"
  grep -q ' pid_namespace=[1-9]' "$work/answer" || fail "no PID namespace: $(cat "$work/answer")"
  wait_for "an access log" logged 'GET /slotwatch'
  given_up
}
reload() {
  step "reload by USR1: the watcher goes on, an old child is seen, and given back"
  reports 'generation=0 state=serving' || fail "no child serves"
  hold
  docker kill -s USR1 "$id" >/dev/null
  wait_for "generation 1" reports 'generation=1 state=serving'
  wait_for "the held child's socket" reports 'role=client .*queued_bytes'
  slot=$(status | sed -n 's/^slot: slot=\([0-9]*\) .* generation=0 .* clients=1 .*/\1/p')
  inside slotwatchctl recycle --slot "$slot" >"$work/recycle" || fail "$(cat "$work/recycle")"
  grep -q '^freed: ' "$work/recycle" || fail "$(cat "$work/recycle")"
}
# ended SECONDS: docker stop, in less than that and with exit code 0.
ended() {
  began=$(date +%s)
  docker stop "$id" >/dev/null
  took=$(($(date +%s) - began))
  step "it took $took s"
  [ $took -lt "$1" ] || fail "more than $1 s"
  is '{{.State.ExitCode}}' 0 || fail "exit code $(docker inspect -f '{{.State.ExitCode}}' "$id")"
}
stop() {
  step "stop"
  ended 10
  step "start the same container again"
  docker start "$id" >/dev/null
  wait_for "healthy" is '{{.State.Health.Status}}' healthy
  reports 'generation=0 state=serving' || fail "no child serves"
  step "stop, with a download that does not end"
  hold
  ended 30
}

docker info >/dev/null 2>&1 || fail "needs a Docker engine that answers: see docker info"
build
start
reload
stop
together
step "all holds"
