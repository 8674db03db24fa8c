// The board as a file: SVG text, and PNG made of it. Words of people are escaped, and nothing in it is run.

import type { Placed } from './app.ts';
import { boundsOf, fontSize, grown, lineHeight, lines, absolute } from './geometry.ts';
import { outline } from './outline.ts';
import { colours, PAPER } from './palette.ts';

const MARGIN = 24;
/** Pixels of a PNG's longer side: what browsers still draw. */
const PNG_SIDE_MAX = 8_000;

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** XML has no way to say most control characters. */
const escaped = (text: string): string =>
  text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd').replace(/[&<>"]/g, (c) => ESCAPES[c]!);

function figure(item: Placed): string {
  const colour = colours(false)[item.colour] ?? colours(false)[0];
  if (item.kind === 'text') {
    const { x, y } = absolute(item.points)[0]!;
    const [size, step] = [fontSize(item.width), lineHeight(item.width)];
    const rows = lines(item.text ?? '').map(
      (row, nth) => `<tspan x="${x}" y="${y + size + nth * step}" unicode-bidi="isolate">${escaped(row)}</tspan>`);
    return `<text font-family="Inter, system-ui, sans-serif" font-size="${size}" fill="${colour}" xml:space="preserve">${rows.join('')}</text>`;
  }
  const inside = item.fill ? `${colour}" fill-opacity="0.25` : 'none';
  return `<path d="${outline(item)}" fill="${inside}" stroke="${colour}" stroke-width="${item.width}" stroke-linecap="round" stroke-linejoin="round"/>`;
}

/** Items from below to above. */
export function svgOf(items: readonly Placed[], title: string): string {
  const box = grown(boundsOf(items) ?? { x0: 0, y0: 0, x1: 320, y1: 200 }, MARGIN);
  const [width, height] = [Math.ceil(box.x1 - box.x0), Math.ceil(box.y1 - box.y0)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${box.x0} ${box.y0} ${width} ${height}">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="${box.x0}" y="${box.y0}" width="${width}" height="${height}" fill="${PAPER}"/>`,
    ...items.map(figure),
    '</svg>',
  ].join('\n');
}

export async function pngOf(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const scale = Math.min(2, PNG_SIDE_MAX / Math.max(image.width, image.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture is too large'))), 'image/png'));
}
