// What this origin's pages have running beside them. It only puts together what each concern brings.

importScripts('/sw-offline.js');

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
