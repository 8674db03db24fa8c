// What a room's parts and ops say, in short lines. Everything of it is text: nothing is run and nothing is shown as markup.

type Key = string | number;
type Shape = { cell: unknown } | { rows: [Key, unknown][] } | { log: [number, unknown][] } | { grid: { bits: number; length: number; data: string } };
export interface Part {
  aud: string;
  shapes: Record<string, Shape>;
}
export type Op = [kind: string, shape: string, ...rest: unknown[]];

/** One shape of a room: how much is in it, and its beginning. */
export interface Branch {
  audience: string;
  name: string;
  kind: 'cell' | 'rows' | 'log' | 'grid';
  count: number;
  leaves: [key: string, value: string][];
}

const SHOWN_CHARS = 160;
/** Leaves of one shape that are shown: nobody reads more at once. */
export const LEAVES_MAX = 200;

// Control and direction characters would change what stands beside them.
const ODD = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function short(value: unknown): string {
  const text = (typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? '')).replace(ODD, '\ufffd');
  const chars = [...text];
  return chars.length > SHOWN_CHARS ? `${chars.slice(0, SHOWN_CHARS).join('')}…` : text;
}

export function branches(parts: readonly Part[]): Branch[] {
  const all = parts.flatMap(({ aud, shapes }) =>
    Object.entries(shapes).map(([name, shape]) => ({ audience: aud, name, ...leavesOf(shape) })));
  return all.filter(({ count }) => count > 0).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function leavesOf(shape: Shape): Pick<Branch, 'kind' | 'count' | 'leaves'> {
  if ('cell' in shape) return { kind: 'cell', count: shape.cell === null ? 0 : 1, leaves: cellLeaves(shape.cell) };
  if ('rows' in shape) return { kind: 'rows', count: shape.rows.length, leaves: pairs(shape.rows) };
  if ('log' in shape) return { kind: 'log', count: shape.log.length, leaves: pairs([...shape.log].reverse()) };
  return { kind: 'grid', count: shape.grid.length, leaves: gridLeaves(shape.grid) };
}

const pairs = (rows: readonly [Key, unknown][]): [string, string][] =>
  rows.slice(0, LEAVES_MAX).map(([key, value]) => [String(key).replace(ODD, '\ufffd'), short(value)]);

function cellLeaves(cell: unknown): [string, string][] {
  if (cell === null || typeof cell !== 'object') return [['', short(cell)]];
  return pairs(Object.entries(cell));
}

/** How many places have which value. */
function gridLeaves({ bits, length, data }: { bits: number; length: number; data: string }): [string, string][] {
  const packed = atob(data);
  const counts = new Map<number, number>();
  for (let i = 0; i < length; i++) {
    const at = i * bits;
    const value = (packed.charCodeAt(at >> 3) >> (at & 7)) & ((1 << bits) - 1);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a - b).map(([value, count]) => [String(value), `× ${count}`]);
}

/** One op as people read it. */
export function opText([kind, shape, ...rest]: Op): string {
  switch (kind) {
    case 'cell': return `${shape} = ${short(rest[0])}`;
    case 'put': return `${shape}[${short(rest[0])}] = ${short(rest[1])}`;
    case 'del': return `${shape}[${short(rest[0])}] ×`;
    case 'log': return `${shape} #${String(rest[0])}: ${short(rest[1])}`;
    case 'signal': return `${shape}! ${short(rest[0])}`;
    case 'set': return `${shape}: ${places(rest as number[])}`;
  }
  return short([kind, shape, ...rest]);
}

function places(flat: readonly number[]): string {
  const shown: string[] = [];
  for (let at = 0; at + 1 < flat.length && shown.length < 12; at += 2) shown.push(`${flat[at]}=${flat[at + 1]}`);
  return shown.join(' ') + (flat.length > 24 ? ' …' : '');
}
