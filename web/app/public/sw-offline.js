// Opens the pages of tickets and of the door where there is no network, from what `offline/shell.ts` put by. It keeps
// nothing itself, and never touches an answer of the interface.

const KEPT = 'houseful-shell-';
const PAGES = [/^\/desk\/events\/\d+\/door$/, /^\/bookings\/[^/]+$/];
const FILES = ['/assets/', '/icon.svg', '/manifest.webmanifest'];
/** Whoever stands at a door waits no longer for a network that is hardly there. */
const PATIENCE_MS = 3000;

// It keeps no state, so a new one takes over at once, from the page that registered it on.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    if (PAGES.some((page) => page.test(pathname))) event.respondWith(pageOf(request));
  } else if (FILES.some((file) => pathname.startsWith(file))) event.respondWith(fileOf(request));
});

/** The server's own page, while it answers in time: a deploy is there at once. */
async function pageOf(request) {
  const asked = fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  const answer = await Promise.race([asked, late]).catch(() => null);
  if (answer?.ok) return answer;
  return (await kept('/')) ?? asked;
}

/** Files are named after what is in them, so what was put by is what the network would bring. */
async function fileOf(request) {
  return (await kept(new URL(request.url).pathname)) ?? fetch(request);
}

async function kept(path) {
  for (const name of await caches.keys()) {
    if (!name.startsWith(KEPT)) continue;
    const found = await (await caches.open(name)).match(path);
    if (found) return found;
  }
  return undefined;
}
