// Money as people read it; amounts are minor units and never fractions of them.

export function money(minor: number, currency: string, language: string): string {
  const digits = minorDigits(currency);
  const whole = minor % 10 ** digits === 0;
  const format = new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    minimumFractionDigits: whole ? 0 : digits,
    maximumFractionDigits: digits,
  });
  return format.format(minor / 10 ** digits);
}

export function minorDigits(currency: string): number {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

export const number = (value: number, language: string): string =>
  new Intl.NumberFormat(language).format(value);
