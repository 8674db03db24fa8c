// The page of a room application of one's own, in a server that has it: the page's contract is held, and the web
// application's room page shows the room by it. It starts a server for itself.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { build } from 'vite';
import { newPerson, openBrowser } from './harness.mjs';

const root = new URL('../../', import.meta.url).pathname;
const folder = process.env.HOUSEFUL ? dirname(process.env.HOUSEFUL) : join(root, 'target/debug');
const program = join(folder, 'quiz');
const data = mkdtempSync(join(tmpdir(), 'houseful-quiz-'));

let server;
let browser;
let url;
let client;

before(async () => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOUSEFUL')));
  env.HOUSEFUL_OPERATOR__LISTEN = '127.0.0.1:0';
  const words = ['serve', '--data', join(data, 'house'), '--listen', '127.0.0.1:0'];
  server = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  process.on('exit', () => server.kill());
  // Read to its end, so that the server can always say more.
  url = await new Promise((resolve, reject) => {
    const lines = createInterface(server.stdout);
    lines.on('line', (line) => line.startsWith('listening on ') && resolve(line.slice('listening on '.length)));
    lines.on('close', () => reject(new Error(`${program} ended before it listened`)));
  });
  const entry = join(root, 'web/packages/client/src/index.ts');
  const lib = { entry, formats: ['es'], fileName: () => 'client.js' };
  const [{ output }] = [await build({ configFile: false, logLevel: 'error', build: { write: false, lib } })].flat();
  client = output[0].code;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  if (server?.exitCode === null) {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill();
    await ended;
  }
  rmSync(data, { recursive: true, force: true });
});

/** Somebody in the quiz, with its page attached as the room page attaches it. */
async function player(name) {
  const page = await newPerson(browser);
  // The client's module comes from the server's own origin, as the policy wants it.
  await page.route('**/client.js', (route) => route.fulfill({ contentType: 'text/javascript', body: client }));
  await page.goto(`${url}/`);
  await page.evaluate(async (name) => {
    const body = JSON.stringify({ email: `${name}@house.example`, name, password: 'a long and quiet evening' });
    const headers = { 'content-type': 'application/json', 'x-houseful': '1' };
    const answer = await fetch('/api/v1/auth/sign-up', { method: 'POST', headers, body });
    const { accessToken } = await answer.json();
    const { Client } = await import(`${location.origin}/client.js`);
    const { attach } = await import(`${location.origin}/apps/quiz/page.js`);
    const client = new Client({ url: `ws://${location.host}/live`, token: async () => accessToken });
    client.connect();
    const room = client.join('rooms/quiz');
    document.body.replaceChildren(document.createElement('main'));
    globalThis.detach = attach(document.querySelector('main'), room, client);
  }, name);
  return page;
}

test('a round is asked, answered and revealed on three pages', async () => {
  const [host, ann, ben] = [await player('hal'), await player('ann'), await player('ben')];
  await ann.getByText('Nobody is the host.').waitFor();
  await host.getByRole('button', { name: 'Be the host' }).click();
  await ann.getByText('The host is hal').waitFor();
  assert.ok(await ann.getByRole('button', { name: 'Be the host' }).isDisabled());

  await host.getByLabel('Question').fill('What is <b>bold</b>?');
  await host.getByLabel('Choice A').fill('right');
  await host.getByLabel('Choice B').fill('wrong');
  await host.getByLabel('Choice C').fill('neither');
  await host.getByRole('button', { name: 'Ask' }).click();
  await ann.getByRole('heading', { name: 'What is <b>bold</b>?' }).waitFor();
  assert.equal(await host.locator('.is-right').innerText(), 'right', 'the host knows');
  assert.equal(await ann.locator('.is-right').count(), 0, 'nobody else does');

  await ann.getByRole('button', { name: 'right' }).focus();
  await ben.getByText('0 answered, 1 thinking.').waitFor();
  await ann.getByRole('button', { name: 'right' }).click();
  await ben.getByText('1 answered, 0 thinking.').waitFor();
  assert.ok(await ann.getByRole('button', { name: 'wrong' }).isDisabled(), 'the first answer counts');
  await ben.getByRole('button', { name: 'wrong' }).click();
  await host.getByText('2 answered').waitFor();
  await host.getByRole('button', { name: 'Reveal' }).click();
  await ben.locator('.is-right', { hasText: 'right' }).waitFor();
  await ben.getByRole('listitem').filter({ hasText: 'ann 1' }).waitFor();

  await host.getByRole('button', { name: 'Step down' }).click();
  await ann.getByText('Nobody is the host.').waitFor();
  await ann.evaluate(() => globalThis.detach());
  assert.equal(await ann.locator('main').innerHTML(), '', 'it takes everything away again');
  for (const page of [host, ann, ben]) {
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
});

test('who finds it on the start page sees it by the page that it brings', async () => {
  const page = await newPerson(browser);
  await page.goto(`${url}/`);
  await page.getByRole('link', { name: 'Quiz' }).click();
  await page.getByRole('heading', { name: 'Quiz' }).waitFor();
  await page.getByText('Nobody is the host.').waitFor();
  await page.goBack();
  await page.locator('.quiz').waitFor({ state: 'detached' });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
