/** A study half-way through, told through the same doors as a person's: three sites, queries open, an amendment pending. */
import type { DemoPerson, DemoStage, DemoWorkspace } from "@core/module.ts";
import { amendedStudy, demoStudy } from "./demo-study.ts";
import type { Build } from "./model/build.ts";

const sites = ["01", "02", "03"] as const;
const participants = 15;
/** People of a demonstration sign with this; nobody of it exists. */
const PASSWORD = "a demonstration needs no secret";

export async function demo(stage: DemoStage): Promise<void> {
  if (stage.institution !== "northfield") return;
  const workspace = await stage.workspace({
    slug: "aspen",
    title: "ASPEN trial",
    kind: "study",
    modules: ["studies"],
  });
  const at = (path: string) => `/w/${workspace.slug}/studies${path}`;
  const mail = (name: string) => `${name.toLowerCase().replace(/[^a-z]+/g, ".")}@${stage.institution}.example`;
  const person = (name: string, role: string, site?: string) =>
    workspace.person({ name, email: mail(name), role, ...(site ? { site } : {}) });
  const ada = await person("Stella Studyadmin", "study_administrator");
  const dan = await person("Dan Datamanager", "data_manager");
  const staff: Site[] = [];
  for (const site of sites) {
    const investigator = await person(`Ivo Investigator ${romans[sites.indexOf(site)]}`, "investigator", site);
    await investigator.post("/account/password", { password: PASSWORD, again: PASSWORD });
    staff.push({
      investigator,
      ink: { signature_name: mail(investigator.name), signature: PASSWORD },
      manager: dan,
      second: await person(`Ella Entry ${romans[sites.indexOf(site)]}`, "data_entry", site),
      coordinator: await person(`Cora Coordinator ${romans[sites.indexOf(site)]}`, "study_coordinator", site),
      monitor: await person(`Mona Monitor ${romans[sites.indexOf(site)]}`, "study_monitor", site),
    });
  }
  await person("Stan Statistician", "statistician");
  await person("Uma Unblinded", "unblinded_statistician");
  await person("Spencer Sponsor", "sponsor");

  // The definition comes in as a file, is looked at, taken and published.
  await handIn(ada, at, demoStudy, "aspen.json");
  await ada.post(at("/design/publish"), { title: "Protocol 1.0" });
  await dan.post(at("/verification"), {
    rule: "sample",
    percent: "20",
    seed: "aspen",
    reason: "Monitoring plan 1.0: critical fields, and a fifth of the others",
  });

  for (let n = 0; n < participants; n += 1) {
    const own = staff[n % sites.length];
    if (own) await story(own, at, n, workspace);
  }

  // One amendment is pending: a draft that a file brought and that goes on on the screen, published by nobody yet.
  await handIn(ada, at, amendedStudy, "aspen-amendment-1.json");
  await ada.post(at("/design/forms/vital_signs/items"), {
    question: "Oxygen saturation (%)",
    kind: "integer",
    section: "vital_signs_main",
  });
}

async function handIn(person: DemoPerson, at: (path: string) => string, build: Build, filename: string): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(build));
  const sent = await person.post(at("/design/import"), { file: { filename, bytes } });
  await person.post(`${sent.location}/take`, {});
}

const romans = ["Ito", "Okeke", "Larsen"];

interface Site {
  readonly investigator: DemoPerson;
  readonly ink: Readonly<Record<string, string>>;
  readonly manager: DemoPerson;
  readonly coordinator: DemoPerson;
  readonly monitor: DemoPerson;
  /** Enters the walk a second time, without seeing the first entry. */
  readonly second: DemoPerson;
}

async function story(site: Site, at: (path: string) => string, n: number, workspace: DemoWorkspace): Promise<void> {
  const { coordinator, monitor, second } = site;
  const weeksIn = 31 - n * 2;
  const enrolledOn = dayBefore(weeksIn * 7);
  const page = await coordinator.get(at("/participants/new"));
  const siteId = /<select[^>]*name="siteId"[^>]*>[\s\S]*?<option value="([^"]+)"/.exec(page)?.[1];
  const made = await coordinator.post(at("/participants/new"), { ...(siteId ? { siteId } : {}), enrolledOn });
  const subject = made.location.split("/").at(-1) ?? "";
  const form = (event: string, name: string, copy = "-") => `/participants/${subject}/forms/${event}/-/${name}/${copy}`;
  const weight = 64 + ((n * 7) % 40);
  const visits: readonly (readonly [string, number])[] = [
    ["baseline", 0],
    ["week_4", 4],
    ["week_12", 12],
    ["week_24", 24],
  ];
  for (const [event, week] of visits) {
    if (week > weeksIn) break;
    const isLate = week === 12 && n % 6 === 2;
    if (isLate) continue;
    await coordinator.post(at(`/participants/${subject}/visits/${event}/-`), {
      happenedOn: dayBefore((weeksIn - week) * 7),
    });
    const isLast = week + 8 > weeksIn;
    if (event === "baseline") {
      await fill(coordinator, at(form(event, "demographics")), "demographics_main", "complete", {
        sex: String(1 + (n % 2)),
        birth_year: String(1946 + ((n * 5) % 30)),
        nyha: String(2 + (n % 2)),
        ejection: String(28 + ((n * 3) % 18)),
      });
    }
    const pressure = 112 + ((n * 11 + week) % 38);
    await fill(
      coordinator,
      at(form(event, "vital_signs")),
      "vital_signs_main",
      isLast && n % 4 === 1 ? "save" : "complete",
      {
        systolic: String(pressure),
        diastolic: String(68 + ((n * 5 + week) % 18)),
        pulse: String(62 + ((n * 3 + week) % 26)),
        weight: (weight - week / 8).toFixed(1),
        ...(event === "baseline" ? { height: String(158 + ((n * 7) % 30)) } : {}),
      },
    );
    if (event !== "week_4") {
      await fill(coordinator, at(form(event, "walk")), "walk_main", "complete", {
        walk_distance: String(280 + ((n * 17) % 120) + week * 3),
        walk_stopped: "0",
      });
      // Most second entries agree; some differ and wait for a decision; the newest wait for a second person.
      if (n < 9)
        await fill(second, `${at(form(event, "walk"))}/second`, "walk_main", "complete", {
          walk_distance: String(280 + ((n * 17) % 120) + week * 3 + (n % 4 === 2 ? 30 : 0)),
          walk_stopped: "0",
        });
    }
    if (event !== "week_4" && n % 5 !== 4)
      await fill(coordinator, at(form(event, "laboratory")), "laboratory_main", "complete", {
        bnp: String(600 + ((n * 131) % 1900) - week * 4),
      });
    if (event === "week_24" && n === 0)
      await fill(coordinator, at(form(event, "end_of_study")), "end_main", "complete", {
        ended_on: dayBefore((weeksIn - week) * 7),
        ended_early: "0",
      });
    if (event === "baseline" && n % 3 === 0)
      await monitor.post(at(`${form(event, "vital_signs")}/compare`), { all: "required" });
  }
  if (n % 4 === 0) {
    await monitor.post(at(`${form("baseline", "vital_signs")}/ask`), {
      section: "vital_signs_main",
      item: "systolic",
      text: "The source says two readings were taken. Which one is this?",
      dueOn: dayBefore(n === 0 ? 3 : -10),
    });
  }
  if (n % 5 === 1) {
    await fill(coordinator, at(form("adverse_events", "adverse_event", "1")), "adverse_event_main", "complete", {
      event_term: "Dizziness when getting up",
      event_from: dayBefore(20).slice(0, 7),
      event_grade: "1",
      event_serious: "0",
      event_outcome: "1",
    });
  }
  await coordinator.post(at(`/participants/${subject}/surveys/contact`), {
    channel: n % 5 === 4 ? "none" : "email",
    language: n % 4 === 1 ? "es" : "en",
    email: `participant.${n + 1}@aspen.example`,
  });
  // Both are in the window of a visit now: one was sent the questionnaire, the other waits for the schedule.
  const sent = { 10: "week_12", 13: "week_4" }[n];
  if (sent)
    await coordinator.post(at(`/participants/${subject}/surveys`), {
      event: sent,
      eventKey: "",
      form: "wellness_form",
      formKey: "",
      how: "send",
    });
  if (n === 3)
    await coordinator.post(at(`/participants/${subject}/status`), { status: "withdrawn", reason: "Moved away" });
  await setBack(site, at, subject, n, workspace, (event) => weeksIn - (visits.find(([id]) => id === event)?.[1] ?? 0));
  await clean(site, at, subject, n);
}

/** Complete forms look as if they had been entered at their visit: most within days, some weeks later, some late at night. */
async function setBack(
  { investigator }: Site,
  at: (path: string) => string,
  subject: string,
  n: number,
  workspace: DemoWorkspace,
  weeksAgo: (event: string) => number,
): Promise<void> {
  const page = await investigator.get(at(`/participants/${subject}/sign`));
  for (const [, sheet = "", event = ""] of page.matchAll(/name="sheets" value="([^"]+)"[\s\S]*?\/forms\/([^/"]+)\//g)) {
    const late = n % 4 === 3 ? 19 : 1 + (n % 3);
    const day = new Date(
      `${dayBefore(Math.max(0, weeksAgo(event) * 7 - late))}T${n % 3 === 2 ? "22:40" : "10:15"}:00Z`,
    );
    const moments = { made_at: 0 };
    await workspace.past({
      table: "studies.sheets",
      where: { column: "id", value: sheet },
      at: day,
      moments: { ...moments, completed_at: 0 },
    });
    await workspace.past({
      table: "studies.field_values",
      where: { column: "sheet_id", value: sheet },
      at: day,
      moments: { ...moments, changed_at: 0 },
    });
  }
  for (const table of ["studies.queries", "studies.query_messages"])
    await workspace.past({
      table,
      where: { column: "subject_id", value: subject },
      at: new Date(Date.now() - (4 + n * 3) * 86_400_000),
      moments: { made_at: 0 },
    });
}

/** The older half is cleaned: queries answered and closed, two entries decided between, forms signed, one of them changed since. */
async function clean(
  { coordinator, monitor, investigator, manager, ink }: Site,
  at: (path: string) => string,
  subject: string,
  n: number,
): Promise<void> {
  const vitals = at(`/participants/${subject}/forms/baseline/-/vital_signs/-`);
  const asked = /\/queries\/([0-9a-f-]{36})/.exec(await monitor.get(vitals))?.[1];
  if (asked && (n === 4 || n === 8))
    await coordinator.post(at(`/queries/${asked}`), {
      act: "answer",
      text: "The second reading, as the protocol says.",
    });
  if (asked && n === 8) await monitor.post(at(`/queries/${asked}`), { act: "close", text: "Agreed, thank you." });
  if (n === 2) {
    const decide = at(`/participants/${subject}/forms/baseline/-/walk/-/decide`);
    const field = "walk_main~~walk_distance";
    await manager.post(decide, {
      [`choose.${field}`]: "first",
      [`reason.${field}`]: "The second person misread the track",
    });
  }
  if (n < 9)
    await manager.post(at(`/participants/${subject}/forms/baseline/-/demographics/-/review`), { all: "required" });
  if (n > 7) return;
  const page = await investigator.get(at(`/participants/${subject}/sign`));
  const sheets = [...page.matchAll(/name="sheets" value="([^"]+)"/g)].map((match) => match[1] ?? "");
  // The newest visits wait for him still.
  await investigator.post(at(`/participants/${subject}/sign`), { sheets: sheets.slice(0, 4 + (n % 3)), ...ink });
  if (n === 5) {
    await coordinator.post(vitals, {
      act: "save",
      "b.vital_signs_main~~pulse": "1",
      "v.vital_signs_main~~pulse": "71",
      reasonChoice: "Transcription error",
    });
  }
  if (n === 0)
    await monitor.post(at("/locks/new"), {
      scope: "visit",
      subject,
      event: "baseline",
      visit: "",
      kind: "frozen",
      reason: "Compared with its source and signed",
    });
}

async function fill(
  person: DemoPerson,
  path: string,
  section: string,
  act: "save" | "complete",
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const form: Record<string, string> = { act };
  for (const [item, value] of Object.entries(values)) {
    form[`b.${section}~~${item}`] = "0";
    form[`v.${section}~~${item}`] = value;
  }
  await person.post(path, form);
}

const dayBefore = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
