// SPDX-License-Identifier: Apache-2.0
// Asking, and changing of the page only what has changed: what is focused, selected or scrolled
// stays so.

const patience = 5000;
const patienceForAll = 60000;
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

// A section and a row are known by their heading, wherever they stand; all else by its place.
const heading = (node) => node.querySelector?.(':scope > h2, :scope > th')?.textContent;

function morphChildren(from, to) {
  let old = from.firstChild;
  const drop = () => {
    const next = old.nextSibling;
    old.remove();
    old = next;
  };
  for (const made of [...to.childNodes]) {
    const name = heading(made);
    let same = old;
    while (same && heading(same) !== name) {
      same = name ? same.nextSibling : null;
    }
    if (!same) {
      from.insertBefore(made, old);
      continue;
    }
    while (old !== same) {
      drop();
    }
    old = old.nextSibling;
    morph(same, made);
  }
  while (old) {
    drop();
  }
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

function lose(why = 'no report comes from the server') {
  document.title = 'slotwatch: not reached';
  tell(`Asking again. As of ${heard} UTC.`,
    `Not up to date: ${why}. This is what was known at ${heard} UTC.`);
}

// The page's own address, whatever its prefix, but without the name and password that may stand in
// it: fetch does not take those.
const source = location.origin + location.pathname + '?format=json';

const isReport = (answer) => answer.ok &&
  answer.headers.get('Content-Type')?.startsWith('application/json');

// Another answer is of something in between that wants to know who asks, or of trouble.
const isSignIn = (answer) => answer.ok || [0, 401, 403].includes(answer.status);
const complaint = async (answer) => (answer.ok ? 'the server answers with something else'
  : answer.status === 0 ? 'the server sends elsewhere' : `the server answers ${answer.status}`) +
  (isSignIn(answer) ? ': reload the page to sign in again' : await reason(answer));

// The one line in which the module says why there is no report.
const reason = async (answer) => answer.headers.get('Content-Type')?.startsWith('text/plain')
  ? ': ' + (await answer.text()).trim().slice(0, 200) : '';

async function ask() {
  const begun = performance.now();
  const abort = new AbortController();
  setTimeout(() => abort.abort(), patienceForAll);
  // It is told, and waited for: the browser may be asking for a password. A large report may take
  // its time once it has begun.
  const late = setTimeout(() => lose(), patience);
  const answer = await fetch(source,
    {cache: 'no-store', redirect: 'manual', signal: abort.signal}).finally(() => clearTimeout(late));
  if (!isReport(answer)) {
    // A browser may ask its user for a password each time.
    pause = isSignIn(answer) ? atMost : pause;
    const why = await complaint(answer);
    abort.abort();
    throw new Error(why);
  }
  const report = await answer.json();
  show(report);
  // A report that is long to get is not asked for all the time.
  pause = Math.min(atMost, Math.max(atLeast, report.watcher.interval_seconds * 1000,
    10 * (performance.now() - begun)));
  tell(`${report.watcher.stale ? 'Stale' : 'Live'}: as of ${heard} UTC.`, '');
}

async function poll() {
  clearTimeout(timer);
  if (isAsking) {
    return;
  }
  if (document.hidden) {
    document.title = 'slotwatch: paused';
    tell(`Paused: as of ${heard} UTC.`, page.trouble.textContent);
    return;
  }
  isAsking = true;
  try {
    await ask();
  } catch (error) {
    lose(error.message.startsWith('the server') ? error.message : undefined);
  }
  isAsking = false;
  timer = setTimeout(poll, pause);
}

document.addEventListener('visibilitychange', poll);
timer = setTimeout(poll, pause);
