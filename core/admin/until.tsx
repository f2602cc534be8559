/** The end of a grant: its last day, or the hour when it ends within one. */
import type { Html } from "@views/html.ts";
import { Time } from "@views/time.tsx";

/** A grant that was given until a day is over at the midnight after it (UTC). */
export const Until = ({ at }: { at: Date | null }): Html => {
  if (!at) return <>No end</>;
  const isMidnight = at.getTime() % 86_400_000 === 0;
  return isMidnight ? <Time at={new Date(at.getTime() - 1)} show="day" /> : <Time at={at} />;
};
