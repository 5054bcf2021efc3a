import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface DialogProps {
  readonly title: string;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

/** A modal dialog. The browser keeps the focus in it, closes it on Escape, and returns the focus to where it was. */
export function Dialog({ title, close, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const dialog = element.current;
    if (!dialog) return;
    dialog.showModal();
    dialog.addEventListener('close', close);
    return () => {
      dialog.removeEventListener('close', close); // only what the user does closes it for the page
      dialog.close();
    };
  }, []);
  // A dialog with another title is another step: its button is gone that had the focus.
  useEffect(() => heading.current?.focus(), [title]);
  return (
    <dialog ref={element} aria-labelledby="dialog-title">
      <header class="section-header">
        <h2 id="dialog-title" ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <button type="button" class="small" onClick={close}>
          Close
        </button>
      </header>
      {children}
    </dialog>
  );
}
