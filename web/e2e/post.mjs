// A mail server that is none of ours, for tests that read what a server sends: Debian's python3-aiosmtpd.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const script = new URL('../../crates/server/tests/all/smtp.py', import.meta.url).pathname;

/** A mail comes within this, or never. */
const MAIL_MS_MAX = 30_000;

/** Answers when it listens. `mail(is)` is the first mail like that, whether it has come or is to come. */
export async function startPost() {
  // The system's own, which is the one that has Debian's packages.
  const child = spawn('/usr/bin/python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  process.on('exit', () => child.kill());
  const mails = [];
  const waiting = new Set();
  const lines = createInterface(child.stdout);
  const port = await new Promise((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', () => reject(new Error('the mail server ended: is python3-aiosmtpd there?')));
  });
  lines.on('line', (line) => {
    mails.push(JSON.parse(line));
    for (const look of waiting) look();
  });
  const mail = (is) => new Promise((resolve, reject) => {
    const why = () => new Error(`no such mail; there were: ${mails.map(({ headers }) => headers.subject).join(', ')}`);
    const late = setTimeout(() => reject(why()), MAIL_MS_MAX);
    const look = () => {
      const found = mails.find(is);
      if (!found) return;
      clearTimeout(late);
      waiting.delete(look);
      resolve(found);
    };
    waiting.add(look);
    look();
  });
  const settings = {
    HOUSEFUL_MAIL__HOST: '127.0.0.1', HOUSEFUL_MAIL__PORT: port, HOUSEFUL_MAIL__SECURITY: 'none',
    HOUSEFUL_MAIL__FROM: 'Houseful <box@house.example>',
  };
  return { mail, mails, settings, stop: () => child.kill() };
}
