/**
 * Two invented services, told through their own pages and telephones: at Northfield a diabetes service with signed rules
 * and a full inbox, at Lakeside one that has just begun and whose rules nobody has signed yet.
 */
import type { DemoPerson, DemoStage, DemoWorkspace } from "@core/module.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { zones } from "./zones.ts";

interface Story {
  readonly slug: string;
  readonly title: string;
  readonly isSigned: boolean;
  readonly members: readonly MemberStory[];
}
interface MemberStory {
  readonly name: string;
  readonly locale?: "es";
  readonly zone?: string;
  readonly risks?: readonly string[];
  /** Without: agreed on paper. */
  readonly basis?: "text";
  /** A sensor's file: around this mean, for so many days. */
  readonly sensor?: { readonly mean: number; readonly spread: number; readonly days: number };
  readonly goal?: string;
  readonly note?: string;
  readonly days: readonly Day[];
}
/** What happened with a member so many days ago. */
interface Day {
  readonly ago: number;
  readonly says?: readonly string[];
  /** The coach takes over and answers. */
  readonly answer?: string;
  /** And keeps the conversation; else it is handed back to the bot. */
  readonly keeps?: true;
  readonly journey?: true;
  /** Who was called came, and a clinician closed it. */
  readonly incident?: {
    readonly contact: string;
    readonly told: string;
    readonly disposition: string;
    readonly ended: string;
  };
}

/** The hour of the day where a zone is. */
const hourIn = (zone: string) => Temporal.Now.zonedDateTimeISO(zone).hour;
/** Where it is late afternoon now, so that the day's lessons have been due; and where people sleep. */
const afternoon = () =>
  [...zones].sort((a, b) => Math.abs(hourIn(a.value) - 18) - Math.abs(hourIn(b.value) - 18))[0]?.value ?? "UTC";
const night = () => {
  const farAway = ["Pacific/Guam", "Asia/Kolkata"].map((value) => ({ value }));
  return [...zones, ...farAway].find(({ value }) => hourIn(value) >= 21 || hourIn(value) < 7)?.value ?? "UTC";
};

const stories = (): Readonly<Record<string, Story>> => ({
  northfield: {
    slug: "diabetes-coaching",
    title: "Diabetes Coaching by Text",
    isSigned: true,
    members: [
      {
        name: "Maya Member",
        zone: afternoon(),
        sensor: { mean: 138, spread: 32, days: 14 },
        goal: "Walk 20 minutes after dinner on 5 days a week. Confidence 8/10",
        note: "Likes to be written to in the morning. Works nights every second week.",
        days: [
          {
            ago: 26,
            says: ["Hi, this is Maya. 152 before breakfast"],
            answer: "Good to have you here, Maya! What is one small thing you would like to change?",
          },
          {
            ago: 22,
            says: ["Maybe walking. Went 10 minutes after dinner"],
            answer: "Ten minutes is a real start. Which evenings would suit you this week?",
            journey: true,
          },
          {
            ago: 12,
            says: ["139 at bedtime. Walked 4 evenings"],
            answer: "Four evenings! What made it work on those days?",
          },
          {
            ago: 5,
            says: ["133 before breakfast. Walked with my sister"],
            answer: "Company helps! Shall we plan the next week together?",
          },
          {
            ago: 0,
            says: ["Good morning! 128 before breakfast", "Walked 20 minutes after dinner yesterday"],
            answer: "That walk shows in your numbers, Maya. Which evening was the easiest one?",
            keeps: true,
          },
        ],
      },
      {
        name: "Miguel Miembro",
        locale: "es",
        sensor: { mean: 176, spread: 44, days: 12 },
        goal: "Tomar agua en vez de refresco todos los días",
        days: [
          {
            ago: 26,
            says: ["Hola, 201 en ayunas"],
            answer: "Gracias, Miguel. ¿Qué toma normalmente con la cena?",
          },
          {
            ago: 19,
            says: ["Refresco. Voy a probar con agua"],
            answer: "¡Buena idea! ¿Me cuenta el viernes cómo le fue?",
            journey: true,
          },
          {
            ago: 5,
            says: ["168 antes de desayunar. Tomé agua toda la semana"],
            answer: "¡Se nota en sus números! ¿Qué le ayudó más?",
          },
          { ago: 0, says: ["Buenos días, 182 antes de desayunar", "¿Puedo hablar con una persona?"] },
        ],
      },
      {
        name: "Lena Low",
        risks: ["type1"],
        sensor: { mean: 121, spread: 46, days: 14 },
        days: [
          {
            ago: 19,
            says: ["62 and sweaty", "98 now, had juice"],
            answer: "Well done, Lena. Had you eaten before your walk?",
          },
          { ago: 0, says: ["bg 49 and shaky"] },
        ],
      },
      {
        name: "Hank High",
        sensor: { mean: 214, spread: 52, days: 10 },
        days: [
          {
            ago: 15,
            says: ["226 after the party"],
            answer: "Thanks for telling me, Hank. What was on the table?",
            journey: true,
          },
          { ago: 0, says: ["sugar 312 this morning"] },
        ],
      },
      {
        name: "Dora Dose",
        risks: ["pump"],
        days: [{ ago: 0, says: ["how many units should I take for a slice of pizza?"] }],
      },
      {
        name: "Rosa Rescued",
        note: "Her daughter Ines may be called; number in the record.",
        days: [
          {
            ago: 22,
            says: ["Hello, Rosa here. 148 today"],
            answer: "Welcome, Rosa! How do you like to be reminded: morning or evening?",
          },
          {
            ago: 15,
            says: ["my chest feels tight since this morning"],
            incident: {
              contact: "emergency-services",
              told: "Called at once. Short of breath on the telephone; stayed on the line until the ambulance was there.",
              disposition: "sent-to-emergency",
              ended: "Admitted to the cardiac unit at Northfield. Her coach calls after she is home.",
            },
          },
          {
            ago: 8,
            says: ["I am home again. Thank you for calling"],
            answer: "So good to read you, Rosa. Rest first. I will call you on Monday, is ten fine?",
          },
        ],
      },
      {
        name: "Stella Stop",
        days: [
          {
            ago: 26,
            says: ["Hello! 141 this morning"],
            answer: "Hello Stella! What would you like to get out of these weeks?",
          },
          { ago: 12, says: ["please stop texting me"] },
        ],
      },
      {
        name: "Quinn Question",
        days: [
          { ago: 8, says: ["are you a robot?"] },
          { ago: 0, says: ["Had oatmeal today instead of toast"] },
        ],
      },
      { name: "Yara Yes", basis: "text", days: [{ ago: 5, says: ["YES"] }] },
      { name: "Nico New", basis: "text", zone: "America/Los_Angeles", days: [] },
      {
        name: "Theo Tired",
        days: [
          {
            ago: 22,
            says: ["hard week, but 166 today"],
            answer: "Hard weeks happen, Theo. What would make tomorrow a bit easier?",
          },
          { ago: 0, says: ["I feel really down this week and nothing helps"] },
        ],
      },
      {
        name: "Noor Nightly",
        zone: night(),
        // Nobody wrote today: what the coach writes waits for the morning there.
        days: [
          { ago: 5, says: ["143 before dinner"], answer: "Thank you, Noor. That is in your range." },
          { ago: 0, answer: "Noor, shall we look at your week together tomorrow?", keeps: true },
        ],
      },
    ],
  },
  lakeside: {
    slug: "heart-coaching",
    title: "Heart Coaching by Text",
    isSigned: false,
    members: [
      { name: "Lou Lakeside", days: [{ ago: 0, says: ["Hello, my first text"] }] },
      { name: "Lia Lago", locale: "es", basis: "text", days: [] },
    ],
  },
});

export async function demo(stage: DemoStage): Promise<void> {
  const story = stories()[stage.institution];
  if (!story) return;
  const { slug, title } = story;
  const workspace = await stage.workspace({ slug, title, kind: "service", modules: ["coaching"] });
  const staff = await hire(workspace, stage.institution);
  const base = `/w/${slug}/coaching`;
  await furnish(staff, base, story, stage.institution);
  const ids = new Map<string, string>();
  for (const [at, member] of story.members.entries())
    ids.set(member.name, await invite(staff, base, member, at, stage.institution));
  const days = [...new Set(story.members.flatMap((member) => member.days.map(({ ago }) => ago)))].sort((a, b) => b - a);
  let now = days.length > 1 ? 28 : 0;
  for (const ago of days) {
    if (now > ago)
      await workspace.turnBack({
        schema: "coaching",
        days: now - ago,
        dates: ["enrolments.started_on", "enrolments.step_on", "goals.due_on"],
        texts: ["readings.local_at"],
      });
    now = ago;
    if (ago === 15 || ago === 0) await putOnDuty(staff, base);
    await Promise.all(
      story.members.map(async (member, at) => {
        const day = member.days.find((one) => one.ago === ago);
        const coach = at % 3 === 2 ? staff.colleague : staff.coach;
        if (day) await tell(staff, coach, base, ids.get(member.name) ?? "", day);
      }),
    );
  }
  for (const member of story.members) await keep(staff, base, member, ids.get(member.name) ?? "");
}

type Staff = Readonly<Record<"manager" | "supervisor" | "coach" | "colleague" | "clinician", DemoPerson>>;

async function hire(workspace: DemoWorkspace, institution: string): Promise<Staff> {
  const person = (name: string, role: string) =>
    workspace.person({ name, role, email: `${name.toLowerCase().replace(" ", ".")}@${institution}.example` });
  return {
    manager: await person("Mara Manager", "service_manager"),
    supervisor: await person("Sven Supervisor", "coaching_supervisor"),
    coach: await person("Cora Coach", "coach"),
    colleague: await person("Caleb Coach", "coach"),
    clinician: await person("Clara Clinician", "coaching_clinician"),
  };
}

async function furnish(staff: Staff, base: string, { isSigned }: Story, institution: string): Promise<void> {
  await staff.manager.post(`${base}/numbers`, {
    phone: "+1 800 555 0100",
    kind: "toll-free",
    registeredAs: "Invented",
  });
  for (const [title, en, es] of [
    ["Well done", "Well done! What helped you most this week?", "¡Muy bien! ¿Qué le ayudó más esta semana?"],
    ["Check again", "Please check again and text me the number.", "Mida otra vez y mándeme el número, por favor."],
    ["I will call", "I will call you today. When is a good time?", "Le llamo hoy. ¿A qué hora le queda bien?"],
  ] as const)
    await staff.supervisor.post(`${base}/macros`, { title, en, es });
  await staff.supervisor.post(`${base}/rules/adopt`, {});
  await staff.supervisor.post(`${base}/journeys/brought`, {});
  if (!isSigned) return;
  const set = idIn(await staff.supervisor.get(`${base}/rules`), `${base}/rules/`);
  await staff.supervisor.post(`${base}/gate`, { ruleSetId: set });
  // Nobody knows it afterwards: whoever plays the clinician signs in with one click.
  const password = `${randomToken(12)} kettle`;
  await staff.clinician.post("/account/password", { password, again: password });
  await staff.clinician.post(`${base}/rules/${set}/sign`, {
    credentials: "MD (invented)",
    signature_name: `clara.clinician@${institution}.example`,
    signature: password,
  });
  const journey = idIn(await staff.clinician.get(`${base}/journeys`), `${base}/journeys/`);
  await staff.clinician.post(`${base}/journeys/${journey}/approve`, {});
}

async function invite(
  staff: Staff,
  base: string,
  member: MemberStory,
  at: number,
  institution: string,
): Promise<string> {
  const { name, locale = "en", zone = "America/Chicago", risks = [], basis = "paper" } = member;
  await staff.manager.post(`${base}/members/invite`, {
    name,
    phone: `+1 555 01${institution === "northfield" ? 1 : 2} ${String(1000 + at)}`,
    locale,
    zone,
    unit: "mg/dL",
    risks,
    coachId: (at % 3 === 2 ? staff.colleague : staff.coach).id,
    basis,
  });
  const list = await staff.manager.get(`${base}/members`);
  return new RegExp(`/members/([0-9a-f-]{36})[^"]*">${name}<`).exec(list)?.[1] ?? "";
}

/** Who is called, for the two weeks around now. */
async function putOnDuty(staff: Staff, base: string): Promise<void> {
  const from = new Date(Date.now() - 3_600_000).toISOString().slice(0, 16).replace("T", " ");
  for (const [person, rung] of [
    [staff.colleague, "coach"],
    [staff.supervisor, "supervisor"],
    [staff.clinician, "medical-director"],
  ] as const)
    await staff.supervisor.post(`${base}/duty`, { personId: person.id, rung, from, hours: "336" });
}

/** What is kept beside a conversation, as of today. */
async function keep(staff: Staff, base: string, member: MemberStory, id: string): Promise<void> {
  const at = `${base}/members/${id}`;
  if (member.sensor)
    await staff.supervisor.post(`${at}/readings`, {
      kind: "sensor",
      unit: "mg/dL",
      file: { filename: `sensor-${id.slice(-4)}.csv`, bytes: sensorFile(member.name, member.sensor) },
    });
  if (member.goal) await staff.supervisor.post(`${at}/goals`, { wording: member.goal, dueOn: "" });
  if (member.note) await staff.supervisor.post(`${at}/notes`, { note: member.note });
}

async function tell(staff: Staff, coach: DemoPerson, base: string, id: string, day: Day): Promise<void> {
  const at = `${base}/members/${id}`;
  const phone = `${base}/phone/${id}`;
  for (const text of day.says ?? []) {
    const isPlayed = await staff.supervisor.post(phone, { text }).then(
      () => true,
      () => false, // no telephones outside of development
    );
    if (!isPlayed) return;
    await arrived(staff, phone, text);
  }
  if (day.incident) await answerIncident(staff, base, at, day.incident);
  if (day.answer) {
    const seen = async () => /name="seen" value="(\d+)"/.exec(await coach.get(at))?.[1] ?? "1";
    await coach.post(`${at}/take-over`, { seen: await seen() });
    await coach.post(`${at}/write`, { text: day.answer, once: Bun.randomUUIDv7() });
    if (!day.keeps) await coach.post(`${at}/hand-back`, { seen: await seen() });
    // What the day asked for is done.
    if (day.ago > 0)
      for (const [, task] of (await coach.get(at)).matchAll(/\/tasks\/([0-9a-f-]{36})\/done/g))
        await coach.post(`${base}/tasks/${task}/done`, { outcome: "Read and answered." });
  }
  if (day.journey) {
    const [, journeyId] = /name="journeyId"[\s\S]*?<option value="([0-9a-f-]{36})"/.exec(await coach.get(at)) ?? [];
    if (journeyId) await coach.post(`${at}/journey`, { journeyId });
  }
}

/** The supervisor, who is on duty, takes it on and calls; a clinician says what became of the member, and looks again. */
async function answerIncident(
  { supervisor, clinician }: Staff,
  base: string,
  at: string,
  { contact, told, disposition, ended }: NonNullable<Day["incident"]>,
): Promise<void> {
  const incident = `${base}/incidents/${idIn(await supervisor.get(at), `${base}/incidents/`)}`;
  await supervisor.post(`${incident}/acknowledge`, {});
  await supervisor.post(`${incident}/contact`, { contact, note: told });
  await clinician.post(`${incident}/resolve`, { disposition, note: ended });
  await clinician.post(`${incident}/review`, { note: "Answered within a minute. The rules found it by the words." });
}

/** A text is taken up a moment after it was sent. */
async function arrived(staff: Staff, phone: string, text: string): Promise<void> {
  const [shown = ""] = text.split(/['"&<>]/);
  for (let tries = 0; tries < 60; tries++) {
    if ((await staff.supervisor.get(phone)).includes(shown)) return;
    await Bun.sleep(50);
  }
}

/** Every five minutes; a wave over the day, and a little of its own. The same member has the same numbers every time. */
function sensorFile(name: string, { mean, spread, days }: NonNullable<MemberStory["sensor"]>): Uint8Array {
  const seed = [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973, 7);
  const end = Math.floor(Date.now() / 300_000) * 300_000 - 3_600_000 * 7;
  const lines = ["time,gl"];
  for (let step = days * 288; step > 0; step -= 3) {
    const at = new Date(end - step * 300_000);
    const hour = at.getUTCHours() + at.getUTCMinutes() / 60;
    const meals = [7.5, 12.5, 18.5].reduce((sum, meal) => sum + Math.exp(-((hour - meal - 1) ** 2) / 1.6), 0);
    const wobble = Math.sin((step + seed) / 17) + Math.sin((step * 3 + seed) / 41) / 2;
    const value = Math.round(mean - spread * 0.45 + spread * 1.5 * meals + (spread / 2) * wobble);
    lines.push(`${at.toISOString().slice(0, 19)},${Math.min(390, Math.max(44, value))}`);
  }
  return new TextEncoder().encode(`${lines.join("\n")}\n`);
}

const idIn = (page: string, prefix: string): string => {
  const from = page.indexOf(`href="${prefix}`);
  return from < 0 ? "" : page.slice(from + 6 + prefix.length, from + 6 + prefix.length + 36);
};
