/**
 * Two invented services, told through their own pages and telephones: at Northfield a diabetes service with signed rules
 * and a full inbox, at Lakeside one that has just begun and whose rules nobody has signed yet.
 */
import type { DemoPerson, DemoStage, DemoWorkspace } from "@core/module.ts";
import { randomToken } from "@core/vault/primitives.ts";

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
  readonly says: readonly string[];
  /** A sensor's file: around this mean, for so many days. */
  readonly sensor?: { readonly mean: number; readonly spread: number; readonly days: number };
  readonly goal?: string;
  readonly note?: string;
  /** The coach takes over and answers. */
  readonly answer?: string;
}

const stories: Readonly<Record<string, Story>> = {
  northfield: {
    slug: "diabetes-coaching",
    title: "Diabetes Coaching by Text",
    isSigned: true,
    members: [
      {
        name: "Maya Member",
        says: ["Good morning! 128 before breakfast", "Walked 20 minutes after dinner yesterday"],
        sensor: { mean: 138, spread: 32, days: 14 },
        goal: "Walk 20 minutes after dinner on 5 days a week. Confidence 8/10",
        note: "Likes to be written to in the morning. Works nights every second week.",
        answer: "That walk shows in your numbers, Maya. Which evening was the easiest one?",
      },
      {
        name: "Miguel Miembro",
        locale: "es",
        says: ["Buenos días, 182 antes de desayunar", "¿Puedo hablar con una persona?"],
        sensor: { mean: 176, spread: 44, days: 12 },
        goal: "Tomar agua en vez de refresco todos los días",
      },
      { name: "Lena Low", risks: ["type1"], says: ["bg 49 and shaky"], sensor: { mean: 121, spread: 46, days: 14 } },
      { name: "Hank High", says: ["sugar 312 this morning"], sensor: { mean: 214, spread: 52, days: 10 } },
      { name: "Dora Dose", risks: ["pump"], says: ["how many units should I take for a slice of pizza?"] },
      { name: "Stella Stop", says: ["thanks for everything", "please stop texting me"] },
      { name: "Quinn Question", says: ["are you a robot?", "Had oatmeal today instead of toast"] },
      { name: "Yara Yes", basis: "text", says: ["YES"] },
      { name: "Nico New", basis: "text", zone: "America/Los_Angeles", says: [] },
      { name: "Theo Tired", says: ["I feel really down this week and nothing helps"] },
    ],
  },
  lakeside: {
    slug: "heart-coaching",
    title: "Heart Coaching by Text",
    isSigned: false,
    members: [
      { name: "Lou Lakeside", says: ["Hello, my first text"] },
      { name: "Lia Lago", locale: "es", basis: "text", says: [] },
    ],
  },
};

export async function demo(stage: DemoStage): Promise<void> {
  const story = stories[stage.institution];
  if (!story) return;
  const { slug, title } = story;
  const workspace = await stage.workspace({ slug, title, kind: "service", modules: ["coaching"] });
  const staff = await hire(workspace, stage.institution);
  const base = `/w/${slug}/coaching`;
  await furnish(staff, base, story, stage.institution);
  const ids = new Map<string, string>();
  for (const [at, member] of story.members.entries())
    ids.set(member.name, await invite(staff, base, member, at, stage.institution));
  for (const member of story.members) await tell(staff, base, member, ids.get(member.name) ?? "");
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
  const from = new Date(Date.now() - 3_600_000).toISOString().slice(0, 16).replace("T", " ");
  for (const [person, rung] of [
    [staff.colleague, "coach"],
    [staff.supervisor, "supervisor"],
    [staff.clinician, "medical-director"],
  ] as const)
    await staff.supervisor.post(`${base}/duty`, { personId: person.id, rung, from, hours: "336" });
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

async function tell(staff: Staff, base: string, member: MemberStory, id: string): Promise<void> {
  const at = `${base}/members/${id}`;
  if (member.sensor)
    await staff.supervisor.post(`${at}/readings`, {
      kind: "sensor",
      unit: "mg/dL",
      file: { filename: `sensor-${id.slice(-4)}.csv`, bytes: sensorFile(member.name, member.sensor) },
    });
  if (member.goal) await staff.supervisor.post(`${at}/goals`, { wording: member.goal, dueOn: "" });
  if (member.note) await staff.supervisor.post(`${at}/notes`, { note: member.note });
  for (const text of member.says) {
    const isPlayed = await staff.supervisor.post(`${base}/phone/${id}`, { text }).then(
      () => true,
      () => false, // no telephones outside of development
    );
    if (!isPlayed) return;
    await arrived(staff, at, text);
  }
  if (!member.answer) return;
  const page = await staff.coach.get(at);
  const [, seen = "1"] = /name="seen" value="(\d+)"/.exec(page) ?? [];
  await staff.coach.post(`${at}/take-over`, { seen });
  await staff.coach.post(`${at}/write`, { text: member.answer, once: Bun.randomUUIDv7() });
}

/** A text is taken up a moment after it was sent. */
async function arrived(staff: Staff, at: string, text: string): Promise<void> {
  const [shown = ""] = text.split(/['"&<>]/);
  for (let tries = 0; tries < 60; tries++) {
    if ((await staff.supervisor.get(at)).includes(shown)) return;
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
