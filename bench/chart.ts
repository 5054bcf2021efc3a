/** A chart of horizontal bars as SVG text. The mark is where the goal is. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const max = Math.max(...bars.map(({ value, mark = 0 }) => Math.max(value, mark))) * 1.1;
  const rows = bars.map((bar, row) => rowOf(bar, { top: HEAD + row * ROW, scale: WIDTH / max }));
  const height = HEAD + bars.length * ROW + MARGIN;
  const total = LABELS + WIDTH + VALUES;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total} ${height}" width="${total}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="${total}" height="${height}" fill="#fff"/>
<text x="${MARGIN}" y="20" font-size="14" font-weight="bold">${escaped(title)}</text>
${rows.join('\n')}
</svg>
`;
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** The value as text. */
  readonly text: string;
  readonly mark?: number;
  readonly isGood?: boolean;
}

const [LABELS, WIDTH, VALUES] = [380, 320, 160];
const [HEAD, ROW, MARGIN] = [34, 22, 10];

function rowOf(
  { label, value, text, mark, isGood = true }: Bar,
  { top, scale }: { readonly top: number; readonly scale: number },
): string {
  const x = LABELS + (mark ?? 0) * scale;
  return [
    `<text x="${LABELS - 8}" y="${top + 14}" text-anchor="end">${escaped(label)}</text>`,
    `<rect x="${LABELS}" y="${top + 3}" width="${(value * scale).toFixed(1)}" height="14" fill="${isGood ? '#3d7a5a' : '#b5482f'}"/>`,
    mark === undefined
      ? ''
      : `<line x1="${x.toFixed(1)}" y1="${top}" x2="${x.toFixed(1)}" y2="${top + 20}" stroke="#222" stroke-width="2"/>`,
    `<text x="${LABELS + WIDTH + 8}" y="${top + 14}">${escaped(text)}</text>`,
  ].join('');
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
