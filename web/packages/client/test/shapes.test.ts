// The generic copy: packing, audiences, ops.

import { expect, test } from 'vitest';
import { Shapes, emptyChange, unpackGrid } from '../src/shapes.ts';

test('R8 two bits low bits first', () => {
  // 0b11_10_01_00 holds 0, 1, 2, 3 from the low end; the second byte starts with 2.
  const data = btoa(String.fromCharCode(0b11100100, 0b00000010));
  expect([...unpackGrid(2, 5, data)]).toEqual([0, 1, 2, 3, 2]);
});

test('R8 other widths', () => {
  expect([...unpackGrid(1, 3, btoa(String.fromCharCode(0b101)))]).toEqual([1, 0, 1]);
  expect([...unpackGrid(8, 2, btoa(String.fromCharCode(200, 7)))]).toEqual([200, 7]);
  expect([...unpackGrid(3, 4, btoa(String.fromCharCode(0b10001010, 0b00001110)))]).toEqual([2, 1, 2, 7]);
});

test('R10 every op', () => {
  const shapes = new Shapes();
  const grid = { bits: 2, length: 4, data: btoa('\0') };
  shapes.replace([{ aud: 'all', shapes: { c: { cell: 1 }, r: { rows: [[1, 'a']] }, g: { grid } } }]);
  const change = emptyChange();
  shapes.apply(
    {
      aud: 'all',
      prev: 0,
      seq: 1,
      ops: [['cell', 'c', 2], ['put', 'r', 2, 'b'], ['del', 'r', 1], ['set', 'g', 3, 2, 1, 1], ['signal', 's', 'x']],
    },
    change,
  );
  expect(shapes.cell('c')).toBe(2);
  expect([...shapes.rows('r')]).toEqual([['2', 'b']]);
  expect([...shapes.grid('g')!]).toEqual([0, 1, 0, 2]);
  expect(change.grids.get('g')).toEqual([3, 1]);
  expect(change.signals).toEqual([['s', 'x']]);
});

test('R12 a row that changes audience survives either order', () => {
  const shapes = new Shapes();
  shapes.replace([{ aud: 'a', shapes: { r: { rows: [['k', 1]] } } }, { aud: 'b', shapes: {} }]);
  shapes.apply({ aud: 'b', prev: 0, seq: 1, ops: [['put', 'r', 'k', 2]] }, emptyChange());
  shapes.apply({ aud: 'a', prev: 0, seq: 1, ops: [['del', 'r', 'k']] }, emptyChange());
  expect([...shapes.rows('r')]).toEqual([['k', 2]]);
});
