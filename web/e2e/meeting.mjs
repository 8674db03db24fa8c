// What tests of rooms share: rooms made and found through the page, what is said in them, people without a page.

import assert from 'node:assert/strict';
import { base, freshEmail, newPerson, signUp } from './harness.mjs';

let made = 0;
export const fresh = (name) => `${name} ${Date.now()}-${++made}`;

export async function person(browser, name, options) {
  const page = await newPerson(browser, options);
  await signUp(page, name);
  return page;
}

/** A room made from the lobby that is shown; answers its address. */
export async function makeRoomHere(page, title, { app, who, minimum = 1, maximum } = {}) {
  await page.getByRole('button', { name: 'New room' }).click();
  const dialog = page.getByRole('dialog');
  if (app) await dialog.getByRole('radio', { name: app, exact: true }).check();
  await dialog.getByLabel('Title').fill(title);
  if (who) await dialog.getByRole('radio', { name: new RegExp(`^${who}`) }).check();
  for (let k = 1; k < minimum; k++) await dialog.getByRole('button', { name: 'Starts with One more' }).click();
  if (maximum) await dialog.getByLabel('At most').fill(String(maximum));
  await dialog.getByRole('button', { name: 'Open the room' }).click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  return page.url();
}

export async function makeRoom(page, title, options) {
  await page.goto(base);
  return makeRoomHere(page, title, options);
}

/** To the lobby without loading the page anew: open rooms stay open. */
export const toLobby = (page) => page.getByRole('link', { name: 'houseful, to the events' }).click();

export const field = (page) => page.getByRole('textbox', { name: 'Write a message' });
export const say = async (page, text) => {
  await field(page).fill(text);
  await page.keyboard.press('Enter');
};
export const message = (page, text) => page.getByRole('log').locator('.words').filter({ hasText: text });
export const said = (page) => page.getByRole('log').locator('.words').allInnerTexts();
export const strip = (page) => page.getByRole('navigation', { name: 'Open rooms' });

/** A person without a page: their token. */
export async function account(name, at = base) {
  const answer = await fetch(`${at}/api/v1/auth/sign-up`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Houseful': '1' },
    body: JSON.stringify({ email: freshEmail(), name, password: 'a long and quiet evening' }),
  });
  assert.equal(answer.status, 201);
  return (await answer.json()).accessToken;
}
