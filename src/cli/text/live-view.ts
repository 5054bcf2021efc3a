import { stripVTControlCharacters } from 'node:util';

/** A terminal. */
export interface Screen {
  readonly size: () => { readonly columns: number; readonly rows: number };
  write(text: string): void;
}

/** Returns a function that draws lines in place of those that it drew before. Lines that do not fit are cut. */
export function createLiveView(screen: Screen): (text: string) => void {
  let drawn = 0;
  return (text) => {
    const { columns, rows } = screen.size();
    const lines = text
      .split('\n')
      .slice(0, Math.max(1, rows - 1))
      .map((line) => fitted(line, columns));
    const back = drawn === 0 ? '' : `\x1b[${drawn}A`;
    screen.write(`${back}\r${lines.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[J`);
    drawn = lines.length;
  };
}

function fitted(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length < columns ? line : plain.slice(0, Math.max(0, columns - 1));
}
