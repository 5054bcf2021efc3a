import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';

const Now = createContext({ browserMs: 0, serviceMs: 0 });

/** Gives its children the time of the service, which may differ from the browser's. It moves once a second. */
export function Clock({ offsetMs, children }: ClockProps) {
  const [browserMs, setBrowserMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setBrowserMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <Now.Provider value={{ browserMs, serviceMs: browserMs + offsetMs }}>{children}</Now.Provider>;
}

interface ClockProps {
  readonly offsetMs: number;
  readonly children: ComponentChildren;
}

/** The time of the service, in milliseconds. */
export const useNowMs = (): number => useContext(Now).serviceMs;

/** The time of the browser, in milliseconds, by which it is measured how old an answer is. */
export const useBrowserMs = (): number => useContext(Now).browserMs;
