// The page of the lobby dialect: it signs in, enters rooms, keeps each room's window, and brings all of it back when the
// connection was lost. What a room's state means is its application's to know.

import { attach } from './applications.js';
import { element, openLine, say, socketAt } from './line.js';

const KEPT = 'houseful.lobby.user';
const STATUS = { waiting: 'Waiting for the room to start: somebody else has to come.', running: 'The room is running.' };
const find = (id) => document.getElementById(id);

let user;
let isIn = false;
let current;
/** By its id: what is known of each room, and its window once it was entered. */
const rooms = new Map();

const form = find('door').querySelector('form');
// This page shows texts as texts, so it takes them as they are.
const line = openLine(socketAt('ws?text=plain'), {
  said: hear,
  changed: showWay,
  probe: () => (isIn ? lobbyRequest() : ''),
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  user = form.elements.user.value.trim();
  if (!user) {
    say(find('door-said'), 'Please give a name.', 'wrong');
    return form.elements.user.focus();
  }
  line.send(lobbyRequest());
});
find('out').addEventListener('click', () => {
  sessionStorage.removeItem(KEPT);
  location.reload();
});

user = sessionStorage.getItem(KEPT) ?? undefined;
form.elements.user.value = user ?? '';
form.elements.user.focus();

function request(messageType, payload) {
  return JSON.stringify({ messageType, payload: JSON.stringify(payload) });
}

function lobbyRequest() {
  return request('LOBBY_USER_JOIN_REQUEST', { user });
}

function showWay(state) {
  const isOpen = state === 'open';
  find('enter').setAttribute('aria-disabled', String(!isOpen));
  find('way').hidden = isOpen || state === 'connecting';
  find('way').classList.add('is-away');
  const text = isOpen ? '' : 'Reconnecting. What you see is from before.';
  if (find('way').textContent !== text) find('way').textContent = text;
}

function hear(text) {
  const { Type: type, Payload: payload, RoomID: id } = JSON.parse(text);
  const room = rooms.get(id);
  switch (type) {
    case 'CREATED':
      // A new connection is in no room yet.
      for (const known of rooms.values()) known.joined = false;
      return user && line.send(lobbyRequest());
    case 'USER_LOBBY_DATA':
      return showLobby(JSON.parse(payload));
    case 'USER_JOINED_ROOM':
      return entered(room);
    case 'ROOM_BROADCAST_INIT':
    case 'ROOM_BROADCAST':
      return room && takeState(room, JSON.parse(payload), type);
    case 'ROOM_BROADCAST_MESSAGE':
      return room && note(room, JSON.parse(payload).message);
    case 'ERROR':
      return refuse(room, payload);
  }
}

function showLobby({ User, Rooms }) {
  user = User.ID;
  sessionStorage.setItem(KEPT, user);
  for (const { ID: id, Name: name, App: app = 'chat' } of Rooms) {
    const known = rooms.get(id);
    rooms.set(id, known ? Object.assign(known, { name, app }) : { id, name, app, unread: 0, status: '' });
  }
  find('welcome').lastChild.textContent = user;
  for (const shown of ['welcome', 'out', 'lobby']) find(shown).hidden = false;
  find('door').hidden = true;
  const isFirst = !isIn;
  isIn = true;
  showRooms();
  if (isFirst) find('rooms-title').focus();
  // After a lost connection: everywhere where one was.
  if (!isFirst) for (const room of rooms.values()) if (room.wanted && !room.joined) ask(room);
}

function ask(room) {
  room.wanted = true;
  line.send(request('LOBBY_ROOM_REQUEST', { roomId: room.id }));
}

function choose(room) {
  if (room.joined) return open(room);
  current = room;
  say(find('said'), '');
  ask(room);
}

function entered(room) {
  if (!room) return;
  room.joined = true;
  room.status ||= STATUS.waiting;
  if (current === room) open(room);
  showRooms();
}

/** Shows a room; its window was kept up to date all the time. */
function open(room) {
  const isNew = find('room-name').dataset.room !== room.id;
  current = room;
  room.unread = 0;
  find('room-name').textContent = room.name;
  find('room-name').dataset.room = room.id;
  find('room-status').textContent = room.status;
  if (isNew) say(find('said'), '');
  for (const other of rooms.values()) if (other.window) other.window.hidden = other !== room;
  showRooms();
  if (isNew) find('room-name').focus();
}

async function takeState(room, told, type) {
  if (!('state' in told)) return note(room, STATUS.waiting);
  note(room, STATUS.running);
  const isNews = type === 'ROOM_BROADCAST' && current !== room;
  room.unread += isNews ? 1 : 0;
  room.state = told.state;
  if (isNews) showRooms();
  room.application ??= start(room);
  const application = await room.application;
  // What came while its script was loaded is in it.
  if (room.shown !== room.state) application.update(room.state);
  room.shown = room.state;
}

async function start(room) {
  room.window = element('div', { className: 'window', hidden: current !== room });
  find('application-window').append(room.window);
  const application = await attach(room.app, room.window, {
    id: room.id,
    name: room.name,
    me: user,
    say: (message) => send(room, { username: user, message }),
    command: (command, body = {}) => send(room, { command, body }),
  });
  application.initialise(room.state);
  room.shown = room.state;
  return application;
}

function send(room, content) {
  say(find('said'), '');
  return line.send(request('ROOM_REQUEST', { roomId: room.id, requestType: 'ROOM_EVENT', ...content }));
}

function note(room, text) {
  room.status = text;
  if (room === current) find('room-status').textContent = text;
}

async function refuse(room, text) {
  if (!isIn) {
    sessionStorage.removeItem(KEPT);
    user = undefined;
    say(find('door-said'), text, 'wrong');
    return form.elements.user.focus();
  }
  if (room && !room.joined) room.wanted = false;
  if (!room || room === current) say(find('said'), text, 'wrong');
  (await room?.application)?.refused?.(text);
}

function showRooms() {
  const focused = document.activeElement?.dataset?.room;
  const all = [...rooms.values()];
  find('rooms').replaceChildren(...all.map((room) => {
    const button = element('button', { type: 'button' }, element('bdi', { textContent: room.name }));
    button.dataset.room = room.id;
    button.setAttribute('aria-current', String(room === current && Boolean(room.joined)));
    if (!room.joined) button.append(element('span', { className: 'mark', textContent: 'Enter' }));
    if (room.unread) {
      const count = element('span', { className: 'unread', textContent: String(room.unread) });
      button.append(count, element('span', { className: 'unseen', textContent: 'unread' }));
    }
    button.addEventListener('click', () => choose(room));
    return element('li', {}, button);
  }));
  const again = [...find('rooms').querySelectorAll('button')].find((button) => button.dataset.room === focused);
  again?.focus();
  const unread = all.reduce((sum, room) => sum + room.unread, 0);
  document.title = `${unread ? `(${unread}) ` : ''}Lobby · houseful`;
}
