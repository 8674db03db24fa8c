// Fingers, mouse and wheel on the map, told as pans, zooms, taps and hovers. It draws nothing.

export interface GestureEvents {
  pan(dx: number, dy: number): void;
  zoom(factor: number, x: number, y: number): void;
  tap(x: number, y: number, coarse: boolean, shift: boolean): void;
  hover(x: number, y: number): void;
  leave(): void;
  /** A drag with Shift, while it lasts and when it ends. */
  box(x0: number, y0: number, x1: number, y1: number, done: boolean): void;
  /** At the home view one finger scrolls the page, and the wheel at its end too. */
  mayPan(): boolean;
  mayZoomOut(): boolean;
  selects(): boolean;
}

/** A finger trembles: less than this is a tap. */
const SLOP = 7;

interface Pointer {
  x: number;
  y: number;
}

export function listenToGestures(target: HTMLElement, events: GestureEvents): () => void {
  const pointers = new Map<number, Pointer>();
  let start: (Pointer & { shift: boolean; coarse: boolean }) | null = null;
  let moved = false;

  const place = (event: PointerEvent | WheelEvent): Pointer => {
    const box = target.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const down = (event: PointerEvent) => {
    if (event.pointerType === 'mouse' && event.button !== 0) return;
    const at = place(event);
    pointers.set(event.pointerId, at);
    if (pointers.size > 1) moved = true;
    else {
      start = { ...at, shift: event.shiftKey, coarse: event.pointerType !== 'mouse' };
      moved = false;
    }
  };

  const move = (event: PointerEvent) => {
    const at = place(event);
    const before = pointers.get(event.pointerId);
    if (!before || !start) {
      if (event.pointerType === 'mouse') events.hover(at.x, at.y);
      return;
    }
    if (!moved && Math.hypot(at.x - start.x, at.y - start.y) > SLOP) {
      moved = true;
      target.setPointerCapture(event.pointerId);
    }
    if (moved) drag(event.pointerId, before, at);
    if (moved || pointers.size > 1) pointers.set(event.pointerId, at);
  };

  const drag = (id: number, before: Pointer, at: Pointer) => {
    const other = [...pointers].find(([key]) => key !== id)?.[1];
    if (other) {
      const was = Math.hypot(before.x - other.x, before.y - other.y);
      const is = Math.hypot(at.x - other.x, at.y - other.y);
      events.zoom(is / Math.max(1, was), (at.x + other.x) / 2, (at.y + other.y) / 2);
      events.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
    } else if (start?.shift && events.selects()) events.box(start.x, start.y, at.x, at.y, false);
    else if (events.mayPan()) events.pan(at.x - before.x, at.y - before.y);
  };

  const up = (event: PointerEvent) => {
    if (!pointers.delete(event.pointerId) || pointers.size > 0) return;
    const at = place(event);
    if (start && !moved) events.tap(at.x, at.y, start.coarse, event.shiftKey);
    else if (start?.shift && events.selects()) events.box(start.x, start.y, at.x, at.y, true);
    start = null;
  };

  const cancel = (event: PointerEvent) => {
    pointers.delete(event.pointerId);
    if (pointers.size === 0) start = null;
  };

  const wheel = (event: WheelEvent) => {
    const out = event.deltaY > 0;
    if (out && !events.mayZoomOut()) return;
    event.preventDefault();
    const at = place(event);
    const lines = event.deltaMode === 1 ? 16 : 1;
    const speed = event.ctrlKey ? 0.01 : 0.0022;
    events.zoom(Math.exp(-event.deltaY * lines * speed), at.x, at.y);
  };

  const leave = () => events.leave();
  target.addEventListener('pointerdown', down);
  target.addEventListener('pointermove', move);
  target.addEventListener('pointerup', up);
  target.addEventListener('pointercancel', cancel);
  target.addEventListener('pointerleave', leave);
  target.addEventListener('wheel', wheel, { passive: false });
  return () => {
    target.removeEventListener('pointerdown', down);
    target.removeEventListener('pointermove', move);
    target.removeEventListener('pointerup', up);
    target.removeEventListener('pointercancel', cancel);
    target.removeEventListener('pointerleave', leave);
    target.removeEventListener('wheel', wheel);
  };
}
