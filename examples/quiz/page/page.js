// The quiz's page: Houseful's web application loads it for rooms of the quiz and calls `attach`. It shows what the
// room says and asks; it decides nothing, and all text of other people is text, never markup.

const STYLE = new URL('page.css', import.meta.url).href;

/**
 * Shows a quiz in `div`; answers how to take it away again.
 * @param {HTMLElement} div @param {import('@houseful/client').Room} room @param {import('@houseful/client').Client} client
 */
export function attach(div, room, client) {
  if (!document.head.querySelector(`link[href="${STYLE}"]`)) {
    document.head.append(element('link', { rel: 'stylesheet', href: STYLE }));
  }
  const parts = {
    chair: element('p', { className: 'quiz-chair' }),
    desk: element('div', { className: 'quiz-desk' }),
    question: element('section', { className: 'quiz-question' }),
    count: element('p', { className: 'quiz-count' }),
    scores: element('ol', { className: 'quiz-scores' }),
    said: element('p', { className: 'quiz-said', role: 'status' }),
  };
  const root = element('div', { className: 'quiz' }, ...Object.values(parts));
  div.append(root);

  const command = async (name, body = {}) => {
    parts.said.textContent = '';
    try {
      await room.command(name, body);
    } catch (refusal) {
      const fields = Object.entries(refusal.fields ?? {}).map(([field, why]) => `${field}: ${why}`);
      parts.said.textContent = [refusal.message, ...fields].join(' ');
    }
  };
  const state = () => ({
    me: client.account.get()?.id,
    host: room.cell('chair').get()?.host,
    question: room.cell('question').get(),
    key: room.cell('key').get(),
    mine: [...room.rows('answers').get().values()][0],
  });
  const showQuestion = () => parts.question.replaceChildren(...questionParts(state(), room, command));
  // A line of its own: what others do takes no button away from under a finger.
  const showCount = () => {
    const shown = [...room.live('thinking').get().values()];
    const thinking = new Set(shown.map(({ account }) => account)).size;
    parts.count.textContent = `${room.cell('answered').get() ?? 0} answered, ${thinking} thinking.`;
  };
  const showChair = () => {
    const { me, host } = state();
    showName(parts.chair, room, host);
    parts.desk.replaceChildren(...(me === undefined ? [] : deskParts(host === me, host, command)));
    showQuestion();
  };
  const showScores = () => {
    const rows = [...room.rows('scores').get()].sort(([, a], [, b]) => b - a);
    const row = ([account, points]) => {
      const name = element('bdi', {});
      nameOf(room, account, (text) => (name.textContent = text));
      return element('li', {}, name, ` ${points}`);
    };
    parts.scores.replaceChildren(...rows.map(row));
  };
  const stops = [
    ...[client.account, room.cell('chair')].map((value) => value.subscribe(showChair)),
    room.rows('scores').subscribe(showScores),
    ...[room.cell('question'), room.cell('key'), room.rows('answers')].map((shape) => shape.subscribe(showQuestion)),
    ...[room.cell('answered'), room.live('thinking')].map((shape) => shape.subscribe(showCount)),
  ];
  return () => {
    stops.forEach((stop) => stop());
    root.remove();
  };
}

/** What is asked, and a button for each choice while it can be made. */
function questionParts({ me, host, question, key, mine }, room, command) {
  if (!question) return [element('p', { textContent: 'Nothing has been asked yet.' })];
  const { no, text, choices, outcome } = question;
  const mayAnswer = !outcome && me !== undefined && me !== host && mine === undefined;
  const right = outcome ? outcome.right : key;
  const choice = (words, nth) => {
    const button = element('button', { type: 'button', disabled: !mayAnswer }, element('bdi', { textContent: words }));
    button.className = nth === right ? 'is-right' : '';
    button.setAttribute('aria-pressed', String(nth === mine));
    button.onclick = () => {
      room.show('thinking', null);
      command('answer', { no, choice: nth });
    };
    // Whoever looks for the answer is thinking; the room tells the others.
    button.onfocus = button.onpointerenter = () => mayAnswer && room.show('thinking', true);
    return element('li', {}, button, outcome ? ` ${outcome.counts[nth]}` : '');
  };
  return [element('h2', {}, element('bdi', { textContent: text })), element('ul', {}, ...choices.map(choice))];
}

/** The host's desk, or the way to it. */
function deskParts(isHost, host, command) {
  if (!isHost) {
    const button = element('button', { type: 'button', textContent: 'Be the host', disabled: host != null });
    button.onclick = () => command('host');
    return [button];
  }
  const field = (name, label) => element('label', {}, label, element('input', { name, required: true }));
  const form = element('form', {});
  form.append(
    field('text', 'Question'),
    ...['A', 'B', 'C'].map((letter) => field('choices', `Choice ${letter}`)),
    element('p', { textContent: 'Choice A is the right one here: they are mixed before they are asked.' }),
    element('button', { textContent: 'Ask' }),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    const data = new FormData(form);
    const choices = data.getAll('choices');
    const rightOne = choices[0];
    const mixed = choices.map((words) => [Math.random(), words]).sort(([a], [b]) => a - b);
    const order = mixed.map(([, words]) => words);
    command('ask', { text: data.get('text'), choices: order, right: order.indexOf(rightOne), seconds: 20 });
  };
  const reveal = element('button', { type: 'button', textContent: 'Reveal', onclick: () => command('reveal') });
  const leave = element('button', { type: 'button', textContent: 'Step down', onclick: () => command('step_down') });
  return [form, reveal, leave];
}

function showName(into, room, host) {
  into.replaceChildren(host == null ? 'Nobody is the host.' : 'The host is ');
  if (host == null) return;
  const name = element('bdi', {});
  into.append(name);
  nameOf(room, host, (text) => (name.textContent = text));
}

/** Says a person's name when it is known. */
async function nameOf(room, account, say) {
  const people = await room.people([Number(account)]);
  say(people.get(Number(account))?.name ?? 'somebody');
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
