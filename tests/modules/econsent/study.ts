/**
 * A study for tests, brought to life through its own pages: two sites, a published document in English, and people who
 * have a password to sign with. Otto runs a study in the other institution and must never see a thing.
 */
import { adminRoutes } from "@core/admin/routes.ts";
import { hashPassword } from "@core/vault/password.ts";
import { sheet, tones } from "../../../modules/econsent/demo-media.ts";
import { econsent } from "../../../modules/econsent/module.ts";
import {
  type Answer,
  type Client,
  type FormValues,
  type TestPerson,
  type TestWorkspace,
  testWorld,
  type World,
} from "../../support/world.ts";

export const PASSWORD = "a long walk to the seventh cairn";

type Role = "administrator" | "investigator" | "coordinator" | "southern" | "monitor" | "otto";
const roles: Readonly<Record<Exclude<Role, "otto">, readonly [string, string, "N" | "S" | null]>> = {
  administrator: ["Stella Administrator", "study_administrator", null],
  investigator: ["Ines Investigator", "investigator", "N"],
  coordinator: ["Cora Coordinator", "study_coordinator", "N"],
  southern: ["Sven Coordinator", "study_coordinator", "S"],
  monitor: ["Mona Monitor", "study_monitor", null],
};

export interface Study {
  readonly world: World;
  readonly workspace: TestWorkspace;
  readonly people: Readonly<Record<Role, TestPerson>>;
  readonly as: Readonly<Record<Role, Client>>;
  readonly sites: { readonly N: string; readonly S: string };
  url(path: string): string;
  rows<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export async function study(modules = [econsent]): Promise<Study> {
  return raise(
    await testWorld(modules, adminRoutes),
    modules.map(({ id }) => id),
  );
}

export async function raise(world: World, modules: readonly string[] = ["econsent"]): Promise<Study> {
  const workspace = await world.workspace("study", modules);
  const elsewhere = await world.workspace("study", modules, world.there);
  const sites = { N: await world.site(workspace, "N"), S: await world.site(workspace, "S") };
  const people = { otto: await world.person("Otto Other", "study_administrator", elsewhere) } as Record<
    Role,
    TestPerson
  >;
  await world.grant(people.otto, "investigator", elsewhere);
  for (const [role, [name, grant, site]] of Object.entries(roles))
    people[role as Role] = await world.person(name, grant, workspace, site ? { site: sites[site] } : {});
  const secret = await hashPassword(PASSWORD);
  for (const { id, tenant } of [people.administrator, people.investigator, people.coordinator])
    await world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)",
      [tenant.id, id, secret],
    );
  const as = {} as Record<Role, Client>;
  for (const [role, person] of Object.entries(people)) as[role as Role] = await world.as(person);
  return {
    world,
    workspace,
    people,
    as,
    sites,
    url: (path) => `/w/${workspace.slug}/econsent${path === "/" ? "" : path}`,
    rows: (text, values) => world.sql(text, values),
  };
}

export const sections = {
  s1: {
    title: "Why this study?",
    summary: "We want to know which of two doses helps better.",
    full: "Many people take this medicine.\n\n- One group takes 5 mg\n- One group takes 10 mg",
  },
  s2: {
    title: "What will happen to me?",
    summary: "Three visits in six months, each with a blood sample.",
    full: "Each visit takes an hour. At each visit blood is taken.",
  },
  s3: {
    title: "May I stop?",
    summary: "You may stop at any time, without giving a reason.",
    full: "Your care stays the same.",
  },
} as const;
const question = {
  ask: "May you stop when you want?",
  options: "No, only at the end\nYes, at any time",
  right: "2",
  explain: "You may stop at any time, without a reason.",
};
export const agreements = "I have read the information and could ask questions\nI agree to take part in this study";
export const choices = {
  samples: "My samples may be kept for later research",
  recontact: "You may ask me again about later studies",
  sharing: "My coded data may be shared with other researchers",
};

/** A document written by the administrator, put forward, and published by the investigator with study-wide rights. */
export async function write(house: Study, title = "Information for participants"): Promise<string> {
  const { administrator } = house.as;
  const { location } = await done(administrator.post(house.url("/documents"), { title, isMain: "on", language: "en" }));
  await fill(house, location);
  await besides(house, location, 7);
  return location.split("/").at(-1) ?? "";
}

export async function fill(house: Study, here: string): Promise<void> {
  const { administrator } = house.as;
  let ordinal = 1;
  const save = async (path: string, form: FormValues) =>
    done(administrator.post(`${here}${path}`, { ...form, ordinal: String(ordinal++) }));
  for (const [at, section] of Object.values(sections).entries())
    await save("/sections/new", { ...section, place: String(at + 1) });
  await save("/questions/new", question);
  await save("/asked", { agreements, ...choices });
  await save("/glossary", { glossary: "dose: how much of a medicine is taken" });
}

export const recording = tones(75);
export const captions = "WEBVTT\n\n00:00.000 --> 00:04.000\nA nurse takes a little blood from the arm.\n";
/** Not a film anybody can watch, but one by its first bytes: three pieces of it. */
export const film = new Uint8Array(600_000).map((_, at) => at % 251);
film.set(new TextEncoder().encode("\0\0\0\x18ftypmp42"));

/** A recording beside the first section, a film beside the second, a PDF beside the whole document. */
export async function besides(house: Study, here: string, from: number): Promise<void> {
  const save = (ordinal: number, form: FormValues) =>
    done(house.as.administrator.post(`${here}/media/new`, { ...form, ordinal: String(ordinal) }));
  await save(from, {
    file: { filename: "why.wav", bytes: recording },
    section: "s1",
    title: "Why, in sound",
    transcript: "Two tones, in turn.\n\n- A low one\n- A high one",
  });
  await save(from + 1, {
    file: { filename: "blood.mp4", bytes: film },
    captions: { filename: "blood.vtt", bytes: new TextEncoder().encode(captions) },
    section: "s2",
    title: "How blood is taken",
    transcript: "A nurse takes a little blood from the arm.",
  });
  await save(from + 2, {
    file: { filename: "whole.pdf", bytes: sheet(["Information for participants", "All of it, to keep."]) },
    title: "All of it to keep",
  });
}

/** Published by somebody who wrote none of it, and in force at every site from a day on. */
export async function publish(house: Study, version: string, from = "2026-01-01", site = ""): Promise<void> {
  await done(house.as.administrator.post(house.url(`/versions/${version}/forward`)));
  const publisher = await publisherOf(house);
  const page = await publisher.get(house.url(`/versions/${version}`));
  const digest = /name="digest" value="([0-9a-f]{64})"/.exec(page.text)?.[1] ?? "";
  await done(publisher.post(house.url(`/versions/${version}/publish`), { digest, ...signing(await paulaOf(house)) }));
  await approve(house, version, from, site);
}

export async function approve(house: Study, version: string, from: string, site = ""): Promise<void> {
  await done(
    (await publisherOf(house)).post(house.url(`/versions/${version}/approvals`), {
      siteId: site,
      approvedOn: "2026-01-01",
      effectiveFrom: from,
      reference: "EC 2026/17",
    }),
  );
}

/** Both components, as at the first signature of a session. */
export const signing = ({ email }: { readonly email: string }) => ({ signature_name: email, signature: PASSWORD });

const publishers = new WeakMap<Study, Promise<{ client: Client; person: TestPerson }>>();
const publisherOf = async (house: Study): Promise<Client> => (await paula(house)).client;
const paulaOf = async (house: Study): Promise<TestPerson> => (await paula(house)).person;
function paula(house: Study): Promise<{ client: Client; person: TestPerson }> {
  const known = publishers.get(house);
  if (known) return known;
  const made = (async () => {
    const person = await house.world.person("Paula Publisher", "study_administrator", house.workspace);
    await house.world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) select tenant_id, $1, 'password', secret from core.credentials where tenant_id = $2 limit 1",
      [person.id, person.tenant.id],
    );
    return { client: await house.world.as(person), person };
  })();
  publishers.set(house, made);
  return made;
}

/** Fails with the page's sentences when the act was not done. */
export async function done(answer: Promise<Answer>): Promise<Answer> {
  const got = await answer;
  if (got.status === 303) return got;
  throw new Error(`answered ${got.status}: ${wordsOf(got)}`);
}

export const wordsOf = ({ text }: Answer): string =>
  text
    .replace(/<(script|style|nav|header)[\s\S]*?<\/\1>/g, " ")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ")
    .slice(0, 3000);
