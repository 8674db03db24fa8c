// What is being written: completion of names and seats at the caret, who is spoken to, how much room is left. Pure.

import { MENTIONS_MAX, SEATS_MAX, TEXT_MAX } from './app.ts';
import { namesIn } from './pieces.ts';

export interface Named {
  account: number;
  name: string;
}

export interface Completing {
  kind: '@' | '#';
  /** Where the sign stands. */
  start: number;
  query: string;
}

/** What is being completed at the caret: a name has spaces, so up to three words count. */
export function completingAt(text: string, caret: number): Completing | null {
  const before = text.slice(0, caret);
  const sign = /(^|[^\p{L}\p{N}])([@#])([^\n@#]{0,60})$/u.exec(before);
  if (!sign) return null;
  const query = sign[3]!;
  if (query.startsWith(' ') || query.split(' ').length > 3) return null;
  return { kind: sign[2] as '@' | '#', start: before.length - query.length - 1, query };
}

export function complete(text: string, { kind, start, query }: Completing, name: string): { text: string; caret: number } {
  const head = `${text.slice(0, start)}${kind}${name} `;
  return { text: head + text.slice(start + 1 + query.length).replace(/^ /, ''), caret: head.length };
}

/** Those whose name, or a word of it, begins like the query. */
export function matching(people: Named[], query: string, most = 6): Named[] {
  const wanted = query.toLocaleLowerCase();
  const starts = ({ name }: Named) => {
    const lower = name.toLocaleLowerCase();
    return lower.startsWith(wanted) || lower.split(/\s+/).some((word) => word.startsWith(wanted));
  };
  return people.filter(starts).sort((a, b) => a.name.localeCompare(b.name)).slice(0, most);
}

/** Who is spoken to: those who were chosen while writing, and names that only one person here has. */
export function mentionsIn(text: string, people: Named[], chosen: ReadonlyMap<string, number>): number[] {
  const accounts = new Map<string, number[]>();
  for (const { account, name } of people) accounts.set(name, [...(accounts.get(name) ?? []), account]);
  const spoken = namesIn(text, [...accounts.keys(), ...chosen.keys()]).map(({ name }) => {
    const known = accounts.get(name) ?? [];
    return chosen.get(name) ?? (known.length === 1 ? known[0]! : null);
  });
  return [...new Set(spoken.filter((account) => account !== null))].slice(0, MENTIONS_MAX);
}

/** Seats that a text speaks of as `#B12`, by index. */
export function seatsIn(text: string, find: (name: string) => number | null): number[] {
  const found = [...text.matchAll(/(?:^|[^\p{L}\p{N}])#([\p{L}\p{N}][\p{L}\p{N}·-]*)/gu)].map(([, name]) => find(name!));
  return [...new Set(found.filter((index) => index !== null))].slice(0, SEATS_MAX);
}

/** Characters as the server counts them: Unicode scalar values of the trimmed text. */
export const lengthOf = (text: string): number => [...text.trim()].length;

/** How many are left, once that is worth a word. */
export function leftOf(text: string): number | null {
  const left = TEXT_MAX - lengthOf(text);
  return left <= 200 ? left : null;
}

/** Text that was refused comes back before what was written since. */
export const putBack = (refused: string, draft: string): string => (draft.trim() ? `${refused}\n${draft}` : refused);

const EMOJI = /^(?:\p{RI}\p{RI}|\p{Emoji}(?:\p{EMod}|\ufe0f\u20e3?|\u20e3)?(?:\u200d\p{Emoji}(?:\p{EMod}|\ufe0f)?)*)$/u;

/** One emoji and nothing else; letters and plain digits are none. */
export const isEmoji = (text: string): boolean =>
  EMOJI.test(text) && !/^[\p{L}\p{N}#*]$/u.test(text) && [...text].length <= 8;
