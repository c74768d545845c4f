// SPDX-License-Identifier: Apache-2.0
// Keeps the page up to date: asks for the JSON now and then and draws from it what the server has
// drawn (../html*.cpp), byte by byte. A test holds the two together.
'use strict';

// ---- Markup: what comes in between is escaped, unless it is markup itself ----

class Markup {
  constructor(text) { this.text = text; }
}
const entities = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\'': '&#39;'};
// What is not printable ASCII stands as in the log: \xNN for each byte.
const hex = (c) => Array.from(new TextEncoder().encode(c),
  (byte) => '\\x' + byte.toString(16).padStart(2, '0')).join('');
const escaped = (text) => text.replace(/[&<>"']|[^ -~]|\\/gu, (c) => entities[c] ?? hex(c));
const plain = (value) => value instanceof Markup ? value.text
  : Array.isArray(value) ? value.map(plain).join('') : escaped(String(value));
const html = (parts, ...values) =>
  new Markup(String.raw({raw: parts}, ...values.map(plain)));

// ---- Values ----

const draining = (slot) => slot.state !== 'free' && slot.state !== 'serving';
const letters = {free: '.', serving: 's', draining: 'd', stuck: 'X', recycling: 'r'};
const letter = (state) => letters[state] ?? '?';
const style = (state) => ({free: 'f', stuck: 'x'})[state] ?? letters[state] ?? 'u';
const label = (name) => name.replace(/_seconds$/, '').replaceAll('_', ' ');
const time = (instant) => instant.slice(0, 10) + ' ' + instant.slice(11, 19);

function span(seconds) {
  const usec = Math.max(0, Math.round(seconds * 1e6));
  const whole = Math.floor(usec / 1e6);
  const minutes = Math.floor(whole / 60);
  if (usec < 1e7 && usec % 1e6 > 0) {
    return (usec < 1000 ? usec / 1e6 : Math.floor(usec / 1000) / 1000)
      .toFixed(usec < 1000 ? 6 : 3) + ' s';
  }
  return minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min`
    : minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

const bar = (part, whole) => {
  const share = whole > 0 ? Math.floor(part * 100 / whole) : 0;
  return html`<svg class="bar" aria-hidden="true"><rect width="${
    Math.min(100, Math.max(part > 0 ? 1 : 0, share))}%" height="100%"/></svg>`;
};

// How much of a wide window a section takes.
const whole = html`<section>
<h2>`;
const half = html`<section class="half">
<h2>`;

const table = (section, heading, columns, rows, end = '') => html`${section}${heading}</h2>
<div class="wide" role="region" aria-label="${heading}" tabindex="0">
<table aria-label="${heading}">
<thead><tr>${columns.map((column) => html`<th scope="col">${column}`)}
<tbody>
${rows}</table>
</div>
${end}</section>
`;

// ---- At a glance ----

const word = (report) => report.watcher.stale ? 'stale' : report.capacity.verdict;

const headline = ({watcher, capacity: c}) => (watcher.stale
  ? `stale: this is what was known ${span(watcher.sample_age_seconds)} ago: ` : '') +
  `${c.verdict}: ${c.free} of ${c.slots} slots free, ${c.serving} serving, ` +
  `${c.draining} draining, ${c.stuck} stuck, ${c.recycling} recycling; ` +
  `room for ${c.reloads_left} more reload${c.reloads_left === 1 ? '' : 's'}`;

const figure = (name, number, more) => html`<div><dt>${name}<dd>${number} <small>${more}</small></div>
`;

function glance(report) {
  const c = report.capacity;
  const needed = report.server.server_limit_needed;
  return html`<section aria-label="At a glance">
<p class="verdict ${word(report)}" role="status">${word(report)}</p>
<p class="headline">${headline(report)}</p>
<dl class="figures">
${figure('slots free', c.free, `of ${c.slots}, reserve ${c.reserve}`)}${
  figure('reloads left', c.reloads_left, 'if no slot becomes free')}${
  figure('slots stuck', c.stuck, `${c.draining} draining, ${c.recycling} recycling`)}${
  figure('workers busy', c.workers_busy, `${c.workers_idle} idle, slots serving: ${c.serving}`)}</dl>
${needed === null ? '' : html`<p class="slack">Under full load a reload finds no room. Set <code>ServerLimit ${
    needed}</code> and restart httpd: a reload does not change it.</p>
`}</section>
`;
}

// ---- Slots, generations ----

const lettersMost = 32;
const allLettersMost = 2048;
const roomyCellsMost = 256;

// How many workers are in each state: 12W 52_.
const counts = (workers) => [...'.S_RWKLDCGI?'].map((one) => [workers.split(one).length - 1, one])
  .filter(([count]) => count > 0).map(([count, one]) => ` ${count}${one}`).join('');

const inside = (workers, slots) => workers === '' ? '' : html`<p>${
  workers.length <= lettersMost && workers.length * slots <= allLettersMost ? workers
    : counts(workers)}`;

const cell = (slot, slots) => html`<li class=${style(slot.state)}${slot.state === 'free' ? ''
  : html` title="pid ${slot.pid}, generation ${slot.generation}${
    slots <= roomyCellsMost ? '' : ':' + counts(slot.workers)}"`}>${letter(slot.state)} ${slot.slot}${
  slots <= roomyCellsMost ? inside(slot.workers, slots) : ''}`;

const map = ({slots}) => html`<section>
<h2>Slots</h2>
<p class="key">${Object.keys(letters).map((state) =>
    html`<span><b class="${style(state)}">${letter(state)}</b> ${state}</span> `)}</p>
<ol class="map" role="list">${
    slots.map((slot) => cell(slot, slots.length))}</ol>
</section>
`;

function generations({server, slots, generations: old}) {
  const row = (number, count, end) => html`<tr><th scope="row">${number}<td>${count} ${
    bar(count, slots.length)}<td>${end}
`;
  const running = slots.filter((slot) =>
    slot.state !== 'free' && slot.generation === server.generation).length;
  return table(half, 'Generations', ['generation', 'slots', 'draining for'], [
    row(server.generation, running, html`<small>the running one</small>`),
    ...old.map((one) => row(one.generation, one.slots, span(one.draining_seconds)))]);
}

// ---- The last hour ----

function area(moments, floor, state, height) {
  let next = -1;
  let top;
  let path = '';
  for (const moment of moments) {
    if (moment.step !== next) {
      path += (next >= 0 ? `V${floor}` : '') + `M${moment.step} ${floor}`;
      top = floor;
    }
    const last = top;
    top = floor - height(moment);
    path += (top !== last ? `V${top}` : '') + 'h1';
    next = moment.step + 1;
  }
  return html`<path class="${style(state)}" d="${path}V${floor}"/>`;
}

function lane(moments, name, field) {
  const marked = moments.filter((moment) => moment[field] > 0);
  return html`<svg viewBox="0 0 120 1" preserveAspectRatio="none" aria-hidden="true"><path d="${
    marked.map((moment) => `M${moment.step} 0h1v1h-1`)}"/></svg><span>${
    marked.reduce((sum, moment) => sum + moment[field], 0)} ${name}</span>
`;
}

function hour({capacity: {slots}, timeline: {step_seconds: step, moments: all}}) {
  if (all.length === 0) {
    return '';
  }
  const last = Date.parse(all.at(-1).time);
  const moments = all.map((moment) => ({...moment,
    step: 119 - Math.round((last - Date.parse(moment.time)) / 1000 / step)}))
    .filter((moment) => moment.step >= 0 && moment.step < 120);
  const held = (m) => m.stuck + m.recycling;
  return html`${half}The last hour</h2>
<figure>
<div class="hour">
<svg class="areas" viewBox="0 0 120 ${slots}" preserveAspectRatio="none" role="img" aria-label="Slots by state, in steps of 30 seconds">${
  area(moments, slots, 'serving', (m) => m.serving + m.draining + held(m))}${
  area(moments, slots, 'draining', (m) => m.draining + held(m))}${
  area(moments, slots, 'stuck', held)}${
  area(moments, slots, 'recycling', (m) => m.recycling)}</svg><span>${slots} slots</span>
${lane(moments, 'reloads', 'reloads')}${lane(moments, 'incidents', 'incidents_opened')}${
  lane(moments, 'recycled', 'recycled')}<p class="axis"><span>1 h ago</span> <span>30 min</span> <span>now</span></p>
</div>
<figcaption>Of ${slots} slots at most ${
  Math.max(...all.map((m) => m.stuck))} were stuck, and at least ${
  Math.min(...all.map((m) => m.free))} free.</figcaption>
</figure>
</section>
`;
}

// ---- Draining slots ----

const part = (before, text) => text === '' ? '' : html`${before}${text}`;

const request = (r) => html`<li>${r.request === '' ? '' : html`<code>${r.request}</code> `}in worker ${
  r.worker} ${r.state}${part(' from ', r.client)}${part(' at ', r.vhost)}${
  r.elapsed_seconds === null ? '' : ', ' + span(r.elapsed_seconds)}`;

const socket = (s) => html`<li>${s.role}${part(' ', s.peer)}${
  s.idle_seconds === null ? '' : ', idle ' + span(s.idle_seconds)}${
  s.queued_bytes > 0 ? `, ${s.queued_bytes} bytes queued` : ''}`;

const thread = (t) => html`<li>thread ${t.name} ${t.state}${part(' ', t.wchan ?? '')}`;

function who({requests, requests_omitted: omitted, sockets, threads, connections}) {
  const shown = [...requests.slice(0, 2).map(request), ...sockets.slice(0, 2).map(socket),
    ...threads.slice(0, 1).map(thread)];
  const more = requests.length + omitted + sockets.length + threads.length - shown.length;
  const counted = Object.entries(connections).filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${label(name)}`);
  return html`<td><ul>${shown}${requests.length + sockets.length > 0 || counted.length === 0 ? ''
    : html`<li>connections: ${counted.join(', ')}`}${more > 0 ? html`<li>and ${more} more` : ''}</ul>`;
}

const cuts = (slot) => slot.clients === null
  ? `connections ${Math.max(slot.connections.total, slot.requests.length + slot.requests_omitted)}`
  : [slot.next_rung !== 'backends' ? [`clients ${slot.clients}`] : [],
    slot.next_rung !== 'clients' ? [`backends ${slot.backends}`] : []].flat().join(', ');

const nextRung = (slot) => html`<td>${slot.rung === null ? '' : `now ${slot.rung}, then `}${
  slot.next_rung === null ? 'nothing'
    : html`${slot.next_rung} <small>cuts ${cuts(slot)}</small>`}${
  slot.suppressed === null ? '' : html` <small>held back: ${slot.suppressed}</small>`}`;

const holder = (slot) => html`<tr><th scope="row">${slot.slot} <small>pid ${slot.pid}, generation ${
  slot.generation}</small><td><b class="${style(slot.state)}">${letter(slot.state)}</b> ${
  slot.state} <small>draining for ${span(slot.draining_seconds)}</small><td>${
  slot.phase} <small>since a ${slot.trigger}</small>${who(slot)}<td>${
  span(slot.stalled_seconds)} ago <small>says the ${slot.judged_by}</small>${nextRung(slot)}
`;

const allAsText = (which, shown, all) => shown === all ? '' : html`<p>The ${which} ${shown} of ${
  all}. All of them: <a href="?format=text">as text</a>.</p>
`;

function holders({slots}) {
  const rank = {recycling: 0, stuck: 1, draining: 2};
  const all = slots.filter(draining);
  const worst = all.sort((left, right) => rank[left.state] - rank[right.state] ||
    right.draining_seconds - left.draining_seconds).slice(0, 16);
  return all.length === 0 ? '' : table(whole, 'Draining slots',
    ['slot', 'state', 'phase', 'held by', 'last moved', 'next rung'],
    worst.map(holder), allAsText('worst', worst.length, all.length));
}

// ---- Incidents, drains, sheets ----

const incident = (one) => html`<tr><th scope="row"><code>${one.incident}</code><td>${
  one.about === 'capacity' ? html`capacity<td>${one.verdict}`
    : html`slot ${one.slot} <small>pid ${one.pid}, generation ${one.generation}</small><td>${
      one.reason} <small>${one.phase}, ${one.trigger}</small>`}<td>${time(one.opened)}<td>${
  one.closed === null ? html`<b>open</b>`
    : html`${one.outcome} <small>${time(one.closed)}</small>`}<td>${
  one.rungs.map((rung, at) => `${at > 0 ? '; ' : ''}${rung.rung} ${
    rung.outcome}, cut ${rung.cut}`)}
`;

function incidents({incidents: all}) {
  const newest = all.slice(0, 10);
  return all.length === 0 ? '' : table(whole, 'Incidents',
    ['incident', 'about', 'why', 'opened', 'end', 'rungs'], newest.map(incident),
    allAsText('newest', newest.length, all.length));
}

const drains = ({drains: {buckets, count: all}}) => all === 0 ? ''
  : table(half, 'How long drains lasted', ['lasted up to', 'drains'], buckets.map(({le, count}) =>
    html`<tr><th scope="row">${le === null ? 'longer' : span(le)}<td>${count} ${bar(count, all)}
`));

const value = (name, held) => typeof held === 'boolean' ? (held ? 'yes' : 'no')
  : name.endsWith('_seconds') ? span(held) : held;

const sheet = (section, heading, fields) => html`${section}${heading}</h2>
<dl class="sheet">
${fields.filter(([, held]) => held !== null).map(([name, held]) =>
    html`<div><dt>${label(name)}<dd>${value(name, held)}</div>
`)}</dl>
</section>
`;

const draw = (report) => html`
${glance(report)}${map(report)}${hour(report)}${generations(report)}${holders(report)}${
  incidents(report)}${drains(report)}${
  sheet(half, 'Counters', Object.entries(report.counters).filter(([, count]) => count !== 0))}${
  sheet(whole, 'Server', Object.entries(report.server))}${
  sheet(whole, 'Watcher', Object.entries(report.watcher))}`.text;
