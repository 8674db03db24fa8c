// From samples to a curve: a gap where nothing was counted, and a scale whose marks are round numbers.

export interface Point {
  at: number;
  value: number;
}

/** The curves of a chart, broken where two samples are further apart than one and a half of the usual. */
export function pieces(points: readonly Point[], usualMs: number): Point[][] {
  const found: Point[][] = [];
  for (const point of points) {
    const piece = found.at(-1);
    if (piece && point.at - piece.at(-1)!.at <= usualMs * 1.5) piece.push(point);
    else found.push([point]);
  }
  return found;
}

/** The top of a scale from 0: 1, 2 or 5 times a power of ten, and above what is shown. */
export function top(points: readonly Point[]): number {
  const most = Math.max(1, ...points.map(({ value }) => value));
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= most)!;
}

/** One piece as the `d` of a path in a box; a lone sample is a short line, so that it is seen. */
export function path(piece: readonly Point[], from: number, to: number, most: number, width: number, height: number): string {
  const x = (at: number) => (to > from ? ((at - from) / (to - from)) * width : 0);
  const y = (value: number) => height - (value / most) * height;
  const steps = piece.map(({ at, value }, nth) => `${nth ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`);
  return steps.length > 1 ? steps.join('') : `${steps[0]}h2`;
}
