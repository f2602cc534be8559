/** How a query moves: who may do what in which state (names of the states: ODM 2.0, QueryStateType). */
export type QueryStateName = "candidate" | "open" | "answered" | "closed" | "cancelled" | "resolved";
export type QueryAct = "release" | "answer" | "send back" | "close" | "cancel" | "reopen";

interface Move {
  readonly from: readonly QueryStateName[];
  readonly to: QueryStateName;
  /** site: those who enter data; asker: monitors and data managers. */
  readonly by: "site" | "asker";
  readonly label: string;
}

export const moves: Readonly<Record<QueryAct, Move>> = {
  release: { from: ["candidate"], to: "open", by: "asker", label: "Send it to the site" },
  answer: { from: ["open"], to: "answered", by: "site", label: "Answer" },
  "send back": { from: ["answered"], to: "open", by: "asker", label: "Send back" },
  close: { from: ["answered", "open"], to: "closed", by: "asker", label: "Close" },
  cancel: { from: ["candidate", "open"], to: "cancelled", by: "asker", label: "Cancel" },
  reopen: { from: ["closed", "resolved", "cancelled"], to: "open", by: "asker", label: "Ask again" },
};
export const queryActs = Object.keys(moves) as QueryAct[];

export const actsIn = (state: QueryStateName, may: { readonly site: boolean; readonly asker: boolean }): QueryAct[] =>
  queryActs.filter((act) => moves[act].from.includes(state) && may[moves[act].by]);

export const stateTones: Readonly<Record<QueryStateName, "none" | "query" | "info" | "ok" | "plain">> = {
  candidate: "none",
  open: "query",
  answered: "info",
  closed: "ok",
  cancelled: "plain",
  resolved: "ok",
};

/** Whole days. */
export const ageInDays = (from: Date, to: Date): number =>
  Math.max(0, Math.floor((to.getTime() - from.getTime()) / 86_400_000));
