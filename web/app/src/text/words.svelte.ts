// The words of the chosen language. German is fetched only by those who read it.

import { keep, stored } from '../preferences.svelte.ts';
import { en, type Messages } from './en.ts';

export const LANGUAGES = [
  ['en', 'English'],
  ['de', 'Deutsch'],
] as const;

const KEY = 'houseful.language';
let words = $state.raw<Messages>(en);

/** Reactive: read it where the text is shown. */
export const t = (): Messages => words;
/** For numbers and dates: the reader's own region where it speaks the chosen language. */
export const locale = (): string =>
  navigator.languages.find((tag) => tag.startsWith(words.language)) ?? words.language;

export async function chooseLanguage(language: string, remember = true): Promise<void> {
  words = language === 'de' ? (await import('./de.ts')).de : en;
  document.documentElement.lang = words.language;
  if (remember) keep(KEY, language);
}

export function startLanguage(): Promise<void> {
  const known = LANGUAGES.map(([tag]) => tag as string);
  const wished = stored(KEY) ?? navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => known.includes(tag));
  return chooseLanguage(wished ?? 'en', false);
}
