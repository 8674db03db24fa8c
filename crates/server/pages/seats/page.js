// The page of the seats dialect: it signs in by a name, shows the field and asks for a seat. It decides nothing, and
// what it shows is what the server said last.

import { element, openLine, say, socketAt } from './line.js';

const KEPT = 'houseful.seats.user';
const STATES = ['free', 'taken', 'mine'];
const WORDS = { free: 'free', taken: 'reserved', mine: 'yours' };
const find = (id) => document.getElementById(id);

let line;
let field = [];
let about = {};
let selected;
/** The place that was asked for and not answered. */
let asked;

find('door').querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const input = event.target.elements.user;
  const user = input.value.trim();
  if (!user) {
    say(find('door-said'), 'Please give a name.', 'wrong');
    return input.focus();
  }
  enter(user);
  find('title').focus();
});
find('out').addEventListener('click', () => leave());
find('buy').addEventListener('click', () => buy());
find('seats').addEventListener('keydown', (event) => walk(event));

const kept = sessionStorage.getItem(KEPT);
if (kept) enter(kept);
else find('door').querySelector('input').focus();

function enter(user) {
  sessionStorage.setItem(KEPT, user);
  find('hello').firstChild.textContent = `Hello ${user}`;
  find('badge').textContent = [...user][0];
  show(true);
  const address = new URL(socketAt('/'));
  address.search = `user=${encodeURIComponent(user)}`;
  const probe = () => JSON.stringify({ event: 'field' });
  line = openLine(address.href, { said: hear, changed: showWay, probe });
}

function leave() {
  line.close();
  sessionStorage.removeItem(KEPT);
  [field, selected, asked] = [[], undefined, undefined];
  find('seats').replaceChildren();
  say(find('said'), '');
  say(find('door-said'), '');
  find('way').hidden = true;
  show(false);
  find('door').querySelector('input').focus();
}

function show(isIn) {
  find('door').hidden = isIn;
  for (const id of ['hello', 'badge', 'out', 'event']) find(id).hidden = !isIn;
}

function showWay(state) {
  const isOpen = state === 'open';
  find('seats').setAttribute('aria-busy', String(!isOpen || !field.length));
  find('way').hidden = state === 'connecting';
  find('way').classList.toggle('is-away', !isOpen);
  const text = isOpen ? 'Connected' : 'Reconnecting. What you see is from before.';
  if (find('way').textContent !== text) find('way').textContent = text;
  // What was asked when the connection ended may have been done: the field that comes next tells.
  if (isOpen) line?.send(JSON.stringify({ event: 'about' }));
  showCart();
}

function hear(text) {
  let told;
  try {
    told = JSON.parse(text);
  } catch {
    return say(find('said'), text, 'wrong');
  }
  if (told.type === 'field') return take(told.content);
  if (told.type === 'about') return tell(told.content);
  if (told.type === 'error') return refuse(told);
}

function take(content) {
  const before = field;
  field = content;
  const at = asked ?? selected;
  const now = at && content[at[0]]?.[at[1]];
  if (asked && now === 2) {
    say(find('said'), `${name(asked)} is yours.`, 'good');
    [asked, selected] = [undefined, undefined];
  } else if (at && now === undefined) {
    [asked, selected] = [undefined, undefined];
  } else if (!asked && selected && now !== 0) {
    if (now === 1) say(find('said'), `Someone was quicker: ${name(selected)} is reserved now.`, 'wrong');
    selected = undefined;
  }
  find('seats').setAttribute('aria-busy', 'false');
  const isSame = before.length === content.length && before[0]?.length === content[0]?.length;
  if (!isSame || !find('seats').childElementCount) draw();
  paint();
}

function tell(content) {
  about = content;
  find('title').textContent = content.title;
  document.title = `${content.title} · houseful`;
  find('description').textContent = content.description ?? '';
  find('where').hidden = !content.place;
  find('place').textContent = content.place ?? '';
  find('date').textContent = when(content);
  draw();
  paint();
}

function when({ startsAt, timeZone }) {
  const style = { dateStyle: 'full', timeStyle: 'short', timeZone };
  return `${new Intl.DateTimeFormat('en-GB', style).format(startsAt)} (${timeZone})`;
}

function refuse({ code, content }) {
  const where = asked && name(asked);
  const words = code === 'SEAT_TAKEN' && where ? `Someone was quicker: ${where} is reserved now.` : content;
  if (code === 'SEAT_TAKEN') selected = undefined;
  asked = undefined;
  say(find('said'), words, 'wrong');
  paint();
}

function name([row, column]) {
  return about.labels?.[row]?.[column] ?? `${row}-${column}`;
}

function price([row, column]) {
  const minor = about.prices?.[row]?.[column];
  if (minor === undefined) return '';
  if (minor === 0) return 'free of charge';
  const style = new Intl.NumberFormat('en-GB', { style: 'currency', currency: about.currency });
  return style.format(minor / 10 ** style.resolvedOptions().maximumFractionDigits);
}

/** A button for each place, in rows. They stay while the field has the same form, so focus stays too. */
function draw() {
  const columns = field[0]?.length ?? 0;
  find('seats').style.setProperty('--columns', columns);
  const focused = document.activeElement?.dataset?.at;
  find('seats').replaceChildren(...field.flatMap((row, r) => row.map((_, c) => {
    const seat = element('button', { type: 'button', className: 'seat', textContent: name([r, c]) });
    seat.dataset.at = `${r}-${c}`;
    seat.addEventListener('click', () => select([r, c]));
    return seat;
  })));
  seats().find((seat) => seat.dataset.at === focused)?.focus();
}

const seats = () => [...find('seats').children];
const is = (a, b) => Boolean(a && b && a[0] === b[0] && a[1] === b[1]);

function paint() {
  const tabbed = seats().some((seat) => seat.tabIndex === 0 && seat === document.activeElement);
  seats().forEach((seat, nth) => {
    const at = seat.dataset.at.split('-').map(Number);
    const state = STATES[field[at[0]]?.[at[1]]] ?? 'taken';
    const isSelected = is(at, selected);
    seat.dataset.state = state;
    seat.classList.toggle('is-selected', isSelected);
    seat.setAttribute('aria-pressed', String(isSelected));
    // Not disabled: a seat that is taken while one is on it must not take the focus away.
    seat.setAttribute('aria-disabled', String(state !== 'free'));
    const cost = state === 'free' ? price(at) : '';
    seat.setAttribute('aria-label', [`Seat ${name(at)}`, WORDS[state], cost].filter(Boolean).join(', '));
    if (!tabbed) seat.tabIndex = nth === 0 ? 0 : -1;
  });
  showCart();
}

function select(at) {
  if (asked || field[at[0]]?.[at[1]] !== 0) return;
  selected = is(at, selected) ? undefined : at;
  say(find('said'), '');
  paint();
}

function showCart() {
  const isOpen = !find('way').classList.contains('is-away');
  const cost = selected && price(selected);
  find('cart').textContent = selected ? `1 × ${name(selected)}${cost ? ` = ${cost}` : ''}` : 'Select your seat.';
  // Not disabled: whoever has just bought with it keeps their place on the page.
  find('buy').setAttribute('aria-disabled', String(!selected || Boolean(asked) || !isOpen));
  find('buy').textContent = asked ? 'Buying…' : 'Buy';
  const own = field.flatMap((row, r) => row.flatMap((state, c) => (state === 2 ? [[r, c]] : [])));
  find('owned').hidden = own.length === 0;
  find('mine').replaceChildren(...own.map((at) => element('li', { textContent: name(at) })));
}

function buy() {
  if (!selected || asked) return;
  if (line.send(JSON.stringify({ event: 'buy', data: { pos: selected } }))) asked = selected;
  showCart();
}

/** Arrows go from seat to seat, as on the drawing. */
function walk(event) {
  const all = seats();
  const columns = field[0]?.length ?? 1;
  const here = all.indexOf(document.activeElement);
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -here, End: all.length - 1 - here };
  const to = all[here + (steps[event.key] ?? NaN)];
  if (!to) return;
  event.preventDefault();
  all.forEach((seat) => (seat.tabIndex = seat === to ? 0 : -1));
  to.focus();
}
