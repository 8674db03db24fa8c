// A message's text cut into what is shown as text, as a link, and as somebody's name. It makes no markup.

export type Piece = { kind: 'text' | 'mention' | 'me'; text: string } | { kind: 'link'; text: string; href: string };

const LINK = /\bhttps?:\/\/[^\s<>"]+/giu;
/** Marks that turn or hide what stands beside them: an address with one is not what it looks like. */
const TURNING = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;
const TAIL = /[.,;:!?'’”»…]$/u;
const PAIRS: [string, string][] = [['(', ')'], ['[', ']'], ['{', '}']];

/** `names` are those of the people whom the message speaks to; `me` is one's own. */
export function piecesOf(text: string, names: string[], me: string | null): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(LINK)) {
    const shown = withoutTail(found[0]);
    const href = addressOf(shown);
    if (!href) continue;
    pieces.push(...mentionsOf(text.slice(at, found.index), names, me));
    pieces.push({ kind: 'link', text: shown, href });
    at = found.index + shown.length;
  }
  pieces.push(...mentionsOf(text.slice(at), names, me));
  return pieces;
}

/** A sentence's full stop belongs to the sentence, and so does a bracket that the address did not open. */
function withoutTail(link: string): string {
  for (;;) {
    const unpaired = PAIRS.some(([open, close]) => link.endsWith(close) && count(link, close) > count(link, open));
    if (!unpaired && !TAIL.test(link)) return link;
    link = link.slice(0, -1);
  }
}

const count = (text: string, one: string): number => text.split(one).length - 1;

function addressOf(link: string): string | null {
  if (TURNING.test(link) || !URL.canParse(link)) return null;
  const url = new URL(link);
  const isPlain = (url.protocol === 'https:' || url.protocol === 'http:') && !url.username && !url.password;
  return isPlain ? url.href : null;
}

function mentionsOf(text: string, names: string[], me: string | null): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, name } of namesIn(text, names)) {
    if (start < at) continue;
    if (start > at) pieces.push({ kind: 'text', text: text.slice(at, start) });
    const end = start + name.length + 1;
    pieces.push({ kind: name === me ? 'me' : 'mention', text: text.slice(start, end) });
    at = end;
  }
  if (at < text.length) pieces.push({ kind: 'text', text: text.slice(at) });
  return pieces;
}

/** Where a text has `@Name`, the longest name first: "@Ann Lee" is not Ann. */
export function namesIn(text: string, names: string[]): { start: number; name: string }[] {
  const longest = [...new Set(names)].filter(Boolean).sort((a, b) => b.length - a.length);
  const found: { start: number; name: string }[] = [];
  for (let start = text.indexOf('@'); start >= 0; start = text.indexOf('@', start + 1)) {
    if (/[\p{L}\p{N}]/u.test(text.charAt(start - 1))) continue;
    const fits = (name: string) =>
      text.startsWith(name, start + 1) && !/[\p{L}\p{N}]/u.test(text.charAt(start + 1 + name.length));
    const name = longest.find(fits);
    if (name) found.push({ start, name });
  }
  return found;
}
