// Rooms where people meet: made, found, entered, waited for, closed; and several of them open at once.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, createAccount, newPerson, openBrowser } from './harness.mjs';
import { fresh, makeRoom, makeRoomHere, message, person as visitor, say, strip, toLobby } from './meeting.mjs';

let browser;
before(async () => (browser = await openBrowser()));
after(() => browser?.close());

const person = (name) => visitor(browser, name);

test('a new room is in everyone’s lobby, with how many are there, and gone when it is closed', async () => {
  const ann = await person('Ann Host');
  const ben = await newPerson(browser);
  await ben.goto(base);
  const title = fresh('Stage door');
  await makeRoom(ann, title);
  const card = ben.getByRole('link', { name: title });
  await card.filter({ hasText: '1 here' }).waitFor();
  await ann.getByRole('button', { name: 'Settings' }).click();
  await ann.getByRole('dialog').getByLabel('Title').fill(`${title} B`);
  await ann.getByRole('button', { name: 'Save' }).click();
  await ann.getByRole('heading', { level: 1, name: `${title} B` }).waitFor();
  await ben.getByRole('link', { name: `${title} B` }).waitFor();
  await ann.getByRole('button', { name: 'Settings' }).click();
  await ann.getByRole('button', { name: 'Close the room' }).click();
  await ann.getByRole('button', { name: 'Close now' }).click();
  await ann.getByRole('heading', { name: 'This room has closed.' }).waitFor();
  await card.waitFor({ state: 'detached' });
  assert.deepEqual([...ann.faults, ...ben.faults], []);
  await ann.context().close();
  await ben.context().close();
});

test('a room with a minimum says how many are missing, and starts by itself', async () => {
  const ann = await person('Ann Early');
  const address = await makeRoom(ann, fresh('Quartet'), { minimum: 2 });
  await ann.getByRole('heading', { name: 'Waiting for 1 more person' }).waitFor();
  assert.ok(await ann.getByRole('textbox', { name: 'Write a message' }).isDisabled());
  const ben = await person('Ben Second');
  await ben.goto(address);
  await ann.getByText('It has started.').waitFor();
  await say(ben, 'Now we are two');
  await message(ann, 'Now we are two').waitFor();
  await ann.context().close();
  await ben.context().close();
});

test('a full room offers its line, and who is first goes in by itself', async () => {
  const ann = await person('Ann Only');
  const address = await makeRoom(ann, fresh('Box'), { maximum: 2 });
  const ben = await person('Ben Inside');
  await ben.goto(address);
  await ben.getByRole('textbox', { name: 'Write a message' }).waitFor();
  const cleo = await person('Cleo Late');
  await cleo.goto(address);
  await cleo.getByRole('heading', { name: 'The room is full.' }).waitFor();
  await cleo.getByRole('button', { name: 'Wait in line' }).click();
  await cleo.getByRole('heading', { name: 'You’re number 1 in line.' }).waitFor();
  await ben.getByRole('button', { name: 'Leave', exact: true }).click();
  await cleo.getByRole('textbox', { name: 'Write a message' }).waitFor();
  for (const page of [ann, ben, cleo]) await page.context().close();
});

test('a private room is no room to strangers, until they are invited, by name or by link', async () => {
  const ann = await person('Ann Private');
  const title = fresh('Green room');
  const address = await makeRoom(ann, title, { who: 'Invited only' });
  const ben = await newPerson(browser);
  await ben.goto(address);
  await ben.getByRole('heading', { name: 'There’s no such room.' }).waitFor();
  const words = await ben.locator('main').innerText();
  await ben.goto(`${base}/rooms/never-was-there`);
  await ben.getByRole('heading', { name: 'There’s no such room.' }).waitFor();
  assert.equal(await ben.locator('main').innerText(), words);
  // Nor is there one at an address that is no text.
  await ben.goto(`${base}/rooms/%E0%A4%A`);
  await ben.getByRole('heading', { name: 'There’s no such room.' }).waitFor();

  const name = fresh('Dora Named');
  const dora = await person(name);
  await ann.getByRole('button', { name: 'Invite', exact: true }).click();
  await ann.getByRole('searchbox', { name: 'Name' }).fill(name);
  await ann.getByRole('button', { name: `Invite ${name}` }).click();
  await dora.getByRole('link', { name: title }).first().waitFor();
  await ann.getByRole('button', { name: `Take back ${name}’s invitation` }).click();
  await dora.locator('main').getByRole('link', { name: title }).waitFor({ state: 'detached' });
  await dora.context().close();
  await ann.getByRole('button', { name: 'Make a link' }).click();
  const link = await ann.getByLabel('Invitation link').inputValue();
  await ben.goto(link);
  await ben.getByRole('heading', { name: 'You’re invited.' }).waitFor();
  await ben.locator('main').getByRole('button', { name: 'Sign in' }).click();
  await createAccount(ben, 'Ben Invited');
  await ben.getByRole('heading', { level: 1, name: title }).waitFor();
  assert.equal(new URL(ben.url()).hash, '', 'the token is no longer in the address');
  await ann.keyboard.press('Escape');
  await ann.getByRole('region', { name: 'People' }).getByText('Ben Invited').waitFor();
  await ben.goto(base);
  await ben.getByRole('link', { name: title }).first().waitFor();
  await ann.context().close();
  await ben.context().close();
});

test('who is put out may come back, who is banned may not', async () => {
  const ann = await person('Ann Keeper');
  const address = await makeRoom(ann, fresh('Foyer'));
  const ben = await person('Ben Loud');
  await ben.goto(address);
  const put = async (button) => {
    await ann.getByRole('button', { name: 'Actions for Ben Loud', exact: true }).click();
    await ann.getByRole('dialog').getByRole('button', { name: button, exact: true }).click();
  };
  await put('Put out');
  await ben.getByRole('heading', { name: 'You were put out.' }).waitFor();
  await ben.getByRole('button', { name: 'Go in' }).click();
  await ben.getByRole('textbox', { name: 'Write a message' }).waitFor();
  await put('Ban');
  await ben.getByRole('heading', { name: 'You can’t enter this room.' }).waitFor();
  await ben.reload();
  await ben.getByRole('heading', { name: 'You can’t enter this room.' }).waitFor();
  await ann.context().close();
  await ben.context().close();
});

test('rooms stay open: drafts wait, news is counted, leaving ends it', async () => {
  const ann = await person('Ann Busy');
  const one = fresh('One');
  const two = fresh('Two');
  const first = await makeRoom(ann, one);
  await ann.getByRole('textbox', { name: 'Write a message' }).fill('half a thought');
  await toLobby(ann);
  await makeRoomHere(ann, two);

  const ben = await person('Ben Elsewhere');
  await ben.goto(first);
  await say(ben, 'Anyone here?');
  await say(ben, 'Ann?');
  await strip(ann).getByRole('link', { name: `${one}, 2 new messages` }).click();
  await message(ann, 'Anyone here?').waitFor();
  assert.equal(await ann.getByRole('textbox', { name: 'Write a message' }).inputValue(), 'half a thought');
  await strip(ann).getByRole('link', { name: one, exact: true }).waitFor();
  // They are open again after the page was gone, with what came meanwhile.
  await ann.goto('about:blank');
  await say(ben, 'Gone?');
  await ann.goto(base);
  await strip(ann).getByRole('link', { name: `${one}, 1 new message`, exact: true }).click();
  await message(ann, 'Gone?').waitFor();
  await strip(ann).getByRole('button', { name: `Leave ${two}` }).click();
  await strip(ann).getByRole('link', { name: two }).waitFor({ state: 'detached' });
  await ann.getByRole('heading', { level: 1, name: one }).waitFor();
  await ann.context().close();
  await ben.context().close();
});
