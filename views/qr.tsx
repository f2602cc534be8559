/** A square code for a phone's camera. Black on white in the dark theme too: cameras expect it. */
import type { Html } from "./html.ts";

export interface QrCodeProps {
  /** Rows of modules, true for black, with the quiet border around them. */
  readonly modules: readonly (readonly boolean[])[];
  /** What it is, for those who do not see it. */
  readonly label: string;
}

export const QrCode = ({ modules, label }: QrCodeProps): Html => (
  <svg class="qr" viewBox={`0 0 ${modules.length} ${modules.length}`} role="img" aria-label={label}>
    <path
      d={modules
        .map((row, y) =>
          runsOf(row)
            .map(([x, width]) => `M${x} ${y}h${width}v1h-${width}z`)
            .join(""),
        )
        .join("")}
    />
  </svg>
);

/** Neighbours become one bar: hairlines between squares confuse cameras. */
function runsOf(row: readonly boolean[]): (readonly [x: number, width: number])[] {
  const runs: [number, number][] = [];
  row.forEach((isBlack, x) => {
    const last = runs.at(-1);
    if (isBlack && last && last[0] + last[1] === x) last[1] += 1;
    else if (isBlack) runs.push([x, 1]);
  });
  return runs;
}
