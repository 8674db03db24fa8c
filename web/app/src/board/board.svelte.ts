// The board's room as the page sees it: what is on it, who points where, and what is asked of it. It knows no tool and no
// pixel.

import { newId, Refusal, type Room } from '@houseful/client';
import { NAMED_MAX, type BoardApp, type Figure, type Item, type Patch, type Placed } from './app.ts';
import { absolute, reachable, relative, shifted, some, within, type Point } from './geometry.ts';

export interface Cursor {
  session: number;
  account: number;
  x: number;
  y: number;
}

export interface Draft {
  session: number;
  account: number;
  figure: Figure;
}

/** Something that was refused, and what can be done about it. */
export interface Notice {
  code: string;
  /** The deed that one may give up, to undo the one before. */
  past?: number;
}

/** Characters of a volatile value, with something left over: a server takes 1,024 bytes. */
const DRAFT_CHARS_MAX = 1_000;

type Ids = readonly string[];

export class Board {
  readonly room: Room<BoardApp>;
  /** From below to above. */
  items = $state.raw<readonly Placed[]>([]);
  cursors = $state.raw<readonly Cursor[]>([]);
  drafts = $state.raw<readonly Draft[]>([]);
  names = $state.raw<ReadonlyMap<number, string>>(new Map());
  notice = $state.raw<Notice | null>(null);

  #own: () => number | null;
  #asked = new Set<number>();

  /** `own` answers this connection's session: one's own cursor isn't shown. */
  constructor(room: Room<BoardApp>, own: () => number | null) {
    this.room = room;
    this.#own = own;
  }

  /** Follows the room until the answer is called. */
  follow(): () => void {
    const { room } = this;
    const stops = [
      room.rows('items').subscribe((rows) => (this.items = inOrder(rows))),
      room.live('cursor').subscribe((shown) => {
        const others = [...shown].filter(([session]) => session !== this.#own());
        this.cursors = others.map(([session, { account, value: [x, y] }]) => ({ session, account, x, y }));
        void this.nameAll(others.map(([, { account }]) => account));
      }),
      room.live('draft').subscribe((shown) => {
        const others = [...shown].filter(([session]) => session !== this.#own());
        this.drafts = others.map(([session, { account, value }]) => ({ session, account, figure: value }));
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      this.point(null);
      this.showDraft(null);
    };
  }

  find(id: string): Placed | undefined {
    return this.items.find((item) => item.id === id);
  }

  /** Asks for names that aren't known yet; who is not told keeps none. */
  async nameAll(accounts: readonly number[]): Promise<void> {
    const missing = accounts.filter((account) => !this.#asked.has(account));
    if (missing.length === 0) return;
    for (const account of missing) this.#asked.add(account);
    const people = await this.room.people(missing).catch(() => new Map<number, { name: string }>());
    for (const account of missing) if (!people.has(account)) this.#asked.delete(account);
    this.names = new Map([...this.names, ...[...people].map(([id, { name }]) => [id, name] as const)]);
  }

  point(at: Point | null): void {
    if (this.#mayDraw()) this.room.show('cursor', at && [within(at.x), within(at.y)]);
  }
  showDraft(figure: Figure | null): void {
    if (this.#mayDraw()) this.room.show('draft', figure && shortened(figure));
  }

  /** Puts figures down, each above the one before; answers their ids. */
  add(figures: readonly Figure[], by: number): string[] {
    const items = figures.map((figure) => ({ id: newId(), ...figure }));
    this.#sent(this.room.command('add', { items }, {
      optimistic: (draft) => {
        let z = Math.max(0, ...[...draft.rows('items').values()].map((item) => item.z));
        for (const { id, ...figure } of items) draft.put('items', id, { by, z: ++z, ...figure });
      },
    }));
    return items.map(({ id }) => id);
  }

  /** As far as all of them can go that way. */
  move(ids: Ids, dx: number, dy: number): void {
    const [x, y] = reachable(this.#those(ids), dx, dy);
    if (x === 0 && y === 0) return;
    this.#each(ids, (some) => this.room.command('move', { ids: some, dx: x, dy: y }, {
      optimistic: (draft) => {
        for (const id of some) {
          const item = draft.rows('items').get(id);
          if (item) draft.put('items', id, { ...item, points: shifted(item.points, x, y) });
        }
      },
    }));
  }

  change(ids: Ids, patch: (item: Placed) => Patch | null): void {
    for (const item of this.#those(ids)) {
      const wanted = patch(item);
      if (!wanted) continue;
      this.#sent(this.room.command('change', { id: item.id, ...wanted }, {
        optimistic: (draft) => {
          const is = draft.rows('items').get(item.id);
          if (is) draft.put('items', item.id, patched(is, wanted));
        },
      }));
    }
  }

  raise(ids: Ids): void {
    this.#each(ids, (some) => this.room.command('raise', { ids: some }));
  }

  remove(ids: Ids): void {
    this.#each(ids, (some) => this.room.command('delete', { ids: some }, {
      optimistic: (draft) => some.forEach((id) => draft.delete('items', id)),
    }));
  }

  undo(past?: number): void {
    this.#sent(this.room.command('undo', past === undefined ? {} : { past }));
  }
  redo(): void {
    this.#sent(this.room.command('redo', {}));
  }
  clear(): void {
    this.#sent(this.room.command('clear', {}));
  }

  #mayDraw(): boolean {
    return this.room.role !== 'visitor' && this.room.role !== '';
  }

  #those(ids: Ids): Placed[] {
    const wanted = new Set(ids);
    return this.items.filter((item) => wanted.has(item.id));
  }

  /** In portions that one command names; what somebody else took away meanwhile doesn't keep the others. */
  #each(ids: Ids, ask: (some: string[]) => Promise<unknown>): void {
    for (let at = 0; at < ids.length; at += NAMED_MAX) {
      const some = ids.slice(at, at + NAMED_MAX);
      const again = (reason: unknown) => {
        const gone = reason instanceof Refusal && reason.code === 'no_such_item' ? reason.details?.['ids'] : null;
        const rest = Array.isArray(gone) ? some.filter((id) => !gone.includes(id)) : [];
        if (rest.length === 0 || rest.length === some.length) throw reason;
        return ask(rest);
      };
      this.#sent(ask(some).catch(again));
    }
  }

  #sent(command: Promise<unknown>): void {
    command.then(
      () => (this.notice = null),
      (reason: unknown) => {
        if (!(reason instanceof Refusal)) throw reason;
        const past = reason.code === 'changed_since' ? Number(reason.details?.['deed']) : undefined;
        this.notice = { code: reason.code, ...(past === undefined ? {} : { past }) };
      },
    );
  }
}

function inOrder(rows: ReadonlyMap<string, Item>): Placed[] {
  const items = [...rows].map(([id, item]) => placed(id, item));
  return items.sort((a, b) => a.z - b.z || (a.id < b.id ? -1 : 1));
}

/** Values are never changed in place, so what was placed once is the same for as long as the value is. */
const known = new WeakMap<Item, Placed>();
function placed(id: string, item: Item): Placed {
  let is = known.get(item);
  if (!is) known.set(item, (is = { ...item, id }));
  return is;
}

export function patched(item: Item, { fill, ...facts }: Patch): Item {
  const { fill: was, ...rest } = item;
  const isFilled = fill ?? was ?? false;
  return { ...rest, ...facts, ...(isFilled ? { fill: true as const } : {}) };
}

/** Others see of a long line what fits into a volatile value, and all of it when it is put down. */
function shortened(figure: Figure): Figure {
  const all = absolute(figure.points);
  let short = figure;
  for (let count = 160; JSON.stringify(short).length > DRAFT_CHARS_MAX; count *= 0.75) {
    short = { ...figure, points: relative(some(all, Math.floor(count))) };
  }
  return short;
}
