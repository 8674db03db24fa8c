// What went wrong with a request, in words.

import { Problem } from '../api/http.ts';
import type { Messages } from '../text/en.ts';

export function problemText(problem: unknown, t: Messages): string {
  const known = problem instanceof Problem ? t.auth.errors[problem.code] : undefined;
  return known ?? t.auth.errors['other'] ?? '';
}
