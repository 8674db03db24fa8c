// Web Push: shows what came, and opens its page when it is clicked. It never asks the server for anything, and what it
// cannot read it shows as the plainest of notices, because a push that shows nothing ends the subscription.

/** What is shown, from the message's JSON: {title, body, path, tag, lang}. */
function noticeOf(data) {
  const said = (() => {
    try {
      return data ? data.json() : {};
    } catch {
      return {};
    }
  })();
  const text = (value) => (typeof value === 'string' ? value : '');
  // A path of this server, whatever the message says.
  const path = /^\/(?![/\\])/.test(text(said.path)) ? said.path : '/notifications';
  return {
    title: text(said.title) || 'Houseful',
    options: { body: text(said.body), tag: text(said.tag) || undefined, lang: text(said.lang) || undefined, icon: '/icon.svg', data: { path } },
  };
}

/** Brings a page of ours to the front, or opens one. */
async function show(path) {
  const url = new URL(path, self.location.origin).href;
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const there = pages.find((page) => page.url === url);
  if (there) return there.focus();
  return self.clients.openWindow(url);
}

self.addEventListener('push', (event) => {
  const { title, options } = noticeOf(event.data);
  event.waitUntil(self.registration.showNotification(title, options));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data?.path ?? '/notifications'));
});
