// What went wrong with a request, in words.

import { Problem } from '../api/http.ts';
import type { Messages } from '../text/en.ts';

/** One line for each field that is wrong, or for the whole. */
export const faultsOf = (problem: unknown, t: Messages): string[] =>
  problem instanceof Problem && Object.keys(problem.fields).length
    ? Object.entries(problem.fields).map(([where, text]) => `${where}: ${text}`)
    : [problemText(problem, t)];

export function problemText(problem: unknown, t: Messages): string {
  const known = problem instanceof Problem ? t.auth.errors[problem.code] : undefined;
  return known ?? t.auth.errors['other'] ?? '';
}
