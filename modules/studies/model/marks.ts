/** What our own builder says about items and forms beyond what other systems know; carried in their extras. */
import type { Form, Item } from "./build.ts";

const mark = (name: string) => ({
  on: (thing: Pick<Item | Form, "extras">): boolean => thing.extras[`cairn:${name}`] === "yes",
  set: <Thing extends Pick<Item | Form, "extras">>(thing: Thing, is: boolean): Thing => {
    const { [`cairn:${name}`]: _, ...rest } = thing.extras;
    return { ...thing, extras: is ? { ...rest, [`cairn:${name}`]: "yes" } : rest };
  },
});

/** Tells the allocation: nobody blinded may see it. */
export const blinded = mark("blinded");
/** Compared with its source under a plan for critical fields. */
export const critical = mark("critical");
/** A form that two people enter, the second without seeing the first. */
export const twice = mark("double-entry");
/** A form that the participant fills in, over a link. */
export const survey = mark("survey");
