// Items of the board in words.

import type { Messages } from '../text/en.ts';
import type { Figure } from './app.ts';
import { COLOURS } from './palette.ts';

const SHOWN_CHARS = 60;

export function itemText({ kind, colour, text }: Figure, t: Messages): string {
  const name = t.board.kinds[kind];
  const words = [...(text ?? '').replace(/\s+/g, ' ')];
  const said = words.length > SHOWN_CHARS ? `${words.slice(0, SHOWN_CHARS).join('')}…` : words.join('');
  const shown = t.board.colours[COLOURS[colour] ?? 'black'];
  return said ? t.board.said(name, said) : t.board.coloured(name, shown);
}

/** What was refused, in words. */
export function refusalText(code: string, t: Messages): string {
  const texts: Record<string, string> = t.board.refusal;
  return texts[code] ?? t.board.refusal.other;
}
