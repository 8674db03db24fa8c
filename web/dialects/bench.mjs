// How long it takes from an old client's purchase of a seat until each of the others sees it, on one machine. Prints a
// table of medians and one line of JSON; asserts nothing of the times.

import { open } from './house.mjs';
import { booker, bookingWatcher, lobbyClient, native, seatsClient } from './people.mjs';

const SEATS_EVENT = 4;
const ROOM = `events/${SEATS_EVENT}/seats`;

const house = await open();
const john = await booker(house);
const buyer = await seatsClient(house, 'buyer');
const other = await seatsClient(house, 'other');
const watcher = await bookingWatcher(house, john, SEATS_EVENT);
const looker = await native(house, ROOM);
const guest = await lobbyClient(house, 'user:1');
guest.ask('LOBBY_ROOM_REQUEST', { roomId: ROOM });
await guest.told('USER_JOINED_ROOM', ROOM);

const seen = { 'seats, the buyer': [], 'seats, another': [], booking: [], lobby: [], native: [] };
for (let nth = 0; nth < 8; nth += 1) {
  const begun = performance.now();
  const at = (who, fact) => fact.then(() => seen[who].push(performance.now() - begun));
  buyer.send({ event: 'buy', data: { pos: [nth >> 1, nth & 1] } });
  await Promise.all([
    at('seats, the buyer', buyer.until((frame) => frame.type === 'field')),
    at('seats, another', other.until((frame) => frame.type === 'field')),
    at('booking', watcher.until((frame) => frame.type === 'booking_created')),
    at('lobby', guest.told('ROOM_BROADCAST', ROOM)),
    at('native', looker.any((frame) => frame.t === 'ops')),
  ]);
}
const medians = Object.entries(seen).map(([who, times]) => [who, times.sort((a, b) => a - b)[times.length >> 1]]);
for (const [who, ms] of medians) console.log(`${who.padEnd(18)} ${ms.toFixed(1).padStart(7)} ms`);
console.log(JSON.stringify({ bench: 'together', purchases: 8, medianMs: Object.fromEntries(medians) }));
await Promise.all([buyer, other, watcher, looker, guest].map((client) => client.close()));
await house.close();
