// What the server found wrong with an event, in the words of its form.

import { faultsOf } from '../account/problems.ts';
import { Problem } from '../api/http.ts';
import type { Messages } from '../text/en.ts';

export function eventFaults(problem: unknown, t: Messages): string[] {
  const refused = problem instanceof Problem ? (t.refusal as Record<string, unknown>)[problem.code] : undefined;
  const hasFields = problem instanceof Problem && Object.keys(problem.fields).length > 0;
  if (!hasFields && typeof refused === 'string') return [refused];
  const names = t.desk.changes.fields as Record<string, string>;
  return faultsOf(problem, t).map((line) => line.replace(/^\w+(?=: )/, (name) => names[name] ?? name));
}
