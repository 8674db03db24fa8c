// People draw together: by mouse, by keyboard alone, by finger; each sees what the others do, and takes back only
// what is theirs.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openBrowser, tabTo, tooWide } from './harness.mjs';
import { fresh, makeRoom, person } from './meeting.mjs';

let browser;
let ann;
let ben;
let address;
before(async () => {
  browser = await openBrowser();
  ann = await person(browser, 'Ann Draws');
  address = await makeRoom(ann, fresh('Sketch'), { app: 'Whiteboard' });
  await stage(ann).waitFor();
  ben = await enter('Ben Draws');
});
after(() => browser?.close());

async function enter(name, options) {
  const page = await person(browser, name, options);
  await page.goto(address);
  await stage(page).waitFor();
  return page;
}
const stage = (page) => page.getByRole('application', { name: 'Whiteboard' });
const tool = (page, name) => page.getByRole('toolbar').getByRole('button', { name, exact: true });
const items = (page, kind) => page.locator(kind ? `[data-item][data-kind=${kind}]` : '[data-item]');
/** What is drawn, from below to above. */
const picture = (page) => items(page).evaluateAll((all) => all.map((one) => [one.dataset.item, one.dataset.kind, one.innerHTML.replace(/<!--.*?-->/g, '')]));
const count = (page, all) => page.waitForFunction((all) => document.querySelectorAll('[data-item]').length === all, all);
/** Both have the same picture, with so many items. */
async function agree(all, ...pages) {
  for (const page of pages) await count(page, all);
  const [first, ...others] = await Promise.all(pages.map(picture));
  for (const other of others) assert.deepEqual(other, first);
}

/** With the mouse, through points given in pixels of the stage. */
async function drag(page, ...points) {
  const box = await stage(page).boundingBox();
  const [first, ...rest] = points.map(([x, y]) => [box.x + x, box.y + y]);
  await page.mouse.move(...first);
  await page.mouse.down();
  for (const point of rest) await page.mouse.move(...point, { steps: 4 });
  await page.mouse.up();
}
async function draw(page, name, ...points) {
  await tool(page, name).click();
  await drag(page, ...points);
}

test('what one draws by mouse the other sees, while it is drawn and after', async () => {
  await tool(ann, 'Pen').click();
  const box = await stage(ann).boundingBox();
  await ann.mouse.move(box.x + 60, box.y + 60);
  await ben.locator('[data-cursor]').getByText('Ann Draws').waitFor();
  await ann.mouse.down();
  await ann.mouse.move(box.x + 120, box.y + 110, { steps: 6 });
  await ben.locator('[data-draft]').waitFor();
  const view = await ann.locator('.stage svg > g').first().getAttribute('transform');
  await ann.mouse.up();
  await items(ben, 'stroke').waitFor();
  await items(ann, 'stroke').waitFor();
  assert.equal(await ann.locator('.stage svg > g').first().getAttribute('transform'), view, 'the first thing drawn moves no view');
  await ben.locator('[data-draft]').waitFor({ state: 'detached' });
  const at = await ben.locator('[data-cursor]').getAttribute('transform');
  await ann.mouse.move(box.x + 300, box.y + 90, { steps: 3 });
  await ben.waitForFunction((at) => document.querySelector('[data-cursor]')?.getAttribute('transform') !== at, at);

  await draw(ann, 'Rectangle', [160, 60], [260, 140]);
  await draw(ann, 'Ellipse', [300, 60], [380, 140]);
  await draw(ann, 'Arrow', [60, 200], [160, 240]);
  await tool(ann, 'Text').click();
  await ann.mouse.click(box.x + 220, box.y + 200);
  await ann.getByRole('textbox', { name: 'Text on the board' }).fill('To <b>scale</b> & more');
  await ann.keyboard.press('Enter');
  await items(ben, 'text').getByText('To <b>scale</b> & more').waitFor();
  await agree(5, ann, ben);
  await ann.mouse.move(5, 5);
  await ben.locator('[data-cursor]').waitFor({ state: 'detached' });
});

test('one moves and deletes; undo takes back one’s own alone', async () => {
  const before = await picture(ben);
  await tool(ben, 'Select and move').click();
  await drag(ben, [160, 100], [200, 180]);
  await ann.waitForFunction((old) => document.querySelector('[data-kind=rect]').innerHTML.replace(/<!--.*?-->/g, '') !== old, before.find(([, kind]) => kind === 'rect')[2]);
  await agree(5, ann, ben);
  await draw(ben, 'Line', [60, 280], [380, 280]);
  await count(ann, 6);
  await draw(ann, 'Line', [60, 300], [380, 300]);
  await agree(7, ann, ben);

  const undo = (page) => page.getByRole('button', { name: 'Undo' }).click();
  // The last thing done is Ann's; Ben's undo takes his own line, then his move.
  await undo(ben);
  await count(ann, 6);
  assert.equal(await items(ann, 'line').count(), 1);
  await undo(ben);
  await ann.waitForFunction((old) => document.querySelector('[data-kind=rect]').innerHTML.replace(/<!--.*?-->/g, '') === old, before.find(([, kind]) => kind === 'rect')[2]);
  await undo(ben);
  await ben.getByRole('alert').filter({ hasText: 'nothing of yours to undo' }).waitFor();
  await agree(6, ann, ben);

  await tool(ann, 'Select and move').click();
  await drag(ann, [110, 300], [110, 300]);
  await ann.getByRole('button', { name: 'Delete', exact: true }).click();
  await count(ben, 5);
  await undo(ann);
  await agree(6, ann, ben);
});

test('with the keyboard alone', async () => {
  const kay = await enter('Kay Keys');
  await agree(6, ann, kay);
  await tabTo(kay, stage(kay));
  await kay.keyboard.press('r');
  await kay.keyboard.press('Enter');
  await count(ann, 7);
  const made = (await picture(ann)).at(-1);
  assert.equal(made[1], 'rect');
  await kay.keyboard.press('ArrowRight');
  await kay.keyboard.press('Shift+ArrowDown');
  await ann.waitForFunction(([id, old]) => document.querySelector(`[data-item="${id}"]`).innerHTML.replace(/<!--.*?-->/g, '') !== old, [made[0], made[2]]);
  await kay.keyboard.press('t');
  await kay.keyboard.press('Escape');
  await kay.keyboard.press('Enter');
  await kay.keyboard.type('By hand');
  await kay.keyboard.press('Enter');
  await items(ann, 'text').getByText('By hand').waitFor();
  await agree(8, ann, kay);
  await kay.keyboard.press('Tab');
  const spoken = kay.locator('[data-said]');
  await spoken.filter({ hasText: 'of 8' }).waitFor();
  const first = await spoken.innerText();
  await kay.keyboard.press('Tab');
  await kay.waitForFunction((first) => document.querySelector('[data-said]').innerText !== first, first);
  await kay.keyboard.press('Delete');
  await agree(7, ann, kay);
  await kay.keyboard.press('Control+z');
  await agree(8, ann, kay);
  assert.deepEqual(kay.faults, []);
  await kay.context().close();
});

test('on a phone by finger, and whoever comes late sees the same', async () => {
  const pho = await enter('Pho Finger', { phone: true });
  await agree(8, ann, pho);
  assert.ok((await tooWide(pho)) <= 0);
  await tool(pho, 'Ellipse').tap();
  const box = await stage(pho).boundingBox();
  const touch = await pho.context().newCDPSession(pho);
  const at = (type, x, y) => touch.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x: box.x + x, y: box.y + y }] });
  await at('touchStart', 80, 120);
  for (const step of [20, 40, 60]) await at('touchMove', 80 + step, 120 + step);
  await at('touchEnd');
  await agree(9, ann, ben, pho);
  const late = await enter('Lee Late');
  await agree(9, ann, late);
  assert.deepEqual([...pho.faults, ...late.faults], []);
  for (const page of [pho, late]) await page.context().close();
});

async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()]);
  return { name: download.suggestedFilename(), content: await readFile(await download.path()) };
}

test('it is saved as a drawing and as a picture', async () => {
  const svg = await saved(ann, 'Save as SVG');
  assert.equal(svg.name, 'whiteboard.svg');
  const read = await ann.evaluate((text) => {
    const { documentElement: root } = new DOMParser().parseFromString(text, 'image/svg+xml');
    const figures = [...root.children].filter(({ localName }) => localName === 'path' || localName === 'text');
    return { root: root.localName, figures: figures.length, words: root.textContent, width: root.getAttribute('width'), height: root.getAttribute('height') };
  }, svg.content.toString());
  assert.deepEqual([read.root, read.figures], ['svg', 9]);
  assert.ok(read.words.includes('To <b>scale</b> & more') && read.words.includes('By hand'), read.words);
  const png = await saved(ann, 'Save as PNG');
  assert.equal(png.name, 'whiteboard.png');
  assert.equal(png.content.subarray(1, 4).toString(), 'PNG');
  const [width, height] = [png.content.readUInt32BE(16), png.content.readUInt32BE(20)];
  assert.deepEqual([width, height], [2 * read.width, 2 * read.height]);
  assert.ok(width > 400 && height > 200 && png.content.length > 2_000, `${width} × ${height}, ${png.content.length} bytes`);
  assert.deepEqual([...ann.faults, ...ben.faults], []);
});
