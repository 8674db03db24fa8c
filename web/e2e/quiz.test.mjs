// The page of a room application of one's own, in a server that has it: the page's contract is held, and the room page,
// which knows nothing of it, attaches it. It starts a server for itself.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from './program.mjs';

let server;
let browser;
let harness;

before(async () => {
  server = await startServer({ name: 'quiz' });
  [process.env.HOUSEFUL_URL] = server.urls;
  // Only now, for it reads the address when it is loaded.
  harness = await import('./harness.mjs');
  browser = await harness.openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Somebody in the quiz, on its own page inside the room page. */
async function player(name) {
  const page = await harness.newPerson(browser);
  await harness.signUp(page, name);
  await page.goto(`${harness.base}/rooms/quiz`);
  await page.getByRole('heading', { level: 1, name: 'quiz' }).waitFor();
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

  // Elsewhere nothing of it is left, and coming back attaches it again.
  await ann.getByRole('link', { name: 'houseful, to the events' }).click();
  await ann.getByRole('heading', { name: 'Rooms' }).waitFor();
  assert.equal(await ann.locator('.quiz').count(), 0);
  await ann.getByRole('navigation', { name: 'Open rooms' }).getByRole('link', { name: 'quiz' }).click();
  await ann.getByRole('listitem').filter({ hasText: 'ann 1' }).waitFor();
  assert.equal(await ann.locator('.quiz').count(), 1);
  assert.deepEqual(await harness.seriousViolations(ann), []);
  for (const page of [host, ann, ben]) {
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
});

test('who finds it on the start page sees it by the page that it brings', async () => {
  const page = await harness.newPerson(browser);
  await page.goto(`${harness.base}/`);
  await page.getByRole('link', { name: 'Quiz' }).click();
  await page.getByRole('heading', { name: 'Quiz' }).waitFor();
  await page.getByText('Nobody is the host.').waitFor();
  await page.goBack();
  await page.locator('.quiz').waitFor({ state: 'detached' });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a visitor may look; a room whose page does not come says so', async () => {
  const page = await harness.newPerson(browser);
  await page.goto(`${harness.base}/rooms/quiz`);
  await page.getByText('Nobody is the host.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Be the host' }).count(), 0);
  await page.getByRole('button', { name: 'Sign in' }).first().click();
  await harness.createAccount(page, 'Vi Sitor');
  await page.getByRole('button', { name: 'Be the host' }).waitFor();
  await page.route('**/apps/quiz/page.js', (route) => route.abort());
  await page.reload();
  await page.getByRole('heading', { name: 'This page can’t show the room.' }).waitFor();
  await page.context().close();
});
