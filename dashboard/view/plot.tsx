import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** The colours of the page at the moment. A canvas does not follow the scheme by itself. */
export type Palette = Readonly<
  Record<'accent' | 'accent-soft' | 'bad' | 'muted' | 'line' | 'control', string>
>;

interface PlotProps {
  /** What the chart shows, for those who do not see it. */
  readonly label: string;
  readonly height: number;
  readonly data: uPlot.AlignedData;
  readonly options: (palette: Palette) => Omit<uPlot.Options, 'width' | 'height'>;
}

/** A chart that is as wide as its place, in the colours of the page. */
export function Plot({ label, height, data, options }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const draw = (): void => {
      chart.current?.destroy();
      const size = { width: element.clientWidth, height };
      chart.current = new uPlot({ ...options(paletteOf(element)), ...size }, latest.current, element);
    };
    draw();
    const resizing = new ResizeObserver(() => chart.current?.setSize({ width: element.clientWidth, height }));
    resizing.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    return () => {
      resizing.disconnect();
      scheme.removeEventListener('change', draw);
      chart.current?.destroy();
      chart.current = null;
    };
  }, [options, height]);
  useEffect(() => chart.current?.setData(data), [data]);
  return <div class="plot" ref={place} role="img" aria-label={label} />;
}

/** A property of CSS is not computed to a colour before something has that colour. */
function paletteOf(element: HTMLElement): Palette {
  const probe = element.appendChild(document.createElement('i'));
  const colour = (name: keyof Palette): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const palette = {
    accent: colour('accent'),
    'accent-soft': colour('accent-soft'),
    bad: colour('bad'),
    muted: colour('muted'),
    line: colour('line'),
    control: colour('control'),
  };
  probe.remove();
  return palette;
}
