// Sixty people who come, speak and go by the lobby dialect, again and again: nothing goes wrong, and the server's memory
// stays what it is. A few seconds of it are a test; `LOBBY_SECONDS=60 node --test dialects/crowd.test.mjs` prints figures.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Frames } from './frames.mjs';
import { open } from './house.mjs';
import { signedIn } from './people.mjs';

const SECONDS = Number(process.env.LOBBY_SECONDS ?? 5);
const PEOPLE = 60;
const ROOMS = 6;
/** A chat takes five messages in five seconds of one person. */
const PAUSE_MS = 1_100;
const MESSAGES = 3;

let house;
const names = Array.from({ length: PEOPLE }, (_, nth) => `crowd:${nth + 1}`);

before(async () => {
  house = await open({
    settings: {
      HOUSEFUL_DIALECTS__LOBBY__NAMES: JSON.stringify(names),
      HOUSEFUL_ACCOUNTS__SIGN_UP_PER_HOUR_ADDRESS: '1000',
      HOUSEFUL_CONNECTIONS__LIVE_PER_ADDRESS: '1000',
      HOUSEFUL_CONNECTIONS__HTTP_PER_ADDRESS: '1000',
    },
  });
});
after(() => house?.close());

/** A room that has places for all of them and waits for nobody: the last one to come must not be alone with that. */
async function makeRoom(token, nth) {
  const answer = await fetch(`${house.url}/api/v1/rooms`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ app: 'chat', title: `Crowd ${nth}`, minimum: 1, maximum: PEOPLE }),
  });
  assert.equal(answer.status, 201);
  return (await answer.json()).path.replace('rooms/', '');
}

const memoryMb = () => {
  const [, kib] = readFileSync(`/proc/${house.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/);
  return Math.round(kib / 1024);
};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Comes into a room, speaks until each message was seen there, goes. */
async function visit(user, roomId, counts) {
  const one = new Frames(`ws://${house.at.lobby}/ws`);
  const ask = (messageType, payload) => one.send({ messageType, payload: JSON.stringify(payload) });
  const until = (fits) => one.until((frame) => {
    if (frame.Type === 'ERROR') throw new Error(`${user}: ${frame.Payload}`);
    return fits(frame);
  });
  await until(({ Type }) => Type === 'CREATED');
  ask('LOBBY_USER_JOIN_REQUEST', { user });
  await until(({ Type }) => Type === 'USER_LOBBY_DATA');
  ask('LOBBY_ROOM_REQUEST', { roomId });
  let state;
  const runs = ({ Payload }) => (state = JSON.parse(Payload).state ?? state);
  await until((frame) => runs(frame) && frame.Type === 'ROOM_BROADCAST_INIT');
  counts.visits += 1;
  for (let k = 0; k < MESSAGES; k++) {
    const message = `${user} says ${counts.said}`;
    counts.said += 1;
    ask('ROOM_REQUEST', { roomId, requestType: 'ROOM_EVENT', message });
    await until((frame) => frame.Type === 'ROOM_BROADCAST' && frame.Payload.includes(message));
    counts.seen += 1;
    await sleep(PAUSE_MS);
  }
  const { code } = await one.close();
  assert.equal(code, 1005);
}

test(`${PEOPLE} come, speak and go for ${SECONDS} s`, async () => {
  const token = await signedIn(house, 'organiser@demo.example', 'curtain-up-demo');
  const rooms = [];
  for (let nth = 0; nth < ROOMS; nth++) rooms.push(await makeRoom(token, nth));
  const counts = { visits: 0, said: 0, seen: 0 };
  const memory = [memoryMb()];
  const end = Date.now() + SECONDS * 1_000;
  const life = async (user, nth) => {
    // Two of each room stay, so that it runs; all others move on.
    for (let round = 0; Date.now() < end; round++) await visit(user, rooms[(nth + round) % ROOMS], counts);
  };
  const watch = async () => {
    while (Date.now() < end) {
      await sleep(Math.max(1_000, SECONDS * 100));
      memory.push(memoryMb());
    }
  };
  await Promise.all([...names.map(life), watch()]);
  console.log(`${counts.visits} visits, ${counts.said} messages said, ${counts.seen} seen; memory ${memory.join(', ')} MB`);
  assert.equal(counts.seen, counts.said);
  assert.ok(counts.visits >= PEOPLE, `${counts.visits} visits`);
  // The first half warms up: rooms fill their memory of what was said. A few seconds are nothing else.
  if (SECONDS < 30) return;
  const middle = memory[Math.floor(memory.length / 2)];
  assert.ok(memory.at(-1) <= middle * 1.15 + 4, `memory grows: ${memory.join(', ')} MB`);
});
