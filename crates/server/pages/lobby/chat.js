// The window of rooms that run `chat`. All text of other people is text, never markup.

import { register } from './applications.js';
import { element } from './line.js';

register('chat', (div, room) => {
  const list = element('ol', {});
  const log = element('div', { className: 'log', tabIndex: 0 }, list);
  log.setAttribute('role', 'log');
  log.setAttribute('aria-label', `Messages in ${room.name}`);
  const input = element('input', { className: 'input', name: 'message', placeholder: 'Message', autocomplete: 'off', maxLength: 2_000 });
  input.setAttribute('aria-label', `Message to ${room.name}`);
  const form = element('form', {}, input, element('button', { className: 'primary', textContent: 'Send' }));
  let sent = '';
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    input.focus();
    if (!input.value.trim() || !room.say(input.value)) return;
    sent = input.value;
    input.value = '';
  });
  div.append(element('div', { className: 'chat' }, log, form));

  let shown = [];
  const update = ({ messages }) => {
    const keys = messages.map(({ sender, message }) => JSON.stringify([sender, message]));
    const gone = overlap(shown, keys);
    const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 40;
    for (let k = 0; k < gone; k++) list.firstElementChild.remove();
    // Only what is new: whoever listens hears each message once.
    list.append(...messages.slice(shown.length - gone).map((message) => line(message, room.me)));
    shown = keys;
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  };
  return {
    initialise(state) {
      update(state);
      log.scrollTop = log.scrollHeight;
    },
    update,
    refused() {
      if (!input.value) input.value = sent;
    },
  };
});

/** How many of the first lines are gone, so that what is left of them begins the new ones. */
function overlap(before, now) {
  for (let gone = 0; gone < before.length; gone++) {
    const left = before.length - gone;
    if (left <= now.length && before.slice(gone).every((key, nth) => key === now[nth])) return gone;
  }
  return before.length;
}

function line({ sender, message }, me) {
  const words = element('bdi', { textContent: message });
  if (sender === 'room') return element('li', { className: 'is-room' }, words);
  const isMine = sender === me;
  const by = element('bdi', { className: 'by', textContent: isMine ? 'You' : sender });
  return element('li', { className: isMine ? 'is-mine' : '' }, by, words);
}
