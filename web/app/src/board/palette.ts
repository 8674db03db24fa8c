// The board's twelve colours, in Okabe–Ito's order: one set for paper, one for the evening; the same names in both.

export const COLOURS = [
  'black', 'blue', 'green', 'orange', 'red', 'pink', 'sky', 'gold', 'olive', 'violet', 'brown', 'grey',
] as const;
export type ColourName = (typeof COLOURS)[number];

const matinee = [
  '#2a211a', '#0072b2', '#00805d', '#c04f00', '#b3261e', '#b0578a', '#2b84bd', '#a86f00', '#6e6a10', '#6a4fb3', '#7a4a2b', '#6b6b6b',
];
const evening = [
  '#f3ebdd', '#5fb4ea', '#2fc296', '#f0834a', '#ff8a80', '#e09bc4', '#8fd0f5', '#e8a52a', '#d8d05a', '#b9a3ff', '#cf9a75', '#b8b0a6',
];

export const colours = (isDark: boolean): readonly string[] => (isDark ? evening : matinee);
export const PAPER = '#fffdf8';
