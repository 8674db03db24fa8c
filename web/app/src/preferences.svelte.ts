// What a person chose for this device: theme and language. Nothing here leaves it.

export type Theme = 'system' | 'matinee' | 'evening';

const THEME = 'houseful.theme';

const read = (key: string): string | null => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
};

export const keep = (key: string, value: string): void => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A choice that can't be kept still holds until the page closes.
  }
};

export const stored = read;

const isTheme = (value: string | null): value is Theme =>
  value === 'system' || value === 'matinee' || value === 'evening';

const saved = read(THEME);
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const chosen = $state<{ theme: Theme; dark: boolean }>({
  theme: isTheme(saved) ? saved : 'system',
  dark: false,
});

export const theme = (): Theme => chosen.theme;
export const isDark = (): boolean => chosen.dark;

export function chooseTheme(next: Theme): void {
  chosen.theme = next;
  keep(THEME, next);
  showTheme();
}

export function showTheme(): void {
  chosen.dark = chosen.theme === 'evening' || (chosen.theme === 'system' && systemDark.matches);
  document.documentElement.dataset['theme'] = chosen.dark ? 'evening' : 'matinee';
}

systemDark.addEventListener('change', showTheme);
