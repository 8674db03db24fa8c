// Which way to the server is taken, and the event stream as a socket.

import { expect, test } from 'vitest';
import { Stream } from '../src/stream.ts';
import { FakeSocket, settled, world } from './fake.ts';

function twoWays() {
  const opened: ['socket' | 'stream', FakeSocket][] = [];
  const open = (way: 'socket' | 'stream') => () => {
    const socket = new FakeSocket();
    opened.push([way, socket]);
    return socket;
  };
  const w = world({ socket: open('socket'), stream: open('stream') });
  const ways = () => opened.map(([way]) => way);
  const fail = () => {
    const before = opened.length;
    opened.at(-1)![1].onclose?.({ code: 1006 });
    for (let wait = 0; wait <= 30_000 && opened.length === before; wait += 500) w.timers.pass(500);
  };
  const greet = async () => {
    const socket = opened.at(-1)![1];
    socket.onopen?.();
    await settled();
    socket.say({ t: 'welcome', ref: socket.last('hello').ref, session: 1, now: 0, heartbeatMs: 1 });
    await settled();
  };
  const pingFor = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 20_000) {
      w.timers.pass(20_000);
      for (const [, socket] of opened) socket.say({ t: 'ping', now: 0 });
    }
  };
  w.client.connect();
  return { ...w, opened, ways, fail, greet, pingFor };
}

test('WebSocket first; two that end unheard, and the stream is remembered', async () => {
  const { client, ways, fail, greet } = twoWays();
  fail();
  fail();
  await greet();
  expect([ways(), client.state.get()]).toEqual([['socket', 'socket', 'stream'], 'open']);
  fail();
  expect(ways().at(-1)).toBe('stream');
});

test('one that opens and says nothing is no way either', async () => {
  const { ways, opened, timers } = twoWays();
  for (let nth = 0; nth < 2; nth++) {
    opened.at(-1)![1].onopen?.();
    timers.pass(10_001);
    timers.pass(501);
    timers.pass(501);
  }
  expect(ways()).toEqual(['socket', 'socket', 'stream']);
});

test('a WebSocket that was heard and lost is tried again', async () => {
  const { ways, fail, greet } = twoWays();
  await greet();
  fail();
  fail();
  await greet();
  fail();
  expect(ways()).toEqual(['socket', 'socket', 'socket', 'socket']);
});

test('one that is given up for another says nothing of the way', () => {
  const { client, ways } = twoWays();
  for (let nth = 0; nth < 3; nth++) client.reconnect();
  expect(ways()).toEqual(['socket', 'socket', 'socket', 'socket']);
});

test('where neither leads to the server they take turns', () => {
  const { ways, fail } = twoWays();
  for (let nth = 0; nth < 6; nth++) fail();
  expect(ways()).toEqual(['socket', 'socket', 'stream', 'socket', 'stream', 'socket', 'stream']);
});

test('after ten minutes WebSocket is tried beside the stream, and takes over if it is heard', async () => {
  const { client, ways, opened, fail, greet, pingFor } = twoWays();
  fail();
  fail();
  await greet();
  pingFor(600_000);
  expect(ways()).toEqual(['socket', 'socket', 'stream', 'socket']);
  opened.at(-1)![1].onclose?.({ code: 1006 });
  expect([client.state.get(), opened[2]![1].closedWith]).toEqual(['open', null]);
  pingFor(600_000);
  expect(ways()).toHaveLength(5);
  await greet();
  expect([ways().at(-1), opened[2]![1].closedWith]).toEqual(['socket', 1000]);
  fail();
  expect(ways().at(-1)).toBe('socket');
});

test('a page that may open no WebSocket goes by the stream at once', () => {
  const opened: string[] = [];
  const { client } = world({
    socket: () => {
      throw new Error('forbidden');
    },
    stream: () => {
      opened.push('stream');
      return new FakeSocket();
    },
  });
  client.connect();
  expect(opened).toEqual(['stream']);
});

function streamed(status = 204) {
  const posts: [url: string, body: string][] = [];
  let push!: (text: string) => void;
  let end!: () => void;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      push = (text) => controller.enqueue(new TextEncoder().encode(text));
      end = () => controller.close();
    },
  });
  let release: (() => void)[] = [];
  const fetcher = (async (url: string, init: RequestInit) => {
    if (!init.body) return new Response(body, { status: 200 });
    posts.push([`${url} ${new Headers(init.headers).get('authorization')}`, String(init.body)]);
    await new Promise<void>((resolve) => release.push(resolve));
    return new Response(null, { status });
  }) as typeof fetch;
  const stream = new Stream('wss://house.example/live', fetcher);
  const heard: unknown[] = [];
  stream.onopen = () => heard.push('open');
  stream.onmessage = ({ data }) => heard.push(data);
  stream.onclose = ({ code }) => heard.push(code);
  const tick = () => new Promise((resolve) => setTimeout(resolve));
  const answer = async () => {
    for (const run of release.splice(0)) run();
    await tick();
  };
  return { stream, posts, heard, push, end, tick, answer };
}

test('R56 a stream opens, speaks and ends like a socket', async () => {
  const { heard, push, tick } = streamed();
  push('event: open\ndata: {"stream":"secret"}\n\n: quiet\n\nda');
  await tick();
  push('ta: {"t":"pi');
  push('ng"}\n\ndata: {\ndata: "t":"é"}\n\n');
  await tick();
  push('event: close\ndata: {"code":4001}\n\n');
  await tick();
  expect(heard).toEqual(['open', '{"t":"ping"}', '{\n"t":"é"}', 4001]);
});

test('R57 what is sent goes one POST after the other, and together when it waited', async () => {
  const { stream, posts, push, tick, answer } = streamed();
  stream.send('1');
  push('event: open\ndata: {"stream":"secret"}\n\n');
  await tick();
  for (const frame of ['2', '3', `"${'x'.repeat(8000)}"`, '4']) stream.send(frame);
  expect(posts).toEqual([['https://house.example/live/sse/messages Bearer secret', '1']]);
  await answer();
  expect(posts.at(-1)![1]).toBe('[2,3]');
  await answer();
  await answer();
  expect(posts.at(-1)![1]).toBe('4');
});

test('R57 a POST that is refused is the end, and so is a stream that breaks off', async () => {
  const refused = streamed(404);
  refused.push('event: open\ndata: {"stream":"secret"}\n\n');
  await refused.tick();
  refused.stream.send('1');
  await refused.answer();
  expect(refused.heard).toEqual(['open', 1006]);
  const broken = streamed();
  broken.end();
  await broken.tick();
  expect(broken.heard).toEqual([1006]);
});
