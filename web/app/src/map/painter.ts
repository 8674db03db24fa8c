// Draws the house on a canvas: everything when the view moves, single seats when only they change.

import { SEAT_GAP, type Layout } from '../plan/layout.ts';
import type { SeatIndex } from '../plan/hit.ts';
import { seatNumber } from '../plan/naming.ts';
import { FREE, type Standing } from '../seats/standing.ts';
import type { Detail } from './detail.ts';
import { drawSeat, zonePattern, type Ink, type SeatLook } from './marks.ts';
import { zoneColour, type Palette } from './palette.ts';
import { rowNames } from './rownames.ts';
import { overlaps, pitchOf, visibleBox, type Size, type View } from './view.ts';

export interface Picture {
  layout: Layout;
  index: SeatIndex;
  standing(index: number): Standing;
  selected(index: number): boolean;
  dimmed(index: number): boolean;
  sectionFree(section: number): number;
  areaShare(area: number): number;
}

const FADE_MS = 150;
const FADES_MAX = 400;
const RADIUS = 0.4;
/** A picture that takes longer isn't drawn anew for every frame of a movement. */
const SLOW_MS = 9;
const FULL_EVERY_MS = 160;
/** Below it, letters run into each other from row to row. */
const ROW_NAME_PITCH = 11;
const KINDS = 7 * 16 * 2;

interface Fade {
  from: Standing;
  started: number;
}

export class Painter {
  palette: Palette;
  detail: Detail = 'sections';
  calm = false;

  #ink: Ink;
  #picture: Picture;
  #view: View = { scale: 1, x: 0, y: 0 };
  #size: Size = { width: 1, height: 1 };
  #ratio = 1;
  #sprites = new Map<number, HTMLCanvasElement>();
  #spriteRadius = 0;
  #patterns: (CanvasPattern | string)[] = [];
  #shown: Int8Array;
  #fades = new Map<number, Fade>();
  #frame = 0;
  #costMs = 0;
  #paintedAt = 0;
  #copy: { image: HTMLCanvasElement; view: View } | null = null;

  constructor(canvas: HTMLCanvasElement, picture: Picture, palette: Palette) {
    this.#ink = canvas.getContext('2d', { alpha: false })!;
    this.#picture = picture;
    this.palette = palette;
    this.#shown = new Int8Array(picture.layout.count).fill(-1);
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
  }

  recolour(palette: Palette): void {
    this.palette = palette;
    this.#sprites.clear();
    this.#patterns = [];
  }

  resize(size: Size, ratio: number): void {
    this.#size = size;
    this.#ratio = ratio;
    const { canvas } = this.#ink;
    canvas.width = Math.round(size.width * ratio);
    canvas.height = Math.round(size.height * ratio);
    this.#sprites.clear();
  }

  /** While the view moves: the last picture shifted and scaled, where drawing it anew would take too long. */
  paintMoving(view: View, detail: Detail): boolean {
    const now = performance.now();
    const due = now - this.#paintedAt > FULL_EVERY_MS;
    if (this.#costMs < SLOW_MS || due || !this.#copy) {
      this.paintAll(view, detail);
      return true;
    }
    const ink = this.#ink;
    const { image, view: was } = this.#copy;
    const zoom = view.scale / was.scale;
    ink.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    ink.fillStyle = this.palette.paper;
    ink.fillRect(0, 0, this.#size.width, this.#size.height);
    const { width, height } = this.#size;
    ink.drawImage(image, view.x - was.x * zoom, view.y - was.y * zoom, width * zoom, height * zoom);
    return false;
  }

  paintAll(view: View, detail: Detail): void {
    const began = performance.now();
    this.#draw(view, detail);
    this.#paintedAt = performance.now();
    this.#costMs = this.#paintedAt - began;
    this.#copy = this.#costMs < SLOW_MS ? null : this.#keep(view);
  }

  #keep(view: View): { image: HTMLCanvasElement; view: View } {
    const image = this.#copy?.image ?? document.createElement('canvas');
    image.width = this.#ink.canvas.width;
    image.height = this.#ink.canvas.height;
    image.getContext('2d', { alpha: false })?.drawImage(this.#ink.canvas, 0, 0);
    return { image, view };
  }

  #draw(view: View, detail: Detail): void {
    this.#view = view;
    this.detail = detail;
    this.#ground();
    if (detail === 'sections') this.#sections();
    else this.#picture.index.within(visibleBox(view, this.#size, SEAT_GAP), (i) => this.#seat(i));
    this.#names();
  }

  #ground(): void {
    const ink = this.#ink;
    ink.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    ink.fillStyle = this.palette.paper;
    ink.fillRect(0, 0, this.#size.width, this.#size.height);
    this.#stage();
    this.#areas();
  }

  #names(): void {
    if (this.detail === 'sections') return;
    if (pitchOf(this.#view) >= ROW_NAME_PITCH) this.#rowLabels();
    if (this.detail === 'dots') this.#sectionNames();
  }

  /** Others' changes fade in; what is the person's own is there at once. */
  paintSeats(changed: number[]): void {
    if (this.detail === 'sections') return this.paintAll(this.#view, this.detail);
    const fading = !this.calm && changed.length <= FADES_MAX;
    const visible = visibleBox(this.#view, this.#size, 20);
    const { x, y } = this.#picture.layout;
    const damaged: number[] = [];
    for (const i of changed) {
      if (x[i]! < visible.x0 || x[i]! > visible.x1 || y[i]! < visible.y0 || y[i]! > visible.y1) continue;
      const from = this.#shown[i]!;
      const to = this.#picture.standing(i);
      const another = from >= 0 && from < 4 && to < 4 && from !== to;
      if (fading && another) this.#fades.set(i, { from: from as Standing, started: performance.now() });
      else damaged.push(i);
    }
    this.#patch(damaged);
    if (this.#fades.size) this.#fadeOn();
  }

  #fadeOn(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame((now) => {
      const damaged = [...this.#fades.keys()];
      for (const [i, fade] of this.#fades) if (now - fade.started >= FADE_MS) this.#fades.delete(i);
      this.#patch(damaged);
      if (this.#fades.size) this.#fadeOn();
    });
  }

  /** Draws anew all that lies within the squares of these seats: neighbours reach into them. */
  #patch(seats: number[]): void {
    if (seats.length === 0) return;
    if (seats.length > FADES_MAX) return this.paintAll(this.#view, this.detail);
    const ink = this.#ink;
    const ratio = this.#ratio;
    const half = this.#reach();
    ink.save();
    ink.setTransform(1, 0, 0, 1, 0, 0);
    ink.beginPath();
    const near = new Set<number>();
    const margin = (half * 2) / this.#view.scale;
    const { layout, index } = this.#picture;
    for (const i of seats) {
      const { x, y } = this.#at(i);
      // On whole pixels, so that the edge of the square mixes nothing.
      const [left, top] = [Math.floor((x - half) * ratio), Math.floor((y - half) * ratio)];
      ink.rect(left, top, Math.ceil((x + half) * ratio) - left, Math.ceil((y + half) * ratio) - top);
      const [px, py] = [layout.x[i]!, layout.y[i]!];
      index.within({ x0: px - margin, y0: py - margin, x1: px + margin, y1: py + margin }, (k) => near.add(k));
    }
    ink.clip();
    this.#ground();
    for (const i of near) this.#seat(i);
    this.#names();
    ink.restore();
  }

  /** No mark of a seat is farther from its middle. */
  #reach(): number {
    return Math.ceil(this.#radius() * 1.35 + 2);
  }

  #radius(): number {
    return pitchOf(this.#view) * RADIUS;
  }

  #at(i: number): { x: number; y: number } {
    const { layout } = this.#picture;
    return { x: layout.x[i]! * this.#view.scale + this.#view.x, y: layout.y[i]! * this.#view.scale + this.#view.y };
  }

  #seat(i: number): void {
    const standing = this.#picture.standing(i);
    const alpha = this.#picture.dimmed(i) ? 0.16 : 1;
    const fade = this.#fades.get(i);
    const part = fade ? Math.min(1, Math.max(0, (performance.now() - fade.started) / FADE_MS)) : 1;
    this.#shown[i] = standing;
    if (fade) this.#stamp(i, fade.from, alpha * (1 - part));
    this.#stamp(i, standing, alpha * part);
    if (this.detail === 'labels' && standing === FREE && !fade) this.#label(i);
  }

  #stamp(i: number, standing: Standing, alpha: number): void {
    const { layout } = this.#picture;
    const zone = layout.sections[layout.section[i]!]!.zone;
    const flags = layout.flags[i]! & 7;
    const look = { standing, zone, flags, selected: this.#picture.selected(i) };
    const sprite = this.#sprite(look);
    const { x, y } = this.#at(i);
    const size = sprite.width / this.#ratio;
    this.#ink.globalAlpha = alpha;
    this.#ink.drawImage(sprite, x - size / 2, y - size / 2, size, size);
    this.#ink.globalAlpha = 1;
  }

  #sprite(look: SeatLook): HTMLCanvasElement {
    const r = this.#radius();
    if (Math.abs(r - this.#spriteRadius) > 0.01) {
      this.#sprites.clear();
      this.#spriteRadius = r;
    }
    const key = look.zone * KINDS + look.standing * 32 + look.flags * 2 + Number(look.selected);
    let sprite = this.#sprites.get(key);
    if (sprite) return sprite;
    const half = this.#reach();
    sprite = document.createElement('canvas');
    sprite.width = sprite.height = Math.ceil(half * 2 * this.#ratio);
    const brush = sprite.getContext('2d')!;
    brush.scale(this.#ratio, this.#ratio);
    drawSeat(brush, this.palette, look, half, half, r);
    this.#sprites.set(key, sprite);
    return sprite;
  }

  #label(i: number): void {
    const { layout } = this.#picture;
    if (layout.flags[i]! & 7) return;
    const ink = this.#ink;
    const { x, y } = this.#at(i);
    const zone = layout.sections[layout.section[i]!]!.zone;
    ink.font = `600 ${Math.min(15, this.#radius() * 0.92)}px "Inter Variable", system-ui, sans-serif`;
    ink.textAlign = 'center';
    ink.textBaseline = 'middle';
    ink.fillStyle = this.palette.onZone[zone % this.palette.onZone.length]!;
    ink.globalAlpha = this.#picture.dimmed(i) ? 0.16 : 1;
    ink.fillText(seatNumber(layout, i), x, y + 0.5);
    ink.globalAlpha = 1;
  }

  #rowLabels(): void {
    const ink = this.#ink;
    const size = Math.max(9, Math.min(12, pitchOf(this.#view) * 0.8));
    ink.font = `600 ${size}px "Inter Variable", system-ui, sans-serif`;
    ink.textBaseline = 'middle';
    for (const { text, x, y, pinned, align } of rowNames(this.#picture.layout, this.#view, this.#size)) {
      ink.textAlign = align;
      if (pinned) this.#tag(x, y, ink.measureText(text).width);
      ink.fillStyle = pinned ? this.palette.ink : this.palette.faint;
      ink.fillText(text, x, y + 0.5);
    }
  }

  /** Ground for a name that stands over seats. */
  #tag(x: number, y: number, width: number): void {
    const ink = this.#ink;
    const [w, h] = [Math.max(20, width + 8), 18];
    ink.beginPath();
    ink.roundRect(x - w / 2, y - h / 2, w, h, 4);
    ink.fillStyle = this.palette.paper;
    ink.fill();
    ink.strokeStyle = this.palette.line;
    ink.lineWidth = 1;
    ink.stroke();
  }

  #sectionNames(): void {
    const { layout } = this.#picture;
    const ink = this.#ink;
    ink.font = '600 12px "Inter Variable", system-ui, sans-serif';
    ink.textAlign = 'center';
    ink.textBaseline = 'alphabetic';
    ink.fillStyle = this.palette.faint;
    if (layout.sections.length < 2 || layout.sections.length > 40) return;
    for (const section of layout.sections) {
      const { first, count } = layout.rows[section.rowFirst]!;
      // Over the middle of the first row, which may lie between two seats or on an aisle.
      const [left, right] = [this.#at(first), this.#at(first + count - 1)];
      const above = this.#at(first + Math.floor(count / 2)).y;
      ink.fillText(section.name, (left.x + right.x) / 2, above - this.#radius() - 6);
    }
  }

  #sections(): void {
    const { layout } = this.#picture;
    const visible = visibleBox(this.#view, this.#size, 0);
    for (const section of layout.sections) {
      if (!overlaps(section.box, visible)) continue;
      const free = this.#picture.sectionFree(section.index);
      this.#block(section.outline, section.zone, free / Math.max(1, section.count));
    }
  }

  /** The fuller, the paler; a sold-out one keeps only its line. */
  #block(outline: number[], zone: number, share: number): void {
    const ink = this.#ink;
    const { scale, x, y } = this.#view;
    ink.beginPath();
    for (let k = 0; k < outline.length; k += 2) ink.lineTo(outline[k]! * scale + x, outline[k + 1]! * scale + y);
    ink.closePath();
    ink.lineJoin = 'round';
    ink.lineWidth = Math.max(2, SEAT_GAP * scale * 0.9);
    const colour = share > 0 ? zoneColour(this.palette, zone) : this.palette.line;
    ink.strokeStyle = colour;
    ink.stroke();
    ink.lineWidth = Math.max(0, SEAT_GAP * scale * 0.9 - 2);
    ink.strokeStyle = this.palette.paper;
    ink.stroke();
    ink.fillStyle = this.palette.paper;
    ink.fill();
    if (share <= 0) return;
    ink.globalAlpha = this.palette.strength * (0.36 + 0.64 * share);
    ink.fillStyle = this.#pattern(zone);
    ink.fill();
    ink.globalAlpha = 1;
  }

  #pattern(zone: number): CanvasPattern | string {
    return (this.#patterns[zone] ??= zonePattern(this.#ink, this.palette, zone));
  }

  #areas(): void {
    for (const area of this.#picture.layout.areas) {
      const { x, y, w, h } = area;
      const inset = SEAT_GAP * 0.45;
      const corners = [
        [x + inset, y + inset], [x + w - inset, y + inset], [x + w - inset, y + h - inset], [x + inset, y + h - inset],
      ];
      this.#block(corners.flat(), area.zoneIndex, this.#picture.areaShare(area.index));
    }
  }

  #stage(): void {
    const { stage } = this.#picture.layout.plan;
    if (!stage) return;
    const ink = this.#ink;
    const { scale } = this.#view;
    const x = stage.x * scale + this.#view.x;
    const y = stage.y * scale + this.#view.y;
    const w = stage.w * scale;
    const h = stage.h * scale;
    ink.beginPath();
    ink.moveTo(x, y);
    ink.lineTo(x + w, y);
    ink.lineTo(x + w, y + h * 0.55);
    ink.quadraticCurveTo(x + w / 2, y + h * 1.25, x, y + h * 0.55);
    ink.closePath();
    ink.fillStyle = this.palette.ink;
    ink.globalAlpha = 0.9;
    ink.fill();
    ink.globalAlpha = 1;
    ink.font = `italic 500 ${Math.max(11, Math.min(20, h * 0.34))}px "Fraunces Variable", Georgia, serif`;
    ink.textAlign = 'center';
    ink.textBaseline = 'middle';
    ink.fillStyle = this.palette.paper;
    if (w > 50) ink.fillText(stage.label, x + w / 2, y + h * 0.45);
  }
}
