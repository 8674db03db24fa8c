// Mouse, pen and fingers on the board: one draws, two pan and zoom, the wheel too. It knows no tool.

import type { Point } from './geometry.ts';

export interface Press extends Point {
  isEven: boolean;
  adds: boolean;
  /** How far beside it a pointer may be: fingers are thick. */
  slack: number;
}

export interface PointerEvents {
  down(at: Press): void;
  drag(at: Press): void;
  up(at: Press): void;
  /** What was begun is not meant. */
  cancel(): void;
  hover(at: Point | null): void;
  pan(dx: number, dy: number): void;
  zoom(factor: number, at: Point): void;
  edit(at: Press): void;
  /** Whether a press of the first button pans at present: the space bar is held. */
  mayPan(): boolean;
}

const FINGER = 14;
const MOUSE = 5;

export function listenToPointers(target: HTMLElement, events: PointerEvents): () => void {
  const fingers = new Map<number, Point>();
  let mode: 'none' | 'draw' | 'pan' = 'none';

  const place = (event: MouseEvent): Point => {
    const box = target.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const press = (event: PointerEvent | MouseEvent): Press => ({
    ...place(event), isEven: event.shiftKey, adds: event.shiftKey,
    slack: 'pointerType' in event && event.pointerType === 'touch' ? FINGER : MOUSE,
  });

  const down = (event: PointerEvent) => {
    if (event.pointerType === 'mouse' && event.button > 1) return;
    target.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, place(event));
    if (fingers.size > 1) {
      if (mode === 'draw') events.cancel();
      mode = 'pan';
    } else if (event.button === 1 || events.mayPan()) {
      event.preventDefault();
      mode = 'pan';
    } else {
      mode = 'draw';
      events.down(press(event));
    }
  };

  const move = (event: PointerEvent) => {
    const at = place(event);
    const before = fingers.get(event.pointerId);
    if (event.pointerType !== 'touch' || mode === 'draw') events.hover(at);
    if (!before) return;
    fingers.set(event.pointerId, at);
    if (mode === 'draw') for (const part of coalesced(event)) events.drag(press(part));
    else if (mode === 'pan') pan(event.pointerId, before, at);
  };

  const pan = (id: number, before: Point, at: Point) => {
    const other = [...fingers].find(([key]) => key !== id)?.[1];
    if (!other) return events.pan(at.x - before.x, at.y - before.y);
    const was = Math.hypot(before.x - other.x, before.y - other.y);
    const is = Math.hypot(at.x - other.x, at.y - other.y);
    events.zoom(is / Math.max(1, was), { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 });
    events.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
  };

  const up = (event: PointerEvent) => {
    if (!fingers.delete(event.pointerId)) return;
    if (mode === 'draw') events.up(press(event));
    // After two fingers the one that stays doesn't begin to draw.
    if (fingers.size === 0 || mode === 'draw') mode = 'none';
    if (event.pointerType === 'touch') events.hover(null);
  };
  const cancel = (event: PointerEvent) => {
    if (!fingers.delete(event.pointerId)) return;
    if (mode === 'draw') events.cancel();
    if (fingers.size === 0) mode = 'none';
  };
  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : 1;
    if (event.ctrlKey || event.metaKey) events.zoom(Math.exp(-event.deltaY * unit * 0.004), place(event));
    else if (event.shiftKey && event.deltaX === 0) events.pan(-event.deltaY * unit, 0);
    else events.pan(-event.deltaX * unit, -event.deltaY * unit);
  };
  const leave = () => mode === 'none' && events.hover(null);
  // Fingers send a mouse's press after their own, which would take the focus from what the first one opened.
  const mouse = (event: MouseEvent) => event.target instanceof HTMLTextAreaElement || event.preventDefault();
  const edit = (event: MouseEvent) => events.edit(press(event));

  target.addEventListener('pointerdown', down);
  target.addEventListener('pointermove', move);
  target.addEventListener('pointerup', up);
  target.addEventListener('pointercancel', cancel);
  target.addEventListener('pointerleave', leave);
  target.addEventListener('mousedown', mouse);
  target.addEventListener('dblclick', edit);
  target.addEventListener('wheel', wheel, { passive: false });
  return () => {
    target.removeEventListener('pointerdown', down);
    target.removeEventListener('pointermove', move);
    target.removeEventListener('pointerup', up);
    target.removeEventListener('pointercancel', cancel);
    target.removeEventListener('pointerleave', leave);
    target.removeEventListener('mousedown', mouse);
    target.removeEventListener('dblclick', edit);
    target.removeEventListener('wheel', wheel);
  };
}

/** All points that a pen touched since the last frame, where the browser tells. */
function coalesced(event: PointerEvent): PointerEvent[] {
  const all = event.getCoalescedEvents?.() ?? [];
  return all.length ? all : [event];
}
