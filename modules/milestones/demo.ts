/**
 * Three invented programs over six half-years, told through their own pages: at Northfield a healthy internal medicine
 * residency and a small one in family medicine, at Lakeside an emergency medicine residency in trouble, where evaluations
 * are missing, levels are ticked in straight lines, and one resident falls behind.
 */
import type { DemoPerson, DemoStage, DemoWorkspace } from "@core/module.ts";
import { emergencyMedicine, familyMedicine, internalMedicine } from "./demo-specialties.ts";
import { type Level, writeLevel } from "./level.ts";
import { dayOf } from "./period.ts";

interface Story {
  readonly slug: string;
  readonly title: string;
  readonly specialty: string;
  readonly subcompetencies: string;
  /** First name and year of training; a fourth year has finished last summer. */
  readonly residents: readonly (readonly [string, number])[];
  /** In the period that runs: how many were asked about each resident, and how many evaluations each has sent in. */
  readonly evaluators: number;
  readonly arrived: number;
  readonly isStraightLined: boolean;
  /** Who has come back by a level and a half in the period that runs. */
  readonly falls?: string;
  /** Reviewers, packets, a meeting, and what else a program does that has everything in hand. */
  readonly isWhole: boolean;
  /** How many residents have a sheet, and a result, in the period that runs. */
  readonly rated: number;
  readonly decided: number;
}

const stories: Readonly<Record<string, readonly Story[]>> = {
  northfield: [
    {
      slug: "internal-medicine",
      title: "Internal Medicine Residency",
      specialty: "Internal Medicine",
      subcompetencies: internalMedicine,
      residents: [
        ["Rosa", 3],
        ["Ravi", 3],
        ["Renée", 3],
        ["Ruth", 3],
        ["Rui", 2],
        ["Rania", 2],
        ["Rolf", 2],
        ["Rhea", 1],
        ["Remy", 1],
        ["Ronan", 1],
        ["Rita", 4],
        ["Rasmus", 4],
      ],
      evaluators: 2,
      arrived: 8,
      isStraightLined: false,
      isWhole: true,
      rated: 6,
      decided: 3,
    },
    {
      slug: "family-medicine",
      title: "Family Medicine Residency",
      specialty: "Family Medicine",
      subcompetencies: familyMedicine,
      residents: [
        ["Fiona", 3],
        ["Farid", 2],
        ["Flora", 1],
      ],
      evaluators: 1,
      arrived: 3,
      isStraightLined: false,
      isWhole: false,
      rated: 2,
      decided: 1,
    },
  ],
  lakeside: [
    {
      slug: "emergency-medicine",
      title: "Emergency Medicine Residency",
      specialty: "Emergency Medicine",
      subcompetencies: emergencyMedicine,
      residents: [
        ["Lara", 3],
        ["Lukas", 2],
        ["Lina", 2],
        ["Leo", 1],
      ],
      evaluators: 1,
      arrived: 2,
      isStraightLined: true,
      falls: "Lukas",
      isWhole: false,
      rated: 2,
      decided: 0,
    },
  ],
};

export async function demo(stage: DemoStage): Promise<void> {
  for (const story of stories[stage.institution] ?? []) await tell(stage, story);
}

async function tell(stage: DemoStage, story: Story): Promise<void> {
  const { slug, title, specialty } = story;
  const workspace = await stage.workspace({ slug, title, kind: "program", specialty, modules: ["milestones"] });
  const staff = await hire(workspace, stage.institution);
  const base = `/w/${slug}/milestones`;
  const periods = await setUp(staff.director, base, story, stage.institution);
  const codes = new Map<string, string>();
  for (const [at, period] of periods.entries()) {
    const scene: Scene = {
      base,
      story,
      staff,
      workspace,
      codes,
      period,
      age: periods.length - 1 - at,
      institution: stage.institution,
    };
    await playPeriod(scene);
    await setBack(scene);
  }
  if (story.isWhole) await staff.director.post(`${base}/bands`, {});
  const [period = ""] = periods.slice(-1);
  const scene: Scene = { base, story, staff, workspace, codes, period, age: 0, institution: stage.institution };
  if (story.isWhole) await plan(scene);
  if (story.falls) await improve(scene, story.falls);
  if (story.isWhole || story.falls) await staff.director.post(`${base}/summaries`, { periodId: period });
}

/** A learning plan that goes as it should: written, agreed with the mentor, under way, and spoken of since. */
async function plan({ base, staff, workspace, codes, institution }: Scene): Promise<void> {
  const resident = await workspace.person({
    name: "Rosa Resident",
    email: emailOf("Rosa", institution),
    role: "trainee",
  });
  const { location } = await resident.post(`${base}/my-plans`, {});
  const goals = [
    ["ICS2", "Present the sickest patient first at every handover, and ask the night team to read it back", "9"],
    ["PC5", "See six patients a week in continuity clinic and write the plan before they leave", "7"],
  ] as const;
  for (const [code, wording, confidence] of goals)
    await resident.post(`${location}/goals`, {
      subcompetencyId: codes.get(code) ?? "",
      wording,
      measure: "",
      confidence,
      dueOn: dayOf(new Date(Date.now() + 60 * 86_400_000)),
    });
  await resident.post(`${location}/submit`, {});
  await staff.mentor.post(`${location}/review`, { act: "take_up" });
  await staff.mentor.post(`${location}/review`, { act: "agree", note: "Invented: both are worth the half-year." });
  await resident.post(`${location}/begin`, {});
  await staff.mentor.post(`${location}/check-ins`, {
    checkIn: "Invented: handovers of two nights were read back; clinic is at four a week.",
  });
}

/** An improvement plan in the program that has one to write: approved by a second reviewer, its notice served. */
async function improve({ base, staff, codes }: Scene, name: string): Promise<void> {
  const roster = await staff.director.get(`${base}/roster`);
  const [found] = linksIn(roster, `${base}/trainees/`).filter(({ label }) => label.startsWith(`${name} `));
  if (!found) return;
  const on = (days: number) => dayOf(new Date(Date.now() + days * 86_400_000));
  const { location } = await staff.director.post(`${found.address}/improvement`, {
    startsOn: on(0),
    endsOn: on(90),
    subcompetencyIds: [codes.get("PC1") ?? "", codes.get("PC6") ?? ""],
    evaluationIds: [],
    deficiency: "Invented: reassessment after the first treatment was missed on four shifts in the last two months.",
    expected: "Every patient is seen again within thirty minutes of a treatment, and the finding is written down.",
    criteria: "Nine of ten charts on two shifts a week, read by two evaluators who do not know of each other.",
    supports: "One protected hour a week with the mentor; shifts with two named attendings.",
    supervision: "No shift without an attending in the department until the interim review.",
    consequences: "Success ends the plan. Otherwise it is prolonged once, or the due process begins.",
    appeal: "To the designated institutional official, in writing, within ten working days.",
  });
  await staff.director.post(`${location}/steps`, { step: "put_forward", note: "Invented: please read it today." });
  await staff.reviewer.post(`${location}/review`, { step: "approved", note: "" });
  await staff.director.post(`${location}/steps`, { step: "issued", note: "Invented: handed over in person." });
}

type Staff = Readonly<
  Record<
    "director" | "coordinator" | "member" | "second" | "third" | "faculty" | "colleague" | "mentor" | "reviewer",
    DemoPerson
  >
>;

async function hire(workspace: DemoWorkspace, institution: string): Promise<Staff> {
  const person = (name: string, role: string) =>
    workspace.person({ name, role, email: `${name.toLowerCase().replace(" ", ".")}@${institution}.example` });
  return {
    director: await person("Dana Director", "program_director"),
    coordinator: await person("Carla Coordinator", "coordinator"),
    member: await person("Cleo Committee", "ccc_member"),
    second: await person("Cyrus Committee", "ccc_member"),
    third: await person("Cora Committee", "ccc_member"),
    faculty: await person("Femi Faculty", "faculty"),
    colleague: await person("Fay Faculty", "faculty"),
    mentor: await person("Mo Mentor", "mentor"),
    reviewer: await person("Odile Official", "second_reviewer"),
  };
}

/** Subcompetencies, four academic years, the roster. The ids of the periods that have begun, the newest six. */
async function setUp(director: DemoPerson, base: string, story: Story, institution: string): Promise<string[]> {
  const today = new Date();
  const year = today.getUTCFullYear() - (today.getUTCMonth() < 6 ? 1 : 0);
  await director.post(`${base}/frameworks/import`, {
    table: story.subcompetencies,
    effectiveFrom: `${year - 3}-07-01`,
  });
  for (const back of [3, 2, 1, 0]) await director.post(`${base}/periods`, { academicYear: String(year - back) });
  const [framework = ""] = valuesOf(await director.get(`${base}/roster/import`), "option");
  const roster = story.residents.map(([name, pgy], at) => {
    const mentor = at % 2 === 0 ? `mo.mentor@${institution}.example` : "";
    return `${name} Resident,${emailOf(name, institution)},${Math.min(pgy, 3)},${year - pgy + 1}-07-01,${year - pgy + 4}-06-30,${mentor}`;
  });
  await director.post(`${base}/roster/import`, {
    frameworkId: framework,
    table: ["name,email,pgy,start,expected_end,mentor_email", ...roster].join("\n"),
  });
  const begun = today.getUTCMonth() < 6 ? 8 : 7;
  return valuesOf(partOf(await director.get(`${base}/requests/new`), "periodId"), "option")
    .slice(0, begun)
    .slice(-6);
}

interface Scene {
  readonly base: string;
  readonly story: Story;
  readonly staff: Staff;
  readonly workspace: DemoWorkspace;
  /** Code → id, learnt from the first form. */
  readonly codes: Map<string, string>;
  readonly period: string;
  /** 0 for the period that runs. */
  readonly age: number;
  readonly institution: string;
}

async function playPeriod(scene: Scene): Promise<void> {
  const { base, story, staff, codes, period, age } = scene;
  const isRunning = age === 0;
  const form = await staff.coordinator.get(`${base}/requests/new`);
  const here = story.residents.filter(([, pgy]) => isThere(pgy, age)).map(([name]) => name);
  const trainees = choicesOf(partOf(form, "subjectIds")).filter(({ label }) =>
    here.includes(label.split(" ")[0] ?? ""),
  );
  if (trainees.length === 0) return;
  const asked = valuesOf(partOf(form, "codes"), "checkbox");
  const evaluators = [staff.faculty, staff.colleague].slice(0, isRunning ? story.evaluators : 1);
  for (const [at, evaluator] of evaluators.entries()) {
    const rotation = rotations[(age * 2 + at) % rotations.length] ?? "Ward";
    await staff.coordinator.post(`${base}/requests`, {
      periodId: period,
      evaluatorId: evaluator.id,
      rotation,
      subjectIds: trainees.map(({ value }) => value),
      codes: asked,
    });
    const [open = ""] = (await evaluator.get(`${base}/evaluations`)).split(/evaluations? you submitted/);
    const place = ({ label }: { label: string }) => here.indexOf(label.split(" ")[0] ?? "");
    const waiting = linksIn(open, `${base}/evaluations/`).sort((a, b) => place(a) - place(b));
    const [first] = waiting;
    if (first && codes.size === 0)
      for (const [code, id] of legendsOf(await evaluator.get(first.address))) codes.set(code, id);
    await fewAtOnce(isRunning ? waiting.slice(0, story.arrived) : waiting, async ({ address, label }) => {
      const [name = ""] = label.split(" ");
      await evaluator.post(address, {
        ...levelsFor(scene, name, at),
        narrative: narrativeOf(name, rotation),
        act: "submit",
      });
    });
  }
  const byYear = here.map((name) => ({
    name,
    id: trainees.find(({ label }) => label.startsWith(`${name} `))?.value ?? "",
  }));
  if (isRunning && story.isWhole) await prepare(scene, byYear);
  else
    await fewAtOnce(isRunning ? byYear.slice(0, story.rated) : byYear, async ({ name, id }) => {
      await staff.member.post(`${base}/committee/${period}/${id}`, {
        ...levelsFor(scene, name, 0),
        ...meant,
      });
    });
  await fewAtOnce(isRunning ? byYear.slice(0, story.decided) : byYear, async ({ name, id }, at) => {
    await staff.director.post(`${base}/decisions/${period}/${id}`, {
      ...levelsFor(scene, name, 0),
      act: isRunning && at > 0 ? "finalise" : "release",
    });
    if (!isRunning && at % 3 !== 2) await acknowledge(scene, name, at);
  });
}

/** How the committee works where it works well: pairs, packets, own views, a meeting that leaves one resident to discuss. */
async function prepare(scene: Scene, byYear: readonly { readonly name: string; readonly id: string }[]): Promise<void> {
  const { base, story, staff, workspace, period, institution } = scene;
  await fewAtOnce(byYear.slice(0, 4), async ({ name }) => {
    const resident = await workspace.person({
      name: `${name} Resident`,
      email: emailOf(name, institution),
      role: "trainee",
    });
    await resident.post(`${base}/self`, { periodId: period, ...levelsFor(scene, name, 1), note: "" });
  });
  await staff.director.post(`${base}/reviewers/share`, { periodId: period });
  await staff.director.post(`${base}/packets/freeze`, { periodId: period });
  const rated = byYear.slice(0, story.rated);
  await fewAtOnce([staff.member, staff.second, staff.third], async (member) => {
    const page = await member.get(`${base}/committee?period=${period}`);
    for (const row of page.split("<tr>").filter((text) => text.includes("Missing"))) {
      const one = rated.find(({ id }) => row.includes(id));
      if (!one) continue;
      // Of the fifth, the reviewers hold different views: that is what the meeting is for.
      const eye = one === rated[4] && member !== staff.member ? 1 : 0;
      await member.post(`${base}/committee/${period}/${one.id}`, {
        ...levelsFor(scene, one.name, eye),
        ...meant,
      });
    }
  });
  const { location } = await staff.member.post(`${base}/meetings`, { periodId: period, heldOn: dayOf(new Date()) });
  const present = [staff.member.id, staff.second.id, staff.third.id];
  await staff.member.post(`${location}/presence`, { present, core: [staff.member.id] });
  await staff.member.post(`${location}/adopt`, {});
  await staff.member.post(`${location}/minutes`, {
    text: "Invented for this demonstration. The consent agenda was adopted. One resident is left for the next meeting.",
  });
}

/** What happened in a half-year bears that half-year's days. */
async function setBack({ workspace, period, age }: Scene): Promise<void> {
  const begins = beginOf(age);
  const passed = Math.floor((Date.now() - begins.getTime()) / 86_400_000);
  const on = (days: number) => new Date(begins.getTime() + days * 86_400_000);
  const where = { column: "period_id", value: period };
  await workspace.past({
    table: "milestones.evaluations",
    where: { ...where },
    at: on(age === 0 ? 5 : 20),
    spread: age === 0 ? Math.max(passed - 12, 1) : 120,
    moments: { made_at: 0, saved_at: 4, submitted_at: 4, due_on: 14, expires_at: age === 0 ? 30 : 14 },
  });
  if (age === 0) return;
  const by = (days: number) => ({ at: on(days), spread: 6, moments: { made_at: 0 } });
  for (const table of ["sheets", "handed_in"])
    await workspace.past({ table: `milestones.${table}`, where, ...by(150) });
  await workspace.past({ table: "milestones.reveals", where, ...by(157) });
  await workspace.past({ table: "milestones.decisions", where, ...by(164) });
  const via = { table: "milestones.decisions", column: "period_id" };
  const of = { column: "decision_id", value: period, via };
  await workspace.past({ table: "milestones.releases", where: of, ...by(171) });
  await workspace.past({ table: "milestones.acknowledgements", where: of, ...by(178) });
}

/** The first day of the half-year that lies so many half-years back. */
function beginOf(age: number): Date {
  const now = new Date();
  const half = now.getUTCFullYear() * 2 + (now.getUTCMonth() < 6 ? 0 : 1) - age;
  return new Date(Date.UTC(Math.floor(half / 2), half % 2 === 0 ? 0 : 6, 1));
}

/** What concerns one resident needs not wait for the next: three at a time, so that visitors are served meanwhile. */
async function fewAtOnce<T>(items: readonly T[], act: (item: T, at: number) => Promise<void>): Promise<void> {
  const turns = items.entries();
  const work = async () => {
    for (const [at, item] of turns) await act(item, at);
  };
  await Promise.all([work(), work(), work()]);
}

/** Whether someone of this year of training was here so many half-years ago. */
function isThere(pgy: number, age: number): boolean {
  const halves = new Date().getUTCMonth() < 6 ? 2 : 1;
  return age < (pgy - 1) * 2 + halves && (pgy <= 3 || age >= halves);
}

async function acknowledge({ base, workspace, institution, age }: Scene, name: string, at: number): Promise<void> {
  const resident = await workspace.person({
    name: `${name} Resident`,
    email: emailOf(name, institution),
    role: "trainee",
  });
  const [address] = /\/w\/[^"]+\/acknowledge/.exec(await resident.get(`${base}/mine`)) ?? [];
  if (address) await resident.post(address, { comment: at % 4 === 0 ? (comments[age % comments.length] ?? "") : "" });
}

/** A level for every subcompetency: it grows with the years, and differs a little by resident, subcompetency and eye. */
function levelsFor({ story, codes, age }: Scene, name: string, eye: number): Record<string, string> {
  const pgy = story.residents.find(([first]) => first === name)?.[1] ?? 1;
  const reached = 2 * pgy + 1 - age - (age === 0 && name === story.falls ? 3 : 0);
  return Object.fromEntries(
    [...codes].map(([code, id]) => [
      `levels.${id}`,
      writeLevel(story.isStraightLined ? at(reached) : seenIn(code, name, reached, eye, age)),
    ]),
  );
}

function seenIn(code: string, name: string, reached: number, eye: number, age: number): Level {
  const spread = numberFrom(`${name} ${code}`);
  // Nobody grows in a straight line: some half-years stand still, and a few go back by a step.
  const turn = numberFrom(`${name} ${code} ${age}`) % 9;
  const wobble = age > 0 && turn === 0 ? -2 : turn < 3 ? -1 : 0;
  if (reached < 3 && spread % 11 === 0) return { status: "nycl1" };
  if (reached < 4 && spread % 13 === 0) return { status: "nya" };
  return at(reached + wobble + (spread % 3) - 1 + (eye > 0 && spread % 5 === 0 ? 1 : 0));
}

const at = (halfSteps: number): Level => ({
  status: "rated",
  halfSteps: Math.min(10, Math.max(2, Math.round(halfSteps))),
});

/** The same number for the same words, so that every demonstration tells the same story. */
const numberFrom = (text: string): number =>
  [...text].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973, 7);

/** What a member says of each warning. */
const meant = {
  "reasons.straight-line": "Invented: seen over the whole half-year, and the same everywhere.",
  "reasons.regression": "Invented: two evaluators saw the same on different wards.",
  "reasons.jump": "Invented: a block of night floats brought it forward.",
  "reasons.high-start": "Invented: worked in this field before.",
  "reasons.not-assessable-at-end": "Invented: no patient of this kind came.",
};

const rotations = [
  "General ward",
  "Night float",
  "Emergency department",
  "Outpatient clinic",
  "Intensive care",
  "Cardiology",
];
const seen = [
  "Presents a clear problem list and says what is uncertain. Next: shorter handovers.",
  "Families trust what is said at the bedside. Next: write the plan before leaving the room.",
  "Asks for help at the right moment. Next: lead the morning round twice a week.",
  "Works through a full list without losing the sickest patient from sight. Next: teach a student one procedure.",
];
const comments = [
  "I agree. Teaching on the night float helped most.",
  "I would like more time in clinic next half-year.",
  "Thank you. I did not expect the level for handovers and will ask about it.",
];
const narrativeOf = (name: string, rotation: string): string =>
  `Invented for this demonstration. ${seen[numberFrom(name + rotation) % seen.length]}`;

const emailOf = (name: string, institution: string): string =>
  `${name
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase()}.resident@${institution}.example`;

// ── Reading a page as a person would: what a form offers, and where its links lead ──────────────────────────────────

/** The control of this name, from its first mention to the next control's label. */
function partOf(page: string, name: string): string {
  const from = page.indexOf(`field-${name}`);
  const to = page.slice(from).search(/<\/(fieldset|select)>/);
  return page.slice(from, from + to);
}

function valuesOf(part: string, kind: "option" | "checkbox"): string[] {
  const pattern = kind === "option" ? /<option value="([^"]+)"/g : /type="checkbox"[^>]*value="([^"]+)"/g;
  return [...part.matchAll(pattern)].map(([, value = ""]) => value);
}

function choicesOf(part: string): { value: string; label: string }[] {
  return [...part.matchAll(/type="checkbox"[^>]*value="([^"]+)"[^>]*\/?><label[^>]*>([^<]*)/g)].map(
    ([, value = "", label = ""]) => ({ value, label }),
  );
}

const linksIn = (page: string, prefix: string): { address: string; label: string }[] =>
  [...page.matchAll(/<a href="([^"]+)">([^<]*)<\/a>/g)]
    .map(([, address = "", label = ""]) => ({ address, label }))
    .filter(({ address }) => address.startsWith(prefix));

/** Code → subcompetency id, from the rows of a form. */
const legendsOf = (page: string): [string, string][] =>
  [...page.matchAll(/<legend>([A-Z]+\d+) [\s\S]*?name="levels\.([^"]+)"/g)].map(([, code = "", id = ""]) => [code, id]);
