// Killed (SIGKILL) while clients of all five systems act, and started again: what anybody was shown as done is there, and
// each client's own reconnect brings it to the present state. HOUSEFUL_KILLS sets how often.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { program } from '../e2e/program.mjs';
import { open } from './house.mjs';
import {
  ask, booker, chatClient, lobbyClient, reminded, seatsClient,
} from './people.mjs';

const KILLS = Number(process.env.HOUSEFUL_KILLS ?? 2);
const COOKING = { label: 'Cooking', name: '/cooking' };

let house;
let cook;
before(async () => {
  house = await open();
});
after(async () => {
  // Otherwise it comes back for ever.
  cook?.close();
  await house?.close();
});

/** People do not say ten things in a second, and a room would refuse it. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 500));

/** Runs until the house is gone; what fails then was never answered. */
const untilGone = async (act) => {
  for (let nth = 0; ; nth += 1) {
    try {
      await act(nth);
    } catch {
      return;
    }
  }
};

/** An event of the booking dialect's admin that starts so soon that its followers are reminded at once. */
async function soon(admin, name, capacity = 50) {
  const form = new FormData();
  const eventDate = new Date(Date.now() + 6 * 60 * 60 * 1000).toISOString();
  for (const [key, value] of Object.entries({ name, eventDate, seatCapacity: String(capacity) })) form.set(key, value);
  const made = await ask(house.at.booking, 'POST', '/api/events', { token: admin.token, form });
  assert.equal(made.status, 201, JSON.stringify(made));
  return made.data.id;
}

test('a crash loses nothing that anybody was shown', async () => {
  const admin = await booker(house, 'admin@example.com');
  const jane = await booker(house, 'jane@example.com');
  const seats = new Map();
  const said = [];
  const lobbied = [];
  let bookings = [];
  cook = await chatClient(house);
  for (let round = 0; round < KILLS; round += 1) {
    const event = await soon(admin, `Round ${round}`);
    const followed = await ask(house.at.events, 'POST', `/event/${event}/subscribe`, { token: jane.token });
    assert.equal(followed.status, 200, JSON.stringify(followed));

    const buyer = await seatsClient(house, `buyer-${round}`);
    const places = buyer.field.flatMap((row, r) => row.flatMap((state, c) => (state === 0 ? [[r, c]] : [])));
    const talkers = await Promise.all(['user:1', 'user:2'].map((user) => lobbyClient(house, user)));
    for (const talker of talkers) {
      talker.ask('LOBBY_ROOM_REQUEST', { roomId: 'R:1' });
      await talker.told('USER_JOINED_ROOM', 'R:1');
    }
    cook.socket.emit('new_presence_information', { username: 'cook', avatar: 'a.png', currentRoom: COOKING });

    // One seat a round is left to the next rounds.
    const buying = untilGone(async (nth) => {
      if (nth >= Math.ceil(places.length / (KILLS - round + 1))) throw new Error('enough');
      const [row, col] = places[nth];
      buyer.send({ event: 'buy', data: { pos: [row, col] } });
      const { content } = await buyer.until((frame) => frame.type === 'field');
      if (content[row][col] === 2) seats.set(`${row}-${col}`, `buyer-${round}`);
    });
    const booking = untilGone(async (nth) => {
      if (nth >= 1) throw new Error('one each');
      const made = await ask(house.at.booking, 'POST', '/api/bookings', { token: jane.token, body: { eventId: event } });
      if (made.status === 201) bookings.push(made.data.bookingId);
    });
    const cooking = untilGone(async (nth) => {
      if (!cook.socket.connected) throw new Error('gone');
      const uuid = `r${round}-${nth}`;
      const gone = new Promise((_, reject) => cook.socket.once('disconnect', reject));
      gone.catch(() => {});
      cook.socket.emit('new_message', { message: `dish ${uuid}`, username: 'cook', chatRoom: COOKING, uuid });
      const [heard] = await Promise.race([
        cook.until(([name, body]) => name === 'server_error' || body.data?.uuid === uuid), gone,
      ]);
      if (heard === 'server_error') return pause();
      said.push(uuid);
      await pause();
    });
    const talking = untilGone(async (nth) => {
      const message = `r${round}-${nth}`;
      talkers[0].ask('ROOM_REQUEST', { username: 'user:1', roomId: 'R:1', message, requestType: 'ROOM_EVENT' });
      // A chat takes five messages in five seconds of one person, and goes on counting after a restart.
      const answer = await talkers[0].until(({ Type, Payload }) => Type === 'ERROR' || Payload.includes(message));
      if (answer.Type === 'ERROR') return pause();
      await talkers[1].until(({ Type, Payload }) =>
        Type === 'ROOM_BROADCAST' && JSON.parse(Payload).state?.messages.at(-1)?.message === message);
      lobbied.push(message);
      await pause();
    });
    // Killed in the middle: when some of each was shown.
    const before = [said.length, lobbied.length];
    while (said.length < before[0] + 5 || lobbied.length < before[1] + 5 || bookings.length <= round) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const reconnected = new Promise((resolve) => cook.socket.io.once('reconnect', resolve));
    await house.kill();
    await Promise.all([buying, booking, cooking, talking]);
    await house.start();
    await reconnected;

    // Seats: a reconnect is a new connection, which is shown the field at once.
    const again = await seatsClient(house, `buyer-${round}`);
    for (const [place, owner] of seats) {
      const [row, col] = place.split('-').map(Number);
      assert.equal(again.field[row][col], owner === `buyer-${round}` ? 2 : 1, `seat ${place} of ${owner}`);
    }
    await again.close();
    // Booking.
    for (const id of bookings) {
      const found = await ask(house.at.booking, 'GET', `/api/bookings/${id}`, { token: jane.token });
      assert.deepEqual([found.status, found.data?.status], [200, 'confirmed'], JSON.stringify(found));
    }
    // Events: the subscription, and the reminder that nobody was connected for.
    const user = await ask(house.at.events, 'GET', `/user/${jane.id}`, { token: jane.token });
    assert.ok(user.data[0].subscribedEvents.some(({ id }) => id === event), JSON.stringify(user));
    const page = await reminded(house, jane.token);
    const [, text] = await page.until(([name, body]) => name === 'eventNotification' && body.startsWith(`Round ${round} - `));
    assert.ok(text);
    page.close();
    // Lobby: whoever comes back is shown the room's state once there are two, for who does not come back has left.
    const guests = await Promise.all(['user:1', 'user:2'].map((user) => lobbyClient(house, user)));
    for (const guest of guests) guest.ask('LOBBY_ROOM_REQUEST', { roomId: 'R:1' });
    const { state } = await guests[0].told('ROOM_BROADCAST_INIT', 'R:1');
    const there = new Set(state.messages.map(({ message }) => message));
    assert.deepEqual(lobbied.slice(-20).filter((message) => !there.has(message)), []);
    await Promise.all([...guests, ...talkers].map((client) => client.close()));
    // Chat: whoever enters the room is shown its last messages, each under its own uuid.
    const taster = await chatClient(house);
    taster.socket.emit('new_presence_information', { username: 'taster', avatar: 'b.png', currentRoom: COOKING });
    const wanted = new Set(said.slice(-20));
    while (wanted.size > 0) {
      const [, { data }] = await taster.until(([name]) => name === '/cooking');
      wanted.delete(data.uuid);
    }
    taster.close();
    await buyer.close();
  }
  await house.end();
  const verified = spawnSync(program, ['verify', '--data', join(house.folder, 'house')], { encoding: 'utf8' });
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
  await house.start();
});
