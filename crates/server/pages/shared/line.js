// A connection that comes back by itself: it waits longer after each failure, and says what it is. It keeps nothing that
// was not sent: whoever uses it asks anew when it is open again.

const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000];
const SILENCE_MS = 5_000;

/**
 * `said(text)` gets what comes, `changed(state)` 'connecting', 'open' or 'away'. `probe` is a text that is answered: it is
 * sent when the page is looked at again, and silence means that the connection is dead.
 */
export function openLine(address, { said, changed, probe }) {
  let socket;
  let failures = 0;
  let timer;
  let silence;
  let isOver = false;

  const connect = () => {
    clearTimeout(timer);
    clearTimeout(silence);
    socket = new WebSocket(address);
    const mine = socket;
    changed(failures === 0 ? 'connecting' : 'away');
    mine.onopen = () => {
      failures = 0;
      changed('open');
    };
    mine.onmessage = ({ data }) => {
      clearTimeout(silence);
      said(data);
    };
    mine.onclose = () => {
      if (isOver || mine !== socket) return;
      const wait = WAITS_MS[Math.min(failures, WAITS_MS.length - 1)];
      failures += 1;
      changed('away');
      // Not all at once, when a server comes back.
      timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
    };
  };
  const look = () => {
    if (document.visibilityState !== 'visible' || isOver) return;
    if (socket.readyState === WebSocket.CLOSED) return connect();
    if (socket.readyState !== WebSocket.OPEN || !probe()) return;
    socket.send(probe());
    clearTimeout(silence);
    silence = setTimeout(() => {
      const dead = socket;
      failures = 1;
      connect();
      dead.close();
    }, SILENCE_MS);
  };
  document.addEventListener('visibilitychange', look);
  addEventListener('online', look);
  connect();

  return {
    send(text) {
      const isOpen = socket.readyState === WebSocket.OPEN;
      if (isOpen) socket.send(text);
      return isOpen;
    },
    close() {
      isOver = true;
      clearTimeout(timer);
      clearTimeout(silence);
      document.removeEventListener('visibilitychange', look);
      removeEventListener('online', look);
      socket.close();
    },
  };
}

/** The address of this server's socket, by TLS where the page came by it. */
export function socketAt(path) {
  const address = new URL(path, location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.hash = '';
  return address.href;
}

/** An element with properties and children; text stays text. */
export function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Says something where it is read out, also when it is the same again. */
export function say(into, text, kind = '') {
  into.className = kind;
  into.textContent = '';
  into.textContent = text;
}
