import { expect, test } from 'vitest';
import { path, pieces, top } from '../src/admin/curve.ts';

const points = (...list: [number, number][]) => list.map(([at, value]) => ({ at, value }));

test('a curve is broken where nothing was counted', () => {
  const found = pieces(points([0, 1], [60, 2], [300, 3], [360, 4]), 60);
  expect(found.map((piece) => piece.map(({ at }) => at))).toEqual([[0, 60], [300, 360]]);
  expect(pieces([], 60)).toEqual([]);
});

test('the top of a scale is round and above what is shown', () => {
  expect([[], [[0, 0]], [[0, 3]], [[0, 10]], [[0, 11]], [[0, 501]]].map((list) => top(points(...(list as [number, number][]))))).toEqual([1, 1, 5, 10, 20, 1000]);
});

test('a path goes from the first moment to the last, and a lone sample is seen', () => {
  expect(path(points([0, 0], [10, 5]), 0, 10, 5, 100, 40)).toBe('M0.0 40.0L100.0 0.0');
  expect(path(points([10, 5]), 10, 10, 5, 100, 40)).toBe('M0.0 0.0h2');
});
