// The quiz in the lobby dialect's page, which loads this file for rooms of the quiz: there one answers. It shows what the
// room says and asks; all text of other people is text, never markup.

import { register } from '/applications.js';

register('quiz', (div, room) => {
  const asked = document.createElement('h3');
  const choices = document.createElement('div');
  const count = document.createElement('p');
  div.append(asked, choices, count);

  const update = ({ question, answered = 0, answers = {} }) => {
    asked.textContent = question?.text ?? 'Nothing has been asked yet.';
    count.textContent = `${answered} answered.`;
    const [mine] = Object.values(answers);
    choices.replaceChildren(...(question?.choices ?? []).map((words, choice) => {
      const button = document.createElement('button');
      button.className = 'quiet';
      button.type = 'button';
      button.textContent = choice === question.outcome?.right ? `${words} ✓` : words;
      button.disabled = Boolean(question.outcome) || mine !== undefined;
      button.setAttribute('aria-pressed', String(choice === mine));
      button.onclick = () => room.command('answer', { no: question.no, choice });
      return button;
    }));
  };
  return { initialise: update, update };
});
