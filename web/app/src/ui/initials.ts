// A name's first letters, as people see letters: an emoji or an accented one stays whole.

const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export const initialsOf = (name: string): string =>
  name.trim().split(/\s+/).slice(0, 2).map((word) => [...letters.segment(word)][0]?.segment.toLocaleUpperCase() ?? '').join('');
