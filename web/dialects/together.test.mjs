// What makes it one product: each effect of one older system's client on another's, with both at once.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open } from './house.mjs';
import {
  ask, booker, bookingWatcher, chatClient, lobbyClient, native, reminded, seatsClient, signedIn,
} from './people.mjs';

const SEATS_EVENT = 4;
const SEATS_ROOM = `events/${SEATS_EVENT}/seats`;
const COOKING = { label: 'Cooking', name: '/cooking' };

let house;
const open_ = [];
/** Closed when the test ends. */
const keep = async (client) => {
  const one = await client;
  open_.push(one);
  return one;
};

before(async () => {
  house = await open();
});
after(async () => {
  await house?.close();
});
test.afterEach(() => Promise.all(open_.splice(0).map((client) => client.close())));

const available = async (token) => {
  const answer = await ask(house.at.booking, 'GET', `/api/events/${SEATS_EVENT}`, { token });
  return answer.data.availableSeats;
};

test('a seat that one system sells is sold in all others', async () => {
  const john = await booker(house);
  const watcher = await keep(bookingWatcher(house, john, SEATS_EVENT));
  const ann = await keep(seatsClient(house, 'ann'));
  const ben = await keep(seatsClient(house, 'ben'));
  const looker = await keep(native(house, SEATS_ROOM));
  const left = await available(john.token);
  assert.deepEqual(ann.field.flat(), Array(8).fill(0));

  ann.send({ event: 'buy', data: { pos: [2, 1] } });
  assert.equal((await ann.until((frame) => frame.type === 'field')).content[2][1], 2);
  assert.equal((await ben.until((frame) => frame.type === 'field')).content[2][1], 1);
  const pushed = await watcher.json();
  assert.deepEqual([pushed.type, pushed.eventId, pushed.availableSeats], ['booking_created', SEATS_EVENT, left - 1]);
  assert.equal(await available(john.token), left - 1);
  const ops = await looker.any((frame) => frame.t === 'ops');
  const places = ops.fragments.flatMap(({ ops: changes }) => changes).filter(([kind]) => kind === 'set');
  assert.ok(places.some((change) => change.slice(2).some((_, at, all) => at % 2 === 0 && all[at] === 5)), JSON.stringify(places));

  const booked = await ask(house.at.booking, 'POST', '/api/bookings', { token: john.token, body: { eventId: SEATS_EVENT } });
  assert.equal(booked.status, 201);
  assert.equal(booked.data.event.availableSeats, left - 2);
  // The first seat that is left.
  assert.equal((await ann.until((frame) => frame.type === 'field')).content[0][0], 1);
  assert.equal((await watcher.json()).availableSeats, left - 2);
});

test('an event of one system can be followed in another, whose page is reminded of it', async () => {
  const admin = await booker(house, 'admin@example.com');
  const form = new FormData();
  const startsAt = new Date(Date.now() + 5 * 60 * 60 * 1000);
  for (const [key, value] of Object.entries({
    name: 'Together', description: 'One evening, two systems', eventDate: startsAt.toISOString(), seatCapacity: '20',
  })) form.set(key, value);
  const made = await ask(house.at.booking, 'POST', '/api/events', { token: admin.token, form });
  assert.equal(made.status, 201, JSON.stringify(made));
  const { id } = made.data;

  const listed = await ask(house.at.events, 'GET', '/event');
  const found = listed.data.find((event) => event.id === id);
  assert.deepEqual([found.headline, found.state], ['Together', 'public']);

  const jane = await booker(house, 'jane@example.com');
  const page = await keep(reminded(house, jane.token));
  const followed = await ask(house.at.events, 'POST', `/event/${id}/subscribe`, { token: jane.token });
  assert.equal(followed.status, 200, JSON.stringify(followed));
  const [name, text] = await page.next();
  assert.equal(name, 'eventNotification');
  assert.ok(text.startsWith('Together - ') && text.includes('GMT+0000 (Coordinated Universal Time) @'), text);
});

test('one message is heard in three systems, wherever it was said', async () => {
  const cook = await keep(chatClient(house));
  const guest = await keep(lobbyClient(house, 'user:1'));
  const topic = guest.rooms.find(({ Name }) => Name === 'Cooking').ID;
  const token = await signedIn(house, 'ann@demo.example', 'curtain-up-demo');
  const ann = await keep(native(house, 'rooms/cooking', token));
  guest.ask('LOBBY_ROOM_REQUEST', { roomId: topic });
  await guest.told('ROOM_BROADCAST_INIT', topic);
  const said = (frame, text) => frame.t === 'ops' && JSON.stringify(frame.fragments).includes(text);
  const state = (text) => guest.until(({ Type, RoomID, Payload }) =>
    Type === 'ROOM_BROADCAST' && RoomID === topic && JSON.parse(Payload).state?.messages.at(-1)?.message === text);

  cook.socket.emit('new_message', { message: 'salt?', username: 'cook', chatRoom: COOKING, uuid: 'u-1' });
  const [, own] = await cook.until(([name]) => name === '/cooking');
  assert.deepEqual([own.data.message, own.data.username, own.data.uuid], ['salt?', 'cook', 'u-1']);
  await state('salt?');
  await ann.any((frame) => said(frame, 'salt?'));

  guest.ask('ROOM_REQUEST', { username: 'user:1', roomId: topic, message: 'pepper!', requestType: 'ROOM_EVENT' });
  const [, theirs] = await cook.until(([name]) => name === '/cooking');
  assert.deepEqual([theirs.data.message, theirs.data.username], ['pepper!', 'user:1']);
  await ann.any((frame) => said(frame, 'pepper!'));

  assert.equal((await ann.command('say', { text: 'paprika' })).t, 'ok');
  const [, natives] = await cook.until(([name]) => name === '/cooking');
  assert.equal(natives.data.message, 'paprika');
  await state('paprika');
});

test('who is present in one system is present in all, and counts', async () => {
  const token = await signedIn(house, 'ben@demo.example', 'curtain-up-demo');
  const ben = await keep(native(house, 'rooms/R:2', token));
  const guest = await keep(lobbyClient(house, 'user:2'));
  guest.ask('LOBBY_ROOM_REQUEST', { roomId: 'R:2' });
  // Ben is there by the native protocol: the two of them are enough.
  await guest.told('ROOM_BROADCAST_INIT', 'R:2');
  await guest.told('USER_JOINED_ROOM', 'R:2');
  await ben.any((frame) => frame.t === 'ops' && JSON.stringify(frame.fragments).includes('members'));

  const traveller = await keep(chatClient(house));
  const travel = guest.rooms.find(({ Name }) => Name === 'Traveling').ID;
  guest.ask('LOBBY_ROOM_REQUEST', { roomId: travel });
  await guest.told('USER_JOINED_ROOM', travel);
  const [, { data }] = await traveller.until(([name, body]) =>
    name === 'presence_information' && body.data.usersPerRoom['/travel'].length > 0);
  assert.deepEqual(data.usersPerRoom['/travel'].map(({ username }) => username), ['user:2']);
});

test('one account, one token, every surface', async () => {
  const email = 'bob@example.com';
  const byBooking = await booker(house, email);
  const login = await ask(house.at.events, 'POST', '/auth/login', { body: { email, password: 'password123' } });
  const byEvents = login.data[0].authToken;
  assert.match(byEvents, /^Bearer /);
  for (const token of [byBooking.token, byEvents]) {
    for (const said of [token, token.replace('Bearer ', '')]) {
      const user = await ask(house.at.events, 'GET', `/user/${byBooking.id}`, { token: said });
      assert.equal(user.data?.[0]?.email, email, JSON.stringify(user));
      await new Promise((resolve) => setTimeout(resolve, 250)); // Five a second are answered.
    }
    const me = await ask(house.at.booking, 'GET', '/api/auth/me', { token });
    assert.deepEqual([me.data.user.id, me.data.user.role], [byBooking.id, 'user']);
    const bare = token.replace('Bearer ', '');
    await keep(bookingWatcher(house, { bare }, SEATS_EVENT));
    await keep(reminded(house, token));
    const claims = JSON.parse(Buffer.from(bare.split('.')[1], 'base64url'));
    for (const claim of ['userID', 'id', 'email', 'name', 'role', 'iat', 'exp']) assert.ok(claim in claims, claim);
    assert.equal(claims.exp - claims.iat, 24 * 60 * 60);
  }
});
