import { styleText } from 'node:util';

export type Style = 'error' | 'warning' | 'ok' | 'dim' | 'strong';

/** Returns the text with the codes of its style, or as it is where no colours are shown. */
export type Paint = (style: Style, text: string) => string;

/** Colours on a terminal only, and not if NO_COLOR is set (https://no-color.org). */
export const paintFor =
  (stream: NodeJS.WriteStream): Paint =>
  (style, text) =>
    styleText(FORMATS[style], text, { stream });

export const unpainted: Paint = (_style, text) => text;

const FORMATS = {
  error: 'red',
  warning: 'yellow',
  ok: 'green',
  dim: 'dim',
  strong: 'bold',
} as const satisfies Record<Style, Parameters<typeof styleText>[0]>;
