// What keys mean on the board, as data: the page does it.

import type { Tool } from './hand.svelte.ts';

export type Meaning =
  | { do: 'tool'; tool: Tool }
  | { do: 'undo' | 'redo' | 'all' | 'delete' | 'away' | 'make' | 'fit' | 'raise' | 'next' | 'before' }
  | { do: 'move'; dx: number; dy: number }
  | { do: 'zoom'; factor: number };

export const TOOL_KEYS: Record<Tool, string> = {
  select: 'V', pen: 'P', line: 'L', arrow: 'A', rect: 'R', ellipse: 'O', text: 'T', eraser: 'E',
};

const STEP = 10;
const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

export type Key = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

/** With Shift arrows go by one, for what must fit. */
export function meaningOf({ key, ctrlKey, metaKey, shiftKey, altKey }: Key): Meaning | null {
  if (altKey) return null;
  const letter = key.toLowerCase();
  if (ctrlKey || metaKey) {
    if (letter === 'z') return { do: shiftKey ? 'redo' : 'undo' };
    if (letter === 'y') return { do: 'redo' };
    return letter === 'a' ? { do: 'all' } : null;
  }
  const arrow = ARROWS[key];
  if (arrow) return { do: 'move', dx: arrow[0] * (shiftKey ? 1 : STEP), dy: arrow[1] * (shiftKey ? 1 : STEP) };
  switch (key) {
    case 'Tab': return { do: shiftKey ? 'before' : 'next' };
    case 'Delete': case 'Backspace': return { do: 'delete' };
    case 'Escape': return { do: 'away' };
    case 'Enter': return { do: 'make' };
    case '+': case '=': return { do: 'zoom', factor: 1.25 };
    case '-': return { do: 'zoom', factor: 0.8 };
    case '0': return { do: 'fit' };
    case ']': return { do: 'raise' };
  }
  const tool = (Object.keys(TOOL_KEYS) as Tool[]).find((name) => TOOL_KEYS[name].toLowerCase() === letter);
  return tool ? { do: 'tool', tool } : null;
}
