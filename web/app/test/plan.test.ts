// Geometry, neighbours, names and hits of a plan.

import { expect, test } from 'vitest';
import { ACCESSIBLE, COMPANION, CUT, layOut } from '../src/plan/layout.ts';
import { SeatIndex } from '../src/plan/hit.ts';
import { groupName, shortName } from '../src/plan/naming.ts';
import type { Plan } from '../src/plan/plan.ts';

const plan: Plan = {
  name: 'Hall',
  zones: [{ id: 'a', name: 'A' }, { id: 'b', name: 'B' }],
  sections: [
    {
      name: 'Stalls', zone: 'b', x: 100, y: 50,
      rows: [
        { label: 'A', seats: 4, aisles: [2], accessible: [0], companion: [1] },
        { label: 'B', seats: 4, first: 8, step: -1, labels: undefined as never },
      ],
    },
    { name: 'Side', zone: 'a', x: 0, y: 0, angle: 90, rows: [{ label: 'Table 4', seats: 2 }] },
  ],
  areas: [{ name: 'Floor', zone: 'a', capacity: 90, x: 0, y: 300, w: 200, h: 80 }],
};
const layout = layOut(plan);

test('seats are dense, in order of sections, rows, seats', () => {
  expect(layout.count).toBe(10);
  expect([...layout.section]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  expect(layout.sections.map((section) => [section.first, section.count, section.zone])).toEqual([[0, 8, 1], [8, 2, 0]]);
});

test('an aisle is one gap wide and cuts the row', () => {
  expect([...layout.x.slice(0, 4)]).toEqual([100, 124, 172, 196]);
  expect(layout.flags[1]! & CUT).toBe(CUT);
  expect(layout.flags[0]! & CUT).toBe(0);
  expect(layout.flags[3]! & CUT).toBe(CUT);
  expect(layout.flags[0]! & ACCESSIBLE).toBe(ACCESSIBLE);
  expect(layout.flags[1]! & COMPANION).toBe(COMPANION);
});

test('an angle turns clockwise about the origin of the section', () => {
  expect(layout.x[9]).toBeCloseTo(0);
  expect(layout.y[9]).toBeCloseTo(24);
});

test('a bow lifts the ends and not the middle', () => {
  const bowed = layOut({ name: '', zones: [], sections: [{ name: '', zone: '', x: 0, y: 0, bow: 30, rows: [{ label: 'A', seats: 3 }] }] });
  expect([...bowed.y]).toEqual([30, 0, 30]);
});

test('names', () => {
  expect(shortName(layout, 2)).toBe('A3');
  expect(shortName(layout, 5)).toBe('B7');
  expect(shortName(layout, 9)).toBe('Table 4 · 2');
  expect(groupName(layout, [3, 2])).toBe('A3–A4');
  expect(groupName(layout, [0, 4])).toBe('A1, B8');
  expect(groupName(layout, [0, 1, 3])).toBe('A1–A2, A4');
});

test('a row name that two sections have is told with its section', () => {
  const row = { label: 'A', seats: 4 };
  const at = { zone: 'a', x: 0, y: 0 };
  const twice = layOut({ name: '', zones: [], sections: [{ name: 'Stalls', ...at, rows: [row] }, { name: 'Circle', ...at, rows: [row, { label: 'B', seats: 4 }] }] });
  expect(groupName(twice, [1, 2])).toBe('Stalls A2–A3');
  expect(groupName(twice, [0, 4, 6, 8, 9])).toBe('Stalls A1, Circle A1, A3, B1–B2');
});

test('the seat under a point, and none between', () => {
  const index = new SeatIndex(layout);
  expect(index.at(125, 52, 12)).toBe(1);
  expect(index.at(148, 50, 12)).toBe(-1);
});

test('arrow keys cross an aisle and change rows', () => {
  const index = new SeatIndex(layout);
  expect(index.towards(1, 1, 0)).toBe(2);
  expect(index.towards(0, 0, 1)).toBe(4);
  expect(index.towards(3, 1, 0)).toBe(3);
});

test('fifty thousand seats are laid out, and each is found where it lies', () => {
  const rows = Array.from({ length: 50 }, (_, k) => ({ label: String(k), seats: 100 }));
  const sections = Array.from({ length: 10 }, (_, k) => ({ name: `S${k}`, zone: 'a', x: k * 2600, y: 0, rows }));
  const big = layOut({ name: '', zones: [{ id: 'a', name: '' }], sections });
  const index = new SeatIndex(big);
  expect(big.count).toBe(50_000);
  for (let k = 0; k < big.count; k += 501) expect(index.at(big.x[k]!, big.y[k]!, 12)).toBe(k);
});
