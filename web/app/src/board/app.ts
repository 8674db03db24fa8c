// What the board's room says and can be asked, for the compiler: PROTOCOL.md, "The board application".

export const KINDS = ['stroke', 'line', 'arrow', 'rect', 'ellipse', 'text'] as const;
export type Kind = (typeof KINDS)[number];

export interface Figure {
  kind: Kind;
  /** The first point, then the way from each to the next: x and y in turn. */
  points: number[];
  colour: number;
  width: number;
  fill?: true;
  text?: string;
}

export interface Item extends Figure {
  by: number;
  z: number;
}

/** An item with its id, as the page handles it. */
export interface Placed extends Item {
  id: string;
}

export type Patch = Partial<Pick<Figure, 'points' | 'colour' | 'width' | 'text'>> & { fill?: boolean };
type Deed = { deed: number };

/** A whiteboard. */
export interface BoardApp {
  rows: { items: Item };
  live: { cursor: [x: number, y: number]; draft: Figure };
  commands: {
    add: { body: { items: (Figure & { id: string })[] }; reply: Deed };
    move: { body: { ids: string[]; dx: number; dy: number }; reply: Deed };
    change: { body: { id: string } & Patch; reply: Deed };
    raise: { body: { ids: string[] }; reply: Deed };
    delete: { body: { ids: string[] }; reply: Deed };
    undo: { body: { past?: number }; reply: Deed };
    redo: { body: {}; reply: Deed };
    clear: { body: {}; reply: {} };
  };
}

/** No point is further from the middle, in either direction. */
export const REACH = 100_000;
/** Points of one stroke. */
export const POINTS_MAX = 1_000;
export const TEXT_CHARS_MAX = 500;
/** Items that one command names. */
export const NAMED_MAX = 300;
/** Line widths that can be chosen; of a text, its size. */
export const WIDTHS = [2, 4, 8, 16] as const;
