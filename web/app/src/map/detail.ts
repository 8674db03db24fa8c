// How much is drawn: sections with counts, dots, or dots with labels. Chosen by how large a seat is on the screen.

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
