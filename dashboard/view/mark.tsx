/** The mark of the product: a postage stamp with its perforation. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 18 22" aria-hidden="true">
      <rect class="mark-paper" width="18" height="22" rx="1" />
      {HOLES.map(([x, y]) => (
        <circle key={`${x} ${y}`} class="mark-hole" cx={x} cy={y} r="1.25" />
      ))}
      <rect class="mark-picture" x="4" y="4" width="10" height="14" rx="1" />
    </svg>
  );
}

/** Along the four edges. */
const HOLES = [
  ...[3, 9, 15].flatMap((x) => [[x, 0] as const, [x, 22] as const]),
  ...[4, 11, 18].flatMap((y) => [[0, y] as const, [18, y] as const]),
];
