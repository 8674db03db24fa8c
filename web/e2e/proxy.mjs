// A proxy as they stand in front of servers and people: it takes requests in turns to several listeners, remembers
// nobody, and lets no WebSocket through unless it is told to. It changes nothing that passes.

import http from 'node:http';
import net from 'node:net';

/** `backends` are addresses such as `http://127.0.0.1:1`; `passed` has a line for each request. */
export async function openProxy(backends, { upgrades = false } = {}) {
  let turn = 0;
  const passed = [];
  const sockets = new Set();
  const next = () => new URL(backends[turn++ % backends.length]);

  const server = http.createServer((request, response) => {
    const backend = next();
    passed.push({ path: request.url, method: request.method, backend: backend.port });
    const options = { host: backend.hostname, port: backend.port, method: request.method, path: request.url, headers: request.headers, agent: false };
    const onward = http.request(options, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      response.flushHeaders();
      answer.pipe(response);
    });
    // Either end that goes takes the other with it.
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  server.on('upgrade', (request, socket, head) => {
    passed.push({ path: request.url, method: 'UPGRADE', backend: null });
    if (!upgrades) return socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    const backend = next();
    const onward = net.connect(Number(backend.port), backend.hostname, () => {
      const headers = request.rawHeaders.map((text, at) => (at % 2 ? `${text}\r\n` : `${text}: `)).join('');
      onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers}\r\n`);
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const [one, other] of [[socket, onward], [onward, socket]]) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = () => sockets.forEach((socket) => socket.destroy());
  const close = () => {
    drop();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, passed, drop, close };
}
