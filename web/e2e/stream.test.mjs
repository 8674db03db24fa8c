// A house seen from a network that lets no WebSocket through: the page finds the other way by itself.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newPerson, openBrowser, openEvent, openList, openRow, seat, signUp } from './harness.mjs';

let browser;
let event;

before(async () => {
  browser = await openBrowser();
  event = await openEvent(browser, `Streamed ${Date.now()}`);
});
after(() => browser?.close());

test('without WebSocket a seat is held, booked and seen all the same', async () => {
  const ann = await newPerson(browser);
  const ben = await newPerson(browser);
  // As behind a proxy that knows no upgrade: no socket ever opens.
  await ann.addInitScript(() => {
    globalThis.WebSocket = class {
      constructor() {
        setTimeout(() => this.onclose({ code: 1006 }));
      }
      close() {}
    };
  });
  const posts = [];
  ann.on('request', (request) => request.url().includes('/live/sse') && posts.push(new URL(request.url()).pathname));
  await signUp(ann, 'Ann Streamed');
  await openList(ann, event);
  await openRow(ann, 'B');
  await openList(ben, event);
  await openRow(ben, 'B');
  await seat(ann, 'B', 3, 'available').click();
  await seat(ann, 'B', 3, 'yours, held').waitFor();
  await seat(ben, 'B', 3, 'held by someone').waitFor();
  await ann.getByRole('button', { name: /pay at the door/ }).click();
  await ann.locator('[data-code]').waitFor();
  await seat(ben, 'B', 3, 'booked').waitFor();
  assert.ok(posts.includes('/live/sse') && posts.includes('/live/sse/messages'), posts.join());
  assert.deepEqual([...ann.faults, ...ben.faults], []);
  await ann.context().close();
  await ben.context().close();
});
