// Shows reminders as they come: Engine.IO by long polling, for a browser sends a header with nothing else. It keeps
// no token, and one connection at the most.

const END_OF_PACKET = '\x1e';
const WAIT_MS = { least: 1_000, most: 5_000 };
const element = (id) => document.getElementById(id);

const show = (state) => {
  document.querySelector('.connection').dataset.state = state;
  element('connection').textContent = { up: 'connection up', down: 'connection down', coming: 'connection down, trying again' }[state];
};
const complain = (text) => {
  element('trouble').textContent = text;
  element('trouble').hidden = !text;
};

/** One that was shown already is told again only because the server cannot know it. */
const shown = new Set();
function add(text) {
  if (shown.has(text)) return;
  shown.add(text);
  const item = document.createElement('li');
  item.textContent = text;
  element('list').append(item);
  element('none').hidden = true;
}

/** Why it is over: the token is not taken, or the server wants no more. */
class Refused extends Error {}

/** One session, to its end. */
async function session(base, token, signal) {
  const headers = { Authorization: token };
  const ask = async (query, body) => {
    const method = body === undefined ? 'GET' : 'POST';
    const answer = await fetch(`${base}/socket.io/?EIO=4&transport=polling${query}`, { method, headers, body, signal, cache: 'no-store' });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.text();
  };
  const { sid } = JSON.parse((await ask('')).slice(1));
  const at = `&sid=${encodeURIComponent(sid)}`;
  await ask(at, '40');
  for (;;) {
    for (const packet of (await ask(at)).split(END_OF_PACKET)) {
      if (packet.startsWith('44')) throw new Refused(JSON.parse(packet.slice(2)).message);
      if (packet.startsWith('41')) throw new Refused('The server has ended the connection.');
      if (packet.startsWith('1')) throw new Error('closed');
      if (packet.startsWith('40')) show('up');
      if (packet.startsWith('42')) {
        const [name, text] = JSON.parse(packet.slice(2));
        if (name === 'eventNotification') add(String(text));
      }
      // A sign of life says too that what came before has been shown.
      if (packet === '2' || packet.startsWith('42')) await ask(at, '3');
    }
  }
}

let present;
async function connect(token) {
  if (present?.token === token) return;
  present?.abort.abort();
  const mine = (present = { token, abort: new AbortController() });
  complain('');
  show('coming');
  const { port } = await (await fetch('/page/live.json')).json();
  const base = `${location.protocol}//${location.hostname}:${port}`;
  for (let wait = WAIT_MS.least; present === mine; wait = Math.min(wait * 2, WAIT_MS.most)) {
    const began = Date.now();
    try {
      await session(base, token, mine.abort.signal);
    } catch (error) {
      if (present !== mine) return;
      if (error instanceof Refused) {
        present = undefined;
        show('down');
        complain(error.message === 'Unauthorized user error.'
          ? 'This token is not taken. Sign in again, and paste the new one.' : error.message);
        return;
      }
      show('coming');
      // A session that lasted was a good one: the next is tried at once, as the first was.
      if (Date.now() - began > WAIT_MS.most) wait = WAIT_MS.least;
      await new Promise((done) => setTimeout(done, wait * (0.5 + Math.random())));
    }
  }
}

document.querySelector('form').addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  const token = element('token').value.trim();
  if (token) void connect(token);
});
