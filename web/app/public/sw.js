// The service worker: what the browser runs while no page is open. Each concern is a file of its own, imported here;
// this file must never do anything itself. It is registered by whoever needs it: notify/push.ts, the pages at the door
// and of tickets.

importScripts('/sw-push.js', '/sw-offline.js');
