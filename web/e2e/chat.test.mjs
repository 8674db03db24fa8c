// People write to each other: seen at once, kept, corrected, answered, and kept in order.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, freshEmail, newPerson, openBrowser, openEvent, signUp } from './harness.mjs';

let browser;
let ann;
let ben;
before(async () => {
  browser = await openBrowser();
  ann = await newPerson(browser);
  ben = await newPerson(browser);
  await signUp(ann, 'Ann Speaker');
  await signUp(ben, 'Ben Listener');
});
after(() => browser?.close());

const field = (page) => page.getByRole('textbox', { name: 'Write a message' });
const say = async (page, text) => {
  await field(page).fill(text);
  await page.keyboard.press('Enter');
};
const line = (page, text) => page.locator('.line').filter({ has: page.locator('.words', { hasText: text }) });

async function meet() {
  await ann.goto(base);
  await ann.getByRole('button', { name: 'New room' }).click();
  await ann.getByRole('dialog').getByLabel('Title').fill(`Chat ${Date.now()}`);
  await ann.getByRole('button', { name: 'Open the room' }).click();
  await field(ann).waitFor();
  await ben.goto(ann.url());
  await ann.getByRole('region', { name: 'People' }).getByText('Ben Listener').waitFor();
}
async function act(page, text, button) {
  await line(page, text).hover();
  await line(page, text).getByRole('button', { name: /^Actions for/ }).click();
  await line(page, text).getByRole('button', { name: button, exact: true }).click();
}

test('what one writes the other sees, as it was typed', async () => {
  await meet();
  await field(ann).pressSequentially('first line');
  await ann.keyboard.press('Shift+Enter');
  await ann.keyboard.type('second <b>line</b> \u202E https://example.org/x.');
  await ann.getByRole('button', { name: 'Send' }).click();
  const seen = line(ben, 'first line').locator('.words');
  await seen.waitFor();
  assert.equal(await seen.textContent(), 'first line\nsecond <b>line</b> \u202E https://example.org/x.');
  const link = seen.getByRole('link');
  assert.equal(await link.getAttribute('href'), 'https://example.org/x');
  assert.equal(await link.getAttribute('rel'), 'noopener nofollow ugc');
  assert.equal(await seen.locator('b').count(), 0);
  await field(ben).pressSequentially('hm');
  await ann.getByText('Ben Listener is writing…').waitFor();
});

test('one corrects and deletes one’s own; who keeps order removes another’s', async () => {
  await meet();
  await say(ben, 'tomorow');
  await act(ben, 'tomorow', 'Edit');
  await say(ben, 'tomorrow');
  await line(ann, 'tomorrow').getByText('edited').waitFor();
  await say(ann, 'only mine');
  await line(ben, 'only mine').hover();
  await line(ben, 'only mine').getByRole('button', { name: /^Actions for/ }).click();
  assert.equal(await line(ben, 'only mine').getByRole('button', { name: 'Edit', exact: true }).count(), 0);
  await act(ann, 'tomorrow', 'Delete');
  await ann.getByRole('button', { name: 'Delete it' }).click();
  await ben.getByText('This message was removed by a moderator.').waitFor();
});

test('answers, reactions, and being spoken to', async () => {
  await meet();
  await say(ann, 'Who brings the ladder?');
  await act(ben, 'Who brings', 'Reply');
  await field(ben).pressSequentially('Me, @Ann');
  await ben.getByRole('option', { name: 'Ann Speaker' }).waitFor();
  await ben.keyboard.press('Enter');
  assert.equal(await field(ben).inputValue(), 'Me, @Ann Speaker ');
  await ben.keyboard.press('Enter');
  await line(ann, 'Me, @Ann Speaker').getByText('Who brings the ladder?').waitFor();
  await ann.locator('[data-mentioned]', { hasText: 'Ben Listener spoke to you: Me, @Ann Speaker' }).waitFor({ state: 'attached' });
  await line(ben, 'Who brings').hover();
  await line(ben, 'Who brings').getByRole('button', { name: /^Actions for/ }).click();
  await line(ben, 'Who brings').getByRole('button', { name: 'React with 🎉' }).click();
  const mine = line(ann, 'Who brings').getByRole('button', { name: '🎉 1' });
  await mine.click();
  await line(ben, 'Who brings').getByRole('button', { name: '🎉 2' }).waitFor();
});

test('what is refused is taken back, and its words are not lost', async () => {
  await meet();
  await ann.getByLabel('Slow mode').selectOption('60');
  await ben.getByText('Slow mode: one message every 60 seconds.').waitFor();
  await say(ben, 'the first');
  await line(ann, 'the first').waitFor();
  await say(ben, 'too soon');
  await ben.getByRole('alert').filter({ hasText: 'Slow mode is on.' }).waitFor();
  assert.equal(await field(ben).inputValue(), 'too soon');
  assert.equal(await line(ben, 'too soon').count(), 0);
  await act(ann, 'the first', 'Mute for 10 minutes');
  await ben.getByRole('alert').filter({ hasText: 'You can’t write here until' }).waitFor();
  await ann.getByRole('button', { name: 'Let them write again' }).first().click();
  await ben.getByRole('alert').filter({ hasText: 'You can’t write here until' }).waitFor({ state: 'detached' });
});

test('without a connection a message waits, and is sent once', async () => {
  await meet();
  await say(ann, 'before');
  await line(ben, 'before').waitFor();
  await ben.context().setOffline(true);
  await say(ben, 'from the tunnel');
  await line(ben, 'from the tunnel').getByText('Sending').waitFor();
  await ben.context().setOffline(false);
  await line(ann, 'from the tunnel').waitFor();
  await line(ben, 'from the tunnel').getByText('Sending').waitFor({ state: 'detached' });
  assert.equal(await line(ann, 'from the tunnel').count(), 1);
});

/** A person without a page. */
async function speaker(name) {
  const answer = await fetch(`${base}/api/v1/auth/sign-up`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Houseful': '1' },
    body: JSON.stringify({ email: freshEmail(), name, password: 'a long and quiet evening' }),
  });
  return (await answer.json()).accessToken;
}

/** Says something as soon as the room lets that person speak again. */
async function speakAs(token, room, text) {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  for (;;) {
    // A refusal is remembered by its id, so each try has one of its own.
    const body = JSON.stringify({ id: crypto.randomUUID(), body: { text } });
    const answer = await fetch(`${base}/api/v1/rooms/${encodeURIComponent(room)}/commands/say`, { method: 'POST', headers, body });
    if (answer.ok) return;
    const { code, retryAfterMs } = await answer.json();
    assert.ok(retryAfterMs, `refused for good: ${code}`);
    await new Promise((resume) => setTimeout(resume, retryAfterMs));
  }
}

test('one reads back to the first message, and what was in sight stays', async () => {
  await meet();
  const room = new URL(ann.url()).pathname.slice(1);
  const speakers = await Promise.all(['Una', 'Vic', 'Wim', 'Xia', 'Yan', 'Zoe'].map(speaker));
  for (let k = 1; k <= 110; k++) await speakAs(speakers[k % speakers.length], room, `number ${k}.`);
  await ben.reload();
  await line(ben, 'number 110.').waitFor();
  assert.equal(await line(ben, 'number 1.').count(), 0);
  // Reaching the top asks for more, as the button there does; what was in sight does not move for it.
  const top = () => line(ben, 'number 11.').evaluate((one) => one.getBoundingClientRect().top);
  await ben.getByRole('log').evaluate((list) => { list.scrollTop = 0; });
  const before = await top();
  await line(ben, 'number 1.').waitFor();
  await ben.waitForFunction(() => !document.querySelector('.earlier'));
  assert.ok(Math.abs((await top()) - before) < 60, 'what was in sight stays');
  assert.equal(await ben.getByRole('button', { name: 'Earlier messages' }).count(), 0);
  const order = await ben.locator('.line').evaluateAll((lines) => lines.map((one) => Number(one.dataset.no)));
  assert.deepEqual(order, Array.from({ length: 110 }, (_, k) => k + 1));
  assert.deepEqual([...ann.faults, ...ben.faults], []);
});

test('beside the map one speaks of seats, and sees which are meant', async () => {
  const event = await openEvent(browser, `Spoken ${Date.now()}`);
  for (const page of [ann, ben]) {
    await page.goto(`${base}/events/${event}`);
    await page.getByRole('button', { name: 'Chat', exact: true }).click();
    await field(page).waitFor();
  }
  await field(ann).pressSequentially('Shall we take #B3');
  await ann.getByRole('option', { name: /B3$/ }).click();
  await ann.keyboard.press('Enter');
  await line(ben, 'Shall we take').getByRole('button', { name: /B3 ?, show on the map/ }).click();
  assert.equal(await ben.getByRole('button', { name: 'Map', exact: true }).getAttribute('aria-pressed'), 'true');
  await ben.getByRole('button', { name: 'Hide the chat' }).click();
  await say(ann, 'Quick');
  await ben.getByRole('button', { name: /^Chat ?, 1 new message$/ }).click();
  await line(ben, 'Quick').waitFor();
  assert.deepEqual([...ann.faults, ...ben.faults], []);
});
