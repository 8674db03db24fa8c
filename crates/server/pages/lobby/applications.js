// Where the windows of room applications come from: a script registers what shows its application's state. The page knows
// no application; its chat is registered in this very way.

const starts = new Map();

/**
 * Shows rooms of an application: `start(div, room)` gets an empty element and the room (`id`, `name`, `me`, `say(message)`,
 * `command(name, body)`), and answers `{ initialise(state), update(state), refused?(text) }`. `initialise` is called once
 * for a room, `update` with the whole state after each change.
 */
export function register(application, start) {
  starts.set(application, start);
}

/** The window of a room of this application: of its own script, or the state as it is. */
export async function attach(application, div, room) {
  if (!starts.has(application)) await load(application);
  const start = starts.get(application) ?? plain;
  return start(div, room);
}

async function load(application) {
  const own = application === 'chat' ? './chat.js' : `./apps/${encodeURIComponent(application)}/lobby.js`;
  try {
    await import(own);
  } catch {
    // It brings none: the state is shown as it is.
  }
}

function plain(div) {
  const shown = document.createElement('pre');
  shown.className = 'plain';
  shown.tabIndex = 0;
  div.append(shown);
  const show = (state) => (shown.textContent = JSON.stringify(state, null, 2));
  return { initialise: show, update: show };
}
