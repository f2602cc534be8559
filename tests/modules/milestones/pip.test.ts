import { describe, expect, test } from "bun:test";
import {
  lacksIn,
  type PipStanding,
  type PipState,
  type PipStep,
  pipStateOf,
  pipSteps,
  type StepWords,
  whyNotPip,
} from "../../../modules/milestones/pip.ts";

const rules = { pipDaysToAnswer: 7, pipExtensions: 1 };
const begun: readonly PipStep[] = ["put_forward", "approved", "issued", "acknowledged", "begun"];
const escalated: readonly PipStep[] = [...begun, "unsuccessful", "escalated"];
const standing = (steps: readonly PipStep[], over: Partial<PipStanding> = {}): PipStanding => ({
  steps,
  issuedOn: "2026-03-01",
  endsOn: "2026-06-01",
  hearingBy: "2026-07-10",
  grievanceBy: "2026-07-20",
  ...over,
});

/** After these steps, exactly these may follow (on a day before every deadline and within the days to answer). */
const courses: readonly (readonly [readonly PipStep[], PipState, readonly PipStep[]])[] = [
  [[], "draft", ["put_forward", "rescinded"]],
  [["put_forward"], "second_review", ["returned", "approved", "rescinded"]],
  [["put_forward", "returned"], "draft", ["put_forward", "rescinded"]],
  [["put_forward", "approved"], "approved", ["issued", "rescinded"]],
  [begun.slice(0, 3), "issued", ["acknowledged", "declined", "rescinded"]],
  [begun.slice(0, 4), "answered", ["begun", "rescinded"]],
  [[...begun.slice(0, 3), "declined"], "answered", ["begun", "rescinded"]],
  [[...begun.slice(0, 3), "no_response"], "answered", ["begun", "rescinded"]],
  [begun, "active", ["interim_review", "extended", "successful", "unsuccessful", "rescinded"]],
  [[...begun, "interim_review"], "active", ["interim_review", "extended", "successful", "unsuccessful", "rescinded"]],
  [[...begun, "extended"], "active", ["interim_review", "successful", "unsuccessful", "rescinded"]],
  [[...begun, "extended", "interim_review"], "active", ["interim_review", "successful", "unsuccessful", "rescinded"]],
  [[...begun, "successful"], "successful", []],
  [escalated, "escalated", ["hearing_requested", "grievance_filed", "rescinded"]],
  [[...escalated, "hearing_requested"], "escalated", ["hearing_held", "grievance_filed", "rescinded"]],
  [[...escalated, "hearing_requested", "hearing_held"], "escalated", ["grievance_filed", "rescinded"]],
  [[...escalated, "hearing_requested", "grievance_filed", "hearing_held"], "escalated", ["concluded", "rescinded"]],
  [[...escalated, "concluded"], "concluded", []],
  [[...begun, "rescinded"], "rescinded", []],
];

describe("the course of an improvement plan", () => {
  for (const [steps, state, next] of courses) {
    test(`after ${steps.at(-1) ?? "nothing"} (${steps.length}): ${state}`, () => {
      expect(pipStateOf(steps.at(-1) ?? null)).toBe(state);
      expect(pipSteps.filter((step) => whyNotPip(step, standing(steps), rules, "2026-03-05") === null)).toEqual(
        pipSteps.filter((step) => next.includes(step)),
      );
    });
  }

  const days: readonly (readonly [PipStep, readonly PipStep[], string, boolean])[] = [
    ["no_response", begun.slice(0, 3), "2026-03-07", false],
    ["no_response", begun.slice(0, 3), "2026-03-08", true],
    ["hearing_requested", escalated, "2026-07-10", true],
    ["hearing_requested", escalated, "2026-07-11", false],
    ["grievance_filed", escalated, "2026-07-20", true],
    ["grievance_filed", escalated, "2026-07-21", false],
    ["concluded", escalated, "2026-07-20", false],
    ["concluded", escalated, "2026-07-21", true],
    ["concluded", [...escalated, "hearing_requested"], "2026-07-21", false],
    ["concluded", [...escalated, "grievance_filed"], "2026-07-11", true],
  ];
  for (const [step, steps, day, may] of days) {
    test(`${step} on ${day} after ${steps.at(-1)}: ${may ? "yes" : "no, with a sentence"}`, () => {
      const why = whyNotPip(step, standing(steps), rules, day);
      if (may) expect(why).toBeNull();
      else expect(why).toMatch(/^[A-Z].+\.$/);
    });
  }
});

describe("what a step needs", () => {
  const words = (over: Partial<StepWords> = {}): StepWords => ({
    note: "Seen.",
    newEnd: "",
    witnessId: "",
    kind: "",
    effectiveOn: "",
    ...over,
  });
  const cases: readonly (readonly [PipStep, Partial<StepWords>, readonly string[]])[] = [
    ["issued", { note: "" }, []],
    ["declined", { note: "" }, ["note", "witnessId"]],
    ["declined", { witnessId: "w" }, []],
    ["extended", {}, ["newEnd"]],
    ["extended", { newEnd: "2026-06-01" }, ["newEnd"]],
    ["extended", { newEnd: "2026-06-02" }, []],
    ["escalated", {}, ["kind", "effectiveOn"]],
    ["escalated", { kind: "probation", effectiveOn: "2026-06-02" }, []],
    ["escalated", { kind: "non_renewal", effectiveOn: "2026-06-02" }, ["effectiveOn"]],
    ["escalated", { kind: "non_renewal", effectiveOn: "2026-09-29" }, []],
    ["rescinded", { note: " " }, ["note"]],
  ];
  for (const [step, over, fields] of cases)
    test(`${step} with ${JSON.stringify(over)}: ${fields.join(", ") || "nothing more"}`, () =>
      expect(
        Object.keys(lacksIn(step, words(over), { endsOn: "2026-06-01" }, { nonRenewalNoticeDays: 120 }, "2026-06-01")),
      ).toEqual([...fields]));
});
