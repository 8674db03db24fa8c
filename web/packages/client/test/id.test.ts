// Ids: their form and their order.

import { expect, test } from 'vitest';
import { newId } from '../src/id.ts';

test('ids are UUIDs of version 7, in the order of time, never twice', () => {
  const ids = Array.from({ length: 1000 }, (_, at) => newId(1_795_269_600_000 + at));
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect([...ids].sort()).toEqual(ids);
  expect(newId(0x0123_4567_89ab).startsWith('01234567-89ab-7')).toBe(true);
  expect(new Set(Array.from({ length: 1000 }, () => newId(1))).size).toBe(1000);
});
