// Plural forms by the language's own rules.

export type Forms = { one: string; other: string };

const rules = new Map<string, Intl.PluralRules>();

/** `#` stands for the number. */
export function plural(language: string, n: number, forms: Forms): string {
  let rule = rules.get(language);
  if (!rule) rules.set(language, (rule = new Intl.PluralRules(language)));
  const form = rule.select(n) === 'one' ? forms.one : forms.other;
  return form.replace('#', new Intl.NumberFormat(language).format(n));
}
