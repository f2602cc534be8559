/**
 * A program for tests, brought to life through its own pages: subcompetencies, a period, three trainees, a mentor, two
 * evaluators, a committee. Otto is the director of a program in the other institution and must never see a thing.
 */
import { adminRoutes } from "@core/admin/routes.ts";
import { hashPassword } from "@core/vault/password.ts";
import { milestones } from "../../../modules/milestones/module.ts";
import {
  type Answer,
  type Client,
  type FormValues,
  type TestPerson,
  type TestWorkspace,
  testWorld,
  type World,
} from "../../support/world.ts";

export const codes = ["PC1", "PC2", "MK1", "SBP1", "PBLI1", "PROF1"] as const;

export const subcompetencyFile = [
  "specialty,milestones_version,code,competency,title",
  ...[
    "PC1,PC,History",
    "PC2,PC,Examination",
    "MK1,MK,Knowledge",
    "SBP1,SBP,Safety",
    "PBL1,PBLI,Evidence",
    "P1,PROF,Conduct",
  ].map((row) => `Invented Medicine,2.0,${row}`),
].join("\n");

export const file = (text: string, filename = "table.csv") => ({ filename, bytes: new TextEncoder().encode(text) });

export interface Residency {
  readonly world: World;
  readonly workspace: TestWorkspace;
  readonly people: Readonly<Record<Role, TestPerson>>;
  /** By role; trainees by name. */
  readonly as: Readonly<Record<Role, Client>>;
  readonly trainees: readonly {
    readonly id: string;
    readonly name: string;
    readonly code: string;
    readonly client: Client;
  }[];
  readonly subcompetencies: ReadonlyMap<string, string>;
  readonly period: string;
  url(path: string): string;
  /** Asks one evaluator about one trainee; the evaluation's id. */
  ask(evaluator: "faculty" | "colleague", trainee: number, rotation: string): Promise<string>;
  /** What is really in the database. */
  rows<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}
type Role = "director" | "coordinator" | "member" | "second" | "faculty" | "colleague" | "mentor" | "reviewer" | "otto";

const roles: Readonly<Record<Exclude<Role, "otto">, readonly [string, string]>> = {
  director: ["Dana Director", "program_director"],
  coordinator: ["Carla Coordinator", "coordinator"],
  member: ["Cleo Committee", "ccc_member"],
  second: ["Cyrus Committee", "ccc_member"],
  faculty: ["Femi Faculty", "faculty"],
  colleague: ["Fay Faculty", "faculty"],
  mentor: ["Mo Mentor", "mentor"],
  reviewer: ["Dora Dio", "second_reviewer"],
};

export async function residency(given?: World): Promise<Residency> {
  const world = given ?? (await testWorld([milestones], adminRoutes));
  const workspace = await world.workspace("program", ["milestones"]);
  const elsewhere = await world.workspace("program", ["milestones"], world.there);
  const people = { otto: await world.person("Otto Other", "program_director", elsewhere) } as Record<Role, TestPerson>;
  for (const [role, [name, grant]] of Object.entries(roles))
    people[role as Role] = await world.person(name, grant, workspace);
  const as = {} as Record<Role, Client>;
  for (const [role, person] of Object.entries(people)) as[role as Role] = await world.as(person);
  const url = (path: string) => `/w/${workspace.slug}/milestones${path === "/" ? "" : path}`;
  const { director } = as;

  await done(director.post(url("/frameworks/import"), { table: subcompetencyFile, effectiveFrom: "2025-07-01" }));
  const subcompetencies = new Map(
    (await world.sql<{ id: string; code: string }>("select id, code from milestones.subcompetencies")).map(
      ({ id, code }) => [code, id],
    ),
  );
  const year = new Date().getUTCFullYear() - (new Date().getUTCMonth() < 6 ? 1 : 0);
  await done(director.post(url("/periods"), { academicYear: String(year) }));
  const half = new Date().getUTCMonth() < 6 ? "end" : "mid";
  const [current] = await world.sql<{ id: string }>("select id from milestones.periods where half = $1", [half]);

  const [framework] = await world.sql<{ id: string }>("select id from milestones.frameworks");
  await done(
    director.post(url("/roster/import"), {
      frameworkId: framework?.id ?? "",
      table: [
        "name,email,pgy,start,expected_end,mentor_email",
        `Rosa Resident,rosa@h.example,1,${year - 1}-07-01,${year + 2}-06-30,${people.mentor.email}`,
        `Sam Resident,sam@h.example,2,${year - 1}-07-01,${year + 2}-06-30,`,
        `Tess Resident,tess@h.example,3,${year - 1}-07-01,${year + 2}-06-30,`,
      ].join("\n"),
    }),
  );
  const found = await world.sql<{ id: string; code: string; person: string; name: string; email: string }>(
    `select s.id, s.code, p.id as person, p.name, p.email from core.subjects s join core.persons p on p.id = s.person_id order by p.name`,
  );
  const trainees = await Promise.all(
    found.map(async ({ id, code, person, name, email }) => ({
      id,
      code,
      name,
      client: await world.as({ id: person, name, email, tenant: world.here }),
    })),
  );
  const period = current?.id ?? "";
  return {
    world,
    workspace,
    people,
    as,
    trainees,
    subcompetencies,
    period,
    url,
    rows: (text, values) => world.sql(text, values),
    async ask(evaluator, trainee, rotation) {
      const subjectIds = [trainees[trainee]?.id ?? ""];
      await done(
        as.coordinator.post(url("/requests"), {
          periodId: period,
          evaluatorId: people[evaluator].id,
          rotation,
          subjectIds,
          codes,
        }),
      );
      const [row] = await world.sql<{ id: string }>("select id from milestones.evaluations where rotation = $1", [
        rotation,
      ]);
      return row?.id ?? "";
    },
  };
}

const password = "correct horse battery staple";
/** Gives this person a password to sign with; the fields of a form that signs. */
export async function signer({ world }: Residency, email: string): Promise<FormValues> {
  const secret = await hashPassword(password);
  await world.sql(
    `insert into core.credentials (tenant_id, person_id, kind, secret)
     select tenant_id, id, 'password', $2 from core.persons where email = $1`,
    [email, secret],
  );
  return { signature: password, signature_name: email };
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

/** What a member answers to each warning that a sheet may call for. */
export const meant: FormValues = Object.fromEntries(
  ["straight-line", "regression", "jump", "high-start", "not-assessable-at-end"].map((kind) => [
    `reasons.${kind}`,
    `Meant so (${kind}).`,
  ]),
);

/** The fields of a form: the same answer for every subcompetency, unless one is named. */
export function levels(house: Residency, everywhere: string, named: Readonly<Record<string, string>> = {}): FormValues {
  return Object.fromEntries(
    [...house.subcompetencies].map(([code, id]) => [`levels.${id}`, named[code] ?? everywhere]),
  );
}
