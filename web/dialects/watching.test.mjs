// One seat is bought, and everyone who watches sees it: by each older system's client, by the native protocol and on the
// page. How soon is printed by `cargo xtask bench together`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newPerson, openBrowser, openRow, seat } from '../e2e/harness.mjs';
import { open } from './house.mjs';
import { booker, bookingWatcher, chatClient, lobbyClient, native, reminded, seatsClient } from './people.mjs';

const EVENT = 4;
const ROOM = `events/${EVENT}/seats`;

let house;
let browser;
const clients = [];
const keep = async (client) => {
  const one = await client;
  clients.push(one);
  return one;
};

before(async () => {
  // The lobby's clients may enter a sale where its rooms are named.
  house = await open({ settings: { HOUSEFUL_DIALECTS__LOBBY__ROOMS: JSON.stringify(['rooms/R:1', ROOM]) } });
  browser = await openBrowser();
});
after(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await browser?.close();
  await house?.close();
});

test('all five and the page see one seat being bought', async () => {
  const john = await booker(house);
  const buyer = await keep(seatsClient(house, 'buyer'));
  const other = await keep(seatsClient(house, 'other'));
  const watcher = await keep(bookingWatcher(house, john, EVENT));
  const follower = await keep(reminded(house, john.token));
  const talker = await keep(chatClient(house));
  const guest = await keep(lobbyClient(house, 'user:1'));
  guest.ask('LOBBY_ROOM_REQUEST', { roomId: ROOM });
  await guest.told('USER_JOINED_ROOM', ROOM);
  const looker = await keep(native(house, ROOM));
  const page = await newPerson(browser);
  await page.goto(`${house.url}/events/${EVENT}`);
  await page.getByRole('button', { name: 'List', exact: true }).click();
  await page.getByRole('button', { name: /^Hall/ }).last().click();
  await openRow(page, 'C');
  await seat(page, 'C', 2, 'available').waitFor();

  buyer.send({ event: 'buy', data: { pos: [2, 1] } });
  const left = ([name, body]) => name === 'seat_update' && body.eventId === EVENT;
  const field = (client) => client.until((frame) => frame.type === 'field').then(({ content }) => content[2][1]);
  const [mine, theirs, booked, followed, talked, state] = await Promise.all([
    field(buyer), field(other),
    watcher.until((frame) => frame.type === 'booking_created'),
    follower.until(left), talker.until(left),
    guest.until(({ Type, RoomID }) => Type === 'ROOM_BROADCAST' && RoomID === ROOM),
    looker.any((frame) => frame.t === 'ops' && frame.room === ROOM),
    seat(page, 'C', 2, 'booked').waitFor(),
  ]);
  assert.deepEqual([mine, theirs], [2, 1]);
  const { state: { seats } } = JSON.parse(state.Payload);
  assert.equal(seats.filter((place) => place !== seats[0]).length, 1, 'one place is unlike all others');
  for (const { availableSeats } of [booked, followed[1], talked[1]]) assert.equal(availableSeats, 7);
  assert.deepEqual([followed[1].seatCapacity, page.faults], [8, []]);
});
