// SPDX-License-Identifier: Apache-2.0
// Asking, and changing of the page only what has changed: what is focused, selected or scrolled
// stays so.

const patience = 5000;
const atLeast = 1000;
const atMost = 10000;
const page = {main: document.querySelector('main'), live: document.getElementById('live'),
  trouble: document.getElementById('trouble')};
let heard = page.live.textContent.match(/[-\d]+ [:\d]+/)[0];
let pause = atLeast;
let isAsking = false;
let timer;

function morph(from, to) {
  if (from.nodeName !== to.nodeName) {
    from.replaceWith(to);
  } else if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.data !== to.data) {
      from.data = to.data;
    }
  } else {
    for (const {name, value: held} of to.attributes) {
      if (from.getAttribute(name) !== held) {
        from.setAttribute(name, held);
      }
    }
    for (const name of from.getAttributeNames()) {
      if (!to.hasAttribute(name)) {
        from.removeAttribute(name);
      }
    }
    morphChildren(from, to);
  }
}

function morphChildren(from, to) {
  const old = [...from.childNodes];
  const made = [...to.childNodes];
  made.forEach((node, at) => at < old.length ? morph(old[at], node) : from.append(node));
  old.slice(made.length).forEach((node) => node.remove());
}

function show(report) {
  const made = document.createElement('main');
  made.innerHTML = draw(report);
  morph(page.main, made);
  heard = time(report.time);
  document.title = 'slotwatch: ' + word(report);
}

function tell(live, trouble) {
  if (page.trouble.textContent !== trouble) {
    page.trouble.textContent = trouble;
  }
  document.body.classList.toggle('lost', trouble !== '');
  page.live.textContent = live;
}

// The page's own address, whatever its prefix, but without the name and password that may stand in
// it: fetch does not take those.
const source = location.origin + location.pathname + '?format=json';

async function ask() {
  const begun = performance.now();
  const answer = await fetch(source,
    {cache: 'no-store', signal: AbortSignal.timeout(patience)});
  if (!answer.ok) {
    throw new Error(`the server answers ${answer.status}`);
  }
  const report = await answer.json();
  show(report);
  // A report that is long to get is not asked for all the time.
  pause = Math.min(atMost, Math.max(atLeast, report.watcher.interval_seconds * 1000,
    10 * (performance.now() - begun)));
  tell(`Live: as of ${heard} UTC.`, '');
}

async function poll() {
  clearTimeout(timer);
  if (isAsking) {
    return;
  }
  if (document.hidden) {
    tell(`Paused: as of ${heard} UTC.`, page.trouble.textContent);
    return;
  }
  isAsking = true;
  try {
    await ask();
  } catch (error) {
    const why = error.message.startsWith('the server') ? error.message
      : 'no report comes from the server';
    document.title = 'slotwatch: not reached';
    tell(`Asking again. As of ${heard} UTC.`,
      `Not up to date: ${why}. This is what was known at ${heard} UTC.`);
  }
  isAsking = false;
  timer = setTimeout(poll, pause);
}

document.addEventListener('visibilitychange', poll);
timer = setTimeout(poll, pause);
