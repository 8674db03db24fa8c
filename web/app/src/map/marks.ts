// How one seat is drawn: shape by zone, mark by state. No state is told by colour alone.

import { ACCESSIBLE, COMPANION, RESTRICTED } from '../plan/layout.ts';
import { BLOCKED, BOOKED, FREE, HELD, PENDING, YOURS, YOURS_BOOKED, type Standing } from '../seats/standing.ts';
import { zoneColour, type Palette } from './palette.ts';

export type Ink = CanvasRenderingContext2D;

/** Zones differ by shape as well as by hue: circle, rounded square, hexagon, diamond. */
export function shapePath(ink: Ink, zone: number, x: number, y: number, r: number): void {
  ink.beginPath();
  switch (zone % 4) {
    case 0:
      ink.arc(x, y, r, 0, Math.PI * 2);
      return;
    case 1:
      ink.roundRect(x - r * 0.92, y - r * 0.92, r * 1.84, r * 1.84, r * 0.38);
      return;
    case 2:
      return polygon(ink, x, y, r * 1.06, 6, Math.PI / 6);
    default:
      return polygon(ink, x, y, r * 1.16, 4, 0);
  }
}

function polygon(ink: Ink, x: number, y: number, r: number, corners: number, turn: number): void {
  for (let k = 0; k < corners; k++) {
    const angle = turn + (k / corners) * Math.PI * 2;
    ink.lineTo(x + Math.cos(angle) * r, y + Math.sin(angle) * r);
  }
  ink.closePath();
}

export interface SeatLook {
  standing: Standing;
  zone: number;
  flags: number;
  selected: boolean;
}

export function drawSeat(ink: Ink, palette: Palette, look: SeatLook, x: number, y: number, r: number): void {
  const { standing, zone, flags } = look;
  ink.lineCap = 'round';
  switch (standing) {
    case FREE:
      drawFree(ink, palette, zone, flags, x, y, r);
      break;
    case HELD:
      drawHeld(ink, palette, zone, x, y, r);
      break;
    case BOOKED:
      drawBooked(ink, palette, x, y, r);
      break;
    case BLOCKED:
      outline(ink, palette.faint, Math.max(1, r * 0.14), () => shapePath(ink, zone, x, y, r * 0.78));
      break;
    case PENDING:
      drawPending(ink, palette, zone, x, y, r);
      break;
    case YOURS:
      drawYours(ink, palette, palette.lamp, zone, x, y, r);
      break;
    case YOURS_BOOKED:
      // The light is for what still asks for something; what is booked is written in ink.
      drawYours(ink, palette, palette.ink, zone, x, y, r);
  }
  if (look.selected) outline(ink, palette.ink, 2, () => shapePath(ink, 1, x, y, r * 1.22));
}

function outline(ink: Ink, colour: string, width: number, path: () => void): void {
  path();
  ink.strokeStyle = colour;
  ink.lineWidth = width;
  ink.stroke();
}

function drawFree(ink: Ink, palette: Palette, zone: number, flags: number, x: number, y: number, r: number) {
  shapePath(ink, zone, x, y, r);
  ink.fillStyle = zoneColour(palette, zone);
  ink.fill();
  const mark = palette.onZone[zone % palette.onZone.length]!;
  if (flags & RESTRICTED) {
    ink.save();
    shapePath(ink, zone, x, y, r * 0.8);
    ink.clip();
    ink.fillStyle = palette.paper;
    ink.fillRect(x, y - r, r, r * 2);
    ink.restore();
  }
  if (flags & ACCESSIBLE) wheelchair(ink, mark, x, y, r);
  if (flags & COMPANION) linked(ink, mark, x, y, r);
}

function drawHeld(ink: Ink, palette: Palette, zone: number, x: number, y: number, r: number): void {
  ink.save();
  shapePath(ink, zone, x, y, r * 0.9);
  ink.clip();
  ink.strokeStyle = palette.faint;
  ink.globalAlpha *= 0.75;
  ink.lineWidth = Math.max(0.7, r * 0.11);
  const step = Math.max(2.6, r * 0.42);
  ink.beginPath();
  for (let k = -r * 2; k < r * 2; k += step) {
    ink.moveTo(x + k - r, y + r);
    ink.lineTo(x + k + r, y - r);
  }
  ink.stroke();
  ink.restore();
  outline(ink, palette.faint, Math.max(0.8, r * 0.1), () => shapePath(ink, zone, x, y, r * 0.9));
  if (r < 7) return;
  ink.beginPath();
  ink.arc(x, y, r * 0.52, 0, Math.PI * 2);
  ink.fillStyle = palette.paper;
  ink.fill();
  outline(ink, palette.ink, r * 0.11, () => {
    ink.beginPath();
    ink.arc(x, y, r * 0.44, 0, Math.PI * 2);
    ink.moveTo(x, y - r * 0.26);
    ink.lineTo(x, y);
    ink.lineTo(x + r * 0.19, y + r * 0.1);
  });
}

function drawBooked(ink: Ink, palette: Palette, x: number, y: number, r: number): void {
  ink.beginPath();
  ink.arc(x, y, r * (r < 7 ? 0.42 : 0.66), 0, Math.PI * 2);
  ink.fillStyle = palette.line;
  ink.fill();
  if (r < 4) return;
  const arm = r * 0.26;
  outline(ink, palette.faint, Math.max(0.8, r * 0.13), () => {
    ink.beginPath();
    ink.moveTo(x - arm, y - arm);
    ink.lineTo(x + arm, y + arm);
    ink.moveTo(x + arm, y - arm);
    ink.lineTo(x - arm, y + arm);
  });
}

function drawPending(ink: Ink, palette: Palette, zone: number, x: number, y: number, r: number): void {
  shapePath(ink, zone, x, y, r * 0.62);
  ink.fillStyle = zoneColour(palette, zone);
  ink.fill();
  ink.save();
  ink.setLineDash([r * 0.4, r * 0.36]);
  outline(ink, palette.lamp, Math.max(1.4, r * 0.18), () => shapePath(ink, zone, x, y, r * 0.98));
  ink.restore();
}

function drawYours(ink: Ink, palette: Palette, ring: string, zone: number, x: number, y: number, r: number): void {
  shapePath(ink, zone, x, y, r * 0.84);
  ink.fillStyle = zoneColour(palette, zone);
  ink.fill();
  outline(ink, ring, Math.max(1.6, r * 0.24), () => shapePath(ink, zone, x, y, r * 1.08));
  if (r < 3.5) return;
  const mark = palette.onZone[zone % palette.onZone.length]!;
  outline(ink, mark, Math.max(1.2, r * 0.2), () => {
    ink.beginPath();
    ink.moveTo(x - r * 0.36, y + r * 0.02);
    ink.lineTo(x - r * 0.08, y + r * 0.3);
    ink.lineTo(x + r * 0.4, y - r * 0.28);
  });
}

/** A wheel, a back and a footrest, readable from seven pixels up. */
function wheelchair(ink: Ink, colour: string, x: number, y: number, r: number): void {
  ink.fillStyle = colour;
  ink.beginPath();
  ink.arc(x - r * 0.1, y - r * 0.56, r * 0.14, 0, Math.PI * 2);
  ink.fill();
  outline(ink, colour, Math.max(0.9, r * 0.15), () => {
    ink.beginPath();
    ink.moveTo(x - r * 0.1, y - r * 0.34);
    ink.lineTo(x - r * 0.06, y + r * 0.08);
    ink.lineTo(x + r * 0.3, y + r * 0.08);
    ink.lineTo(x + r * 0.44, y + r * 0.46);
    ink.moveTo(x + r * 0.2, y + r * 0.36);
    ink.arc(x - r * 0.1, y + r * 0.24, r * 0.33, 0.4, Math.PI * 1.32);
  });
}

function linked(ink: Ink, colour: string, x: number, y: number, r: number): void {
  outline(ink, colour, Math.max(0.9, r * 0.14), () => {
    ink.beginPath();
    ink.arc(x - r * 0.22, y, r * 0.3, 0, Math.PI * 2);
    ink.moveTo(x + r * 0.52, y);
    ink.arc(x + r * 0.22, y, r * 0.3, 0, Math.PI * 2);
  });
}

/** The pattern of a zone's sections from afar: plain, stripes, dots, counter-stripes. */
export function zonePattern(ink: Ink, palette: Palette, zone: number): CanvasPattern | string {
  const colour = zoneColour(palette, zone);
  if (zone % 4 === 0) return colour;
  const tile = document.createElement('canvas');
  tile.width = tile.height = 8;
  const brush = tile.getContext('2d')!;
  brush.strokeStyle = brush.fillStyle = colour;
  brush.lineWidth = 2.2;
  brush.beginPath();
  if (zone % 4 === 1) stripes(brush, 1);
  else if (zone % 4 === 3) stripes(brush, -1);
  else brush.arc(4, 4, 2.1, 0, Math.PI * 2);
  if (zone % 4 === 2) brush.fill();
  else brush.stroke();
  return ink.createPattern(tile, 'repeat') ?? colour;
}

function stripes(brush: Ink, turn: 1 | -1): void {
  for (const shift of [-8, 0, 8]) {
    brush.moveTo(shift, turn > 0 ? 8 : 0);
    brush.lineTo(shift + 8, turn > 0 ? 0 : 8);
  }
}
