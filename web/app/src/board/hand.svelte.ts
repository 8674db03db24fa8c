// What a hand does on the board with the tool that it has: points come in as the board has them, figures and choices come
// out. It knows no pixel and no key.

import type { Figure, Placed } from './app.ts';
import type { Board } from './board.svelte.ts';
import {
  absolute, between, bounds, boxOf, encloses, hit, meets, readingOrder, reachable, relative, thin, within, type Box, type Point,
} from './geometry.ts';

export const TOOLS = ['select', 'pen', 'line', 'arrow', 'rect', 'ellipse', 'text', 'eraser'] as const;
export type Tool = (typeof TOOLS)[number];

export interface Touch extends Point {
  isEven: boolean;
  adds: boolean;
  slack: number;
}

/** Words being written: on a new place, or over those of an item. */
export interface Writing {
  at: Point;
  id: string | null;
  text: string;
  colour: number;
  width: number;
}

/** Points of a line under way, before it is thinned for good: thinning takes the longer the more there are. */
const LINE_MAX = 1_500;
/** What shapes made by the keyboard measure. */
const MADE: Point = { x: 160, y: 100 };

export class Hand {
  tool = $state<Tool>('select');
  colour = $state(0);
  width = $state(4);
  isFilled = $state(false);
  selection = $state.raw<ReadonlySet<string>>(new Set());
  draft = $state.raw<Figure | null>(null);
  /** A frame that is being drawn around items. */
  frame = $state.raw<Box | null>(null);
  /** How far the selection is carried at present. */
  carried = $state.raw<readonly [number, number] | null>(null);
  erased = $state.raw<ReadonlySet<string>>(new Set());
  writing = $state.raw<Writing | null>(null);

  #board: Board;
  #me: () => number | null;
  #from: Point | null = null;
  #line: Point[] = [];

  constructor(board: Board, me: () => number | null) {
    this.#board = board;
    this.#me = me;
  }

  take(tool: Tool): void {
    this.cancel();
    this.tool = tool;
    if (tool !== 'select') this.selection = new Set();
  }

  selected(): Placed[] {
    return this.#board.items.filter((item) => this.selection.has(item.id));
  }
  select(ids: Iterable<string>): void {
    this.selection = new Set(ids);
  }

  down(at: Touch): void {
    this.#from = at;
    if (this.tool === 'select') this.#choose(at);
    else if (this.tool === 'eraser') this.#erase(at);
    else if (this.tool === 'pen') {
      this.#line = [at];
      this.#sketch('stroke', relative(this.#line));
    }
  }

  drag(at: Touch): void {
    const from = this.#from;
    if (!from) return;
    if (this.tool === 'eraser') this.#erase(at);
    else if (this.tool === 'pen') {
      const last = this.#line.at(-1)!;
      if (Math.hypot(at.x - last.x, at.y - last.y) < at.slack / 8) return;
      this.#line.push(at);
      if (this.#line.length > LINE_MAX) this.#line = thin(this.#line, at.slack / 16);
      this.#sketch('stroke', relative(this.#line));
    } else if (this.tool === 'select') {
      if (this.frame) this.frame = boxOf(from, at);
      else if (this.selection.size) this.carried = reachable(this.selected(), at.x - from.x, at.y - from.y);
    } else if (this.tool !== 'text') this.#sketch(this.tool, between(this.tool, from, at, at.isEven));
  }

  up(at: Touch): void {
    const { draft, tool } = this;
    const from = this.#from;
    if (!from) return;
    if (tool === 'text') this.write(at);
    else if (tool === 'eraser') this.#board.remove([...this.erased]);
    else if (tool === 'select') this.#settle(at);
    else if (tool === 'pen') this.#put(this.#figure('stroke', relative(thin(this.#line, at.slack / 16))));
    else if (draft && !isNothing(draft)) this.#put(draft);
    this.cancel();
  }

  /** What is under way is not meant. */
  cancel(): void {
    if (this.draft) this.#board.showDraft(null);
    this.draft = this.frame = this.carried = null;
    this.erased = new Set();
    this.#from = null;
  }

  /** Writes over a text that is there, or on a new place. */
  write(at: Touch | Point, item?: Placed | null): void {
    const over = item ?? ('slack' in at ? this.#textAt(at) : null);
    const [place] = over ? absolute(over.points) : [];
    this.writing = over
      ? { at: place!, id: over.id, text: over.text ?? '', colour: over.colour, width: over.width }
      : { at: { x: within(at.x), y: within(at.y) }, id: null, text: '', colour: this.colour, width: this.width };
  }

  written(text: string): void {
    const writing = this.writing;
    this.writing = null;
    const words = text.replace(/\r\n?/g, '\n').trimEnd();
    if (!writing || words === writing.text) return;
    if (words.trim() === '') {
      if (writing.id) this.#board.remove([writing.id]);
    } else if (writing.id) this.#board.change([writing.id], () => ({ text: words }));
    else this.#put({ kind: 'text', points: relative([writing.at]), colour: writing.colour, width: writing.width, text: words });
  }

  /** A shape for those who draw without a pointer; the pen needs one. */
  make(middle: Point): boolean {
    if (this.tool === 'text') this.write(middle);
    else if (this.tool === 'select' || this.tool === 'pen' || this.tool === 'eraser') return false;
    else {
      const from = { x: middle.x - MADE.x / 2, y: middle.y - MADE.y / 2 };
      const to = { x: middle.x + MADE.x / 2, y: middle.y + MADE.y / 2 };
      this.select([this.#put(this.#figure(this.tool, relative([from, to])))]);
    }
    return true;
  }

  /** The colour for what comes, and of what is selected. */
  paint(colour: number): void {
    this.colour = colour;
    this.#board.change([...this.selection], (item) => (item.colour === colour ? null : { colour }));
  }
  thicken(width: number): void {
    this.width = width;
    this.#board.change([...this.selection], (item) => (item.width === width ? null : { width }));
  }
  fill(isFilled: boolean): void {
    this.isFilled = isFilled;
    const hasArea = (item: Placed) => item.kind === 'rect' || item.kind === 'ellipse';
    this.#board.change([...this.selection], (item) =>
      !hasArea(item) || (item.fill ?? false) === isFilled ? null : { fill: isFilled });
  }
  remove(): void {
    if (this.selection.size) this.#board.remove([...this.selection]);
    this.selection = new Set();
  }

  #choose(at: Touch): void {
    const item = hit(this.#board.items, at, at.slack);
    if (!item) {
      if (!at.adds) this.selection = new Set();
      this.frame = boxOf(at, at);
    } else if (at.adds) {
      const without = [...this.selection].filter((id) => id !== item.id);
      this.select(this.selection.has(item.id) ? without : [...without, item.id]);
    } else if (!this.selection.has(item.id)) this.select([item.id]);
  }

  #settle(at: Touch): void {
    const { frame, carried } = this;
    if (frame) {
      const inside = this.#board.items.filter((item) => encloses(frame, bounds(item)));
      this.select([...(at.adds ? this.selection : []), ...inside.map(({ id }) => id)]);
    } else if (carried) this.#board.move([...this.selection], ...carried);
  }

  #erase(at: Touch): void {
    const met = this.#board.items.filter((item) => !this.erased.has(item.id) && meets(item, at, at.slack));
    if (met.length) this.erased = new Set([...this.erased, ...met.map(({ id }) => id)]);
  }

  #textAt(at: Touch): Placed | null {
    const item = hit(this.#board.items, at, at.slack);
    return item?.kind === 'text' ? item : null;
  }

  #figure(kind: Figure['kind'], points: number[]): Figure {
    const hasArea = kind === 'rect' || kind === 'ellipse';
    return { kind, points, colour: this.colour, width: this.width, ...(hasArea && this.isFilled ? { fill: true as const } : {}) };
  }

  #sketch(kind: Figure['kind'], points: number[]): void {
    this.draft = this.#figure(kind, points);
    this.#board.showDraft(this.draft);
  }

  #put(figure: Figure): string {
    return this.#board.add([figure], this.#me() ?? 0)[0]!;
  }
}

/** A press that went nowhere with a tool that draws from one point to another. */
function isNothing({ points }: Figure): boolean {
  return points[2] === 0 && points[3] === 0;
}

/** Where an item stands in reading order, from 1, and of how many. */
export function placeOf(items: readonly Placed[], id: string): [number, number] {
  const order = readingOrder(items);
  return [order.findIndex((item) => item.id === id) + 1, order.length];
}
