// How much is drawn: sections with counts, dots, or dots with labels. Chosen by how large a seat is on the screen.

import type { SectionLayout } from '../plan/layout.ts';

export type Detail = 'sections' | 'dots' | 'labels';

/** Below this pitch, seats are no targets: a finger needs 24 px, a pointer less. */
const TOUCH_PITCH = 20;
const POINTER_PITCH = 9;
/** Smaller than this, dots run together and say less than a count. */
const DOT_PITCH = 6;
const LABEL_PITCH = 23;

export function detailOf(pitch: number, coarse: boolean, sections: number): Detail {
  if (pitch >= LABEL_PITCH) return 'labels';
  // One section has nothing to choose between: its dots say more than its name.
  const least = sections > 1 ? (coarse ? TOUCH_PITCH : DOT_PITCH) : 4;
  return pitch < least ? 'sections' : 'dots';
}

/** A seat may be picked where it is drawn and large enough for what points at it. */
export const isPickable = (pitch: number, coarse: boolean): boolean =>
  pitch >= (coarse ? TOUCH_PITCH : POINTER_PITCH);

/** The pitch to zoom to when a section was chosen. */
export const readablePitch = (coarse: boolean): number => (coarse ? 30 : 26);

/** What is written on a section from afar: name and count, both small, the name alone, its last word, nothing. Never
 * the count alone, which looks like a name. */
export type Label = 'full' | 'tight' | 'name' | 'short' | 'none';

type Block = Pick<SectionLayout, 'name' | 'zone' | 'width' | 'depth' | 'turn'>;

/** Texts stay level while sections turn, so a turned one needs longer sides for the same words. */
function labelOf({ name, width, depth, turn }: Block, scale: number): Label {
  const [cos, sin] = [Math.abs(Math.cos(turn)), Math.abs(Math.sin(turn))];
  const fits = (w: number, h: number) => w * cos + h * sin <= width * scale && w * sin + h * cos <= depth * scale;
  if (fits(Math.max(44, name.length * 8.5 + 12), 40)) return 'full';
  if (fits(Math.max(22, name.length * 6.6 + 4), 20)) return 'tight';
  const small = (text: string) => fits(text.length * 5.6 + 2, 9);
  if (small(name)) return 'name';
  return small(lastWord(name)) ? 'short' : 'none';
}

/** "A" of "Inner A". */
export const lastWord = (name: string): string => name.split(' ').at(-1) ?? name;

/** By zone, and what fits its narrowest section: a ring that changes its words as it turns reads like an error. */
export function labelsOf(sections: Block[], scale: number): Label[] {
  const order: Label[] = ['none', 'short', 'name', 'tight', 'full'];
  const labels: Label[] = [];
  for (const section of sections) {
    const label = labelOf(section, scale);
    const before = labels[section.zone] ?? 'full';
    labels[section.zone] = order[Math.min(order.indexOf(label), order.indexOf(before))]!;
  }
  return labels;
}
