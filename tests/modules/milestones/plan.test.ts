import { describe, expect, test } from "bun:test";
import {
  isCheckInDue,
  type PlanAct,
  type PlanState,
  type PlanStep,
  planStateOf,
  whyNotPlan,
} from "../../../modules/milestones/plan.ts";

describe("a plan's state follows from its last step", () => {
  const cases: readonly (readonly [PlanStep | null, number, PlanState])[] = [
    [null, 0, "draft"],
    [null, 3, "draft"],
    ["submitted", 3, "submitted"],
    ["taken_up", 3, "in_review"],
    ["returned", 3, "draft"],
    ["agreed", 3, "agreed"],
    ["begun", 3, "active"],
    ["begun", 0, "done"],
  ];
  for (const [step, open, state] of cases)
    test(`${step}, ${open} open: ${state}`, () => expect(planStateOf(step, open)).toBe(state));
});

describe("what may be done with a plan", () => {
  const allowed: Readonly<Record<PlanAct, readonly PlanState[]>> = {
    edit: ["draft"],
    submit: ["draft"],
    take_up: ["submitted"],
    return: ["in_review"],
    agree: ["in_review"],
    begin: ["agreed"],
    check_in: ["active"],
    end_goal: ["active"],
  };
  for (const [act, states] of Object.entries(allowed) as [PlanAct, PlanState[]][]) {
    for (const state of ["draft", "submitted", "in_review", "agreed", "active", "done"] as const) {
      test(`${act} when ${state}: ${states.includes(state) ? "yes" : "no, with a sentence"}`, () => {
        const why = whyNotPlan(act, state);
        if (states.includes(state)) expect(why).toBeNull();
        else expect(why).toMatch(/^[A-Z].+\.$/);
      });
    }
  }
});

describe("the mentor is reminded of a check-in", () => {
  const at = (day: number) => new Date(Date.UTC(2026, 0, day));
  const cases: readonly (readonly [string, Parameters<typeof isCheckInDue>[0], number, boolean])[] = [
    ["not on the eve", { begunAt: at(1), lastAt: null, remindedAt: null }, 14, false],
    ["on the day", { begunAt: at(1), lastAt: null, remindedAt: null }, 15, true],
    ["not twice", { begunAt: at(1), lastAt: null, remindedAt: at(15) }, 20, false],
    ["counted from the last check-in", { begunAt: at(1), lastAt: at(10), remindedAt: null }, 20, false],
    ["again after a later check-in", { begunAt: at(1), lastAt: at(16), remindedAt: at(15) }, 30, true],
  ];
  for (const [says, given, day, expected] of cases)
    test(says, () => expect(isCheckInDue(given, 14, at(day))).toBe(expected));
});
