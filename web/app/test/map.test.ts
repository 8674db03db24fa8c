// View arithmetic and levels of detail.

import { expect, test } from 'vitest';
import { detailOf, isPickable, labelsOf, lastWord } from '../src/map/detail.ts';
import { rowNames } from '../src/map/rownames.ts';
import { layOut } from '../src/plan/layout.ts';
import { centred, fit, keepInSight, pitchOf, toPlan, toScreen, zoomAt } from '../src/map/view.ts';
import { standingOf, FREE, HELD, PENDING, YOURS, YOURS_BOOKED } from '../src/seats/standing.ts';

const box = { x0: 0, y0: 0, x1: 1000, y1: 500 };
const size = { width: 500, height: 500 };

test('fit shows the whole and centres it', () => {
  const view = fit(box, size, 0);
  expect(view.scale).toBe(0.5);
  expect(toScreen(view, 500, 250)).toEqual([250, 250]);
});

test('zoom keeps the point under the finger', () => {
  const home = fit(box, size, 0);
  const before = toPlan(home, 120, 300);
  const zoomed = zoomAt(home, 2, 120, 300, home);
  expect(toPlan(zoomed, 120, 300)).toEqual(before);
  expect(zoomAt(home, 0.1, 0, 0, home).scale).toBe(home.scale);
});

test('the plan never leaves the window', () => {
  const lost = keepInSight({ scale: 1, x: 9999, y: -9999 }, box, size);
  const [left] = toScreen(lost, 0, 0);
  expect(left).toBeLessThanOrEqual(80);
  expect(toScreen(lost, 0, 500)[1]).toBeGreaterThan(0);
});

test('detail rises with the pitch, and fingers need more', () => {
  expect(detailOf(5, false, 3)).toBe('sections');
  expect(detailOf(5, false, 1)).toBe('dots');
  expect(detailOf(12, false, 3)).toBe('dots');
  expect(detailOf(12, true, 3)).toBe('sections');
  expect(detailOf(24, true, 3)).toBe('labels');
  expect(isPickable(12, true)).toBe(false);
  expect(pitchOf({ scale: 1, x: 0, y: 0 })).toBe(24);
});

test('what is yours wins over the grid, and pending over all', () => {
  const grid = new Uint8Array([0, 1, 1, 2]);
  const mine = { cart: new Set([2]), booked: new Set([3]), pending: new Set<number>() };
  expect([0, 1, 2, 3].map((i) => standingOf(i, grid, mine))).toEqual([FREE, HELD, YOURS, YOURS_BOOKED]);
  mine.pending.add(2);
  expect(standingOf(2, grid, mine)).toBe(PENDING);
});

test('a ring of sections says the same all around, and only what fits where it is turned most', () => {
  const at = (turn: number, size = 40, zone = 0) => ({ name: '312', zone, width: size, depth: size, turn });
  expect(labelsOf([at(0)], 1.2)).toEqual(['full']);
  expect(labelsOf([at(0)], 1)).toEqual(['tight']);
  expect(labelsOf([at(0, 30), at(Math.PI / 4, 30)], 1)).toEqual(['name']);
  expect(labelsOf([at(0, 80), at(0, 12, 1)], 1)).toEqual(['full', 'none']);
  const inner = { name: 'Inner A', zone: 0, width: 40, depth: 14, turn: 0 };
  expect([labelsOf([inner], 1), lastWord(inner.name)]).toEqual([['short'], 'A']);
});

const rows = ['A', 'B', 'C', 'D'].map((label) => ({ label, seats: 40 }));
const hall = (angle: number) => layOut({ name: '', zones: [], sections: [{ name: '', zone: '', x: 0, y: 0, angle, bow: 20, rows }] });

test.each([0, 90, 37])('zoomed in, every row in sight has its name in sight, turned by %i degrees', (angle) => {
  const layout = hall(angle);
  const middle = { x0: layout.x[60]!, x1: layout.x[60]!, y0: layout.y[60]!, y1: layout.y[60]! };
  const names = rowNames(layout, centred(middle, size, 30 / 24), size);
  expect(new Set(names.map((name) => name.text))).toEqual(new Set(['A', 'B', 'C', 'D']));
  for (const { x, y, pinned } of names) {
    expect(pinned).toBe(true);
    expect(Math.min(x, y, size.width - x, size.height - y)).toBeCloseTo(14);
  }
});

test('where a row ends in sight, its name stands beside its end', () => {
  const layout = hall(0);
  const names = rowNames(layout, fit(layout.box, size, 40), size);
  expect(names.filter((name) => name.pinned)).toEqual([]);
  expect(names).toHaveLength(8);
  expect(names[0]!.x).toBeLessThan(toScreen(fit(layout.box, size, 40), layout.x[0]!, 0)[0]);
});

test('a row out of sight has no name', () => {
  const layout = hall(0);
  expect(rowNames(layout, { scale: 1, x: 0, y: -5000 }, size)).toEqual([]);
});
