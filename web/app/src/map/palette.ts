// The map's colours for both houses, in Okabe–Ito's order, mixed so that free seats keep 3:1 against the paper.

export interface Palette {
  paper: string;
  ink: string;
  faint: string;
  line: string;
  lamp: string;
  /** How strongly a section's pattern shows. */
  strength: number;
  zones: string[];
  onZone: string[];
}

const matinee: Palette = {
  paper: '#fffdf8',
  ink: '#2a211a',
  faint: '#8d8379',
  line: '#ddd4c6',
  lamp: '#c47f00',
  strength: 0.38,
  zones: ['#0072b2', '#00805d', '#b0578a', '#c04f00', '#2b84bd', '#a86f00', '#6e6a10', '#4d4d4d'],
  onZone: Array<string>(8).fill('#ffffff'),
};

const evening: Palette = {
  paper: '#1d1712',
  ink: '#f3ebdd',
  faint: '#8a7f73',
  line: '#3c342c',
  lamp: '#ffc24d',
  strength: 0.62,
  zones: ['#5fb4ea', '#2fc296', '#e09bc4', '#f0834a', '#8fd0f5', '#e8a52a', '#e6dc5a', '#bdb5ab'],
  onZone: Array<string>(8).fill('#17120e'),
};

export const paletteOf = (dark: boolean): Palette => (dark ? evening : matinee);

export const zoneColour = (palette: Palette, zone: number): string =>
  palette.zones[zone % palette.zones.length]!;
