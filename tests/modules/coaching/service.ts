/**
 * A coaching service for tests, brought to life through its own pages: a manager, two coaches, a supervisor, a clinician
 * who signs the rules, members who said YES. Otto runs a service in the other institution and must never see a thing.
 */
import { adminRoutes } from "@core/admin/routes.ts";
import { pseudonyms } from "@core/ai/pseudonyms.ts";
import { sealProviderSecret } from "@core/providers/here.ts";
import { hashPassword } from "@core/vault/password.ts";
import { coaching } from "../../../modules/coaching/module.ts";
import { redTeam } from "../../../modules/coaching/red-team.ts";
import type { SentToModel } from "../../support/model-stand-in.ts";
import {
  type Answer,
  type Client,
  type FormValues,
  type TestPerson,
  type TestWorkspace,
  testWorld,
  type World,
} from "../../support/world.ts";

export type Role = "manager" | "coach" | "other" | "supervisor" | "clinician" | "otto";
const roles: Readonly<Record<Exclude<Role, "otto">, readonly [string, string]>> = {
  manager: ["Mara Manager", "service_manager"],
  coach: ["Cora Coach", "coach"],
  other: ["Oskar Other", "coach"],
  supervisor: ["Sven Supervisor", "coaching_supervisor"],
  clinician: ["Clara Clinician", "coaching_clinician"],
};
export const password = "correct horse battery staple 9";

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly phone: string;
}

export interface Service {
  readonly world: World;
  readonly workspace: TestWorkspace;
  readonly people: Readonly<Record<Role, TestPerson>>;
  readonly as: Readonly<Record<Role, Client>>;
  url(path: string): string;
  /** Invites by the manager's form, coached by Cora unless said otherwise; agreed on paper, or by texting YES. */
  invite(name: string, over?: FormValues): Promise<Member>;
  /** A text of this member, through the telephone page and the whole pipeline; waits until everything is done. */
  text(member: Member, body: string): Promise<void>;
  /** What the member's telephone shows, and what stands in the way of the rest: oldest first. */
  texts(member: Member): Promise<{ template: string | null; status: string; why: string | null; purpose: string }[]>;
  rows<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs a job of the module at once, as the clock would. */
  run(job: string, payload?: object): Promise<void>;
  stop(): Promise<void>;
}

export const done = async (answer: Promise<Answer>): Promise<Answer> => {
  const said = await answer;
  if (said.status !== 303) throw new Error(`${said.status}: ${wordsOf(said).slice(0, 160)}`);
  return said;
};
export const wordsOf = (answer: Answer): string =>
  answer.text
    .replace(/<(script|style)[\s\S]*?<\/\1>/g, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/&#39;/g, "'")
    .replace(/\s+/g, " ");

/** `given`: a world that has the module already, for a browser in front of it. `beside`: modules that stand beside it. */
export async function service(given?: World, beside: readonly string[] = []): Promise<Service> {
  const world = given ?? (await testWorld([coaching], adminRoutes));
  const workspace = await world.workspace("service", ["coaching", ...beside]);
  const there = await world.workspace("service", ["coaching"], world.there);
  const people = {} as Record<Role, TestPerson>;
  const as = {} as Record<Role, Client>;
  for (const [role, [name, granted]] of Object.entries(roles) as [Exclude<Role, "otto">, readonly [string, string]][]) {
    people[role] = await world.person(name, granted, workspace);
    as[role] = await world.as(people[role]);
  }
  people.otto = await world.person("Otto Other", "coaching_supervisor", there, { tenant: world.there });
  as.otto = await world.as(people.otto);
  const url = (path: string) => `/w/${workspace.slug}/coaching${path}`;
  const rows = world.sql;
  let number = 0;

  await done(as.manager.post(url("/numbers"), { phone: "+15550100000", kind: "toll-free", registeredAs: "verified" }));

  const one: Service = {
    world,
    workspace,
    people,
    as,
    url,
    rows,
    async invite(name, over = {}) {
      number += 1;
      const phone = `+1555010${String(1000 + number)}`;
      await done(
        as.manager.post(url("/members/invite"), {
          name,
          phone,
          locale: "en",
          zone: "America/Chicago",
          unit: "mg/dL",
          risks: [],
          coachId: people.coach.id,
          basis: "paper",
          ...over,
        }),
      );
      await world.settled();
      const [row] = await rows<{ id: string }>(
        "select subject_id as id from coaching.members where tenant_id = $1 order by made_at desc limit 1",
        [workspace.tenant.id],
      );
      return { id: row?.id ?? "", name, phone };
    },
    async text(member, body) {
      await done(as.supervisor.post(url(`/phone/${member.id}`), { text: body }));
      await world.settled();
    },
    texts: (member) =>
      rows(
        `select m.template, o.status, o.why, o.purpose from coaching.messages m join coaching.outbox o on o.message_id = m.id
         where m.subject_id = $1 order by o.made_at`,
        [member.id],
      ),
    async run(job, payload = {}) {
      const { house } = world;
      const place = await house.door.placeNamed(workspace.tenant.id, workspace.slug);
      if (!place) throw new Error("no place");
      house.prompts.begin(place, [{ id: Bun.randomUUIDv7(), job, payload }]);
      await world.settled();
    },
    stop: () => world.stop(),
  };
  return one;
}

/** A clinician signs the rules that Cairn brings. */
export async function signRules(one: Service): Promise<void> {
  const { clinician } = one.people;
  await one.rows(
    `insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3) on conflict do nothing`,
    [clinician.tenant.id, clinician.id, await hashPassword(password)],
  );
  await done(one.as.supervisor.post(one.url("/rules/adopt")));
  const [set] = await one.rows<{ id: string }>("select id from coaching.rule_sets order by made_at desc limit 1");
  await done(one.as.supervisor.post(one.url("/gate"), { ruleSetId: set?.id ?? "" }));
  await done(
    one.as.clinician.post(one.url(`/rules/${set?.id}/sign`), {
      credentials: "MD",
      signature_name: clinician.email,
      signature: password,
    }),
  );
}

/** The prompt that Cairn brings is tried with the model that serves here, and signed. `model` has to answer as it should. */
export async function releaseVoice(one: Service): Promise<void> {
  await done(one.as.supervisor.post(one.url("/gate/prompts/adopt")));
  const [prompt] = await one.rows<{ id: string }>("select id from coaching.prompts order by made_at desc limit 1");
  await done(one.as.supervisor.post(one.url("/gate/prompt"), { promptId: prompt?.id ?? "" }));
  await one.world.settled();
  const [run] = await one.rows<{ id: string }>("select id from coaching.gate_runs order by made_at desc limit 1");
  await done(
    one.as.clinician.post(one.url(`/gate/${run?.id}/sign`), {
      credentials: "MD",
      signature_name: one.people.clinician.email,
      signature: password,
    }),
  );
}

/** What a model that reads well says to the red-team set: as urgent as it is, and a plain reply to the rest. */
export function readsWell({ body }: SentToModel): { text: string; urgency: string; needsPerson: boolean } {
  const said = body.messages
    .filter(({ role }) => role === "user")
    .map(({ content }) => content.replace(/<\/?data-[^>]*>/g, "").trim());
  const urgency = tierOfWords.get(said.join("\n")) ?? "none";
  return { text: "Thank you for telling me. What helped you today?", urgency, needsPerson: false };
}
// As they leave the house: dates and long numbers are marks by then.
const tierOfWords = new Map(
  redTeam.map(({ parts, tier }) => [parts.map((part) => pseudonyms([]).hide(part)).join("\n"), tier as string]),
);

/** SQL under the policies, as this person: what somebody who gets past every page would meet. */
export const asPerson = ({ world, workspace }: Service, person: TestPerson, text: string, values: readonly string[]) =>
  world.house.transactions.run(
    {
      tenantId: workspace.tenant.id,
      workspaceId: workspace.id,
      kind: "person",
      actorId: person.id,
      sessionRef: "test",
    },
    { readOnly: false },
    (lease) => lease.rows(text, values),
    async () => {},
  );

/** An entry of the register in force here: by it texts go out, or a model is asked. */
export async function useProvider(
  { world, workspace, people }: Service,
  service: "model" | "text",
  entry: { kind: string; endpoint: string; config: Record<string, string>; secret: Record<string, string> },
): Promise<void> {
  const id = Bun.randomUUIDv7();
  const tenantId = workspace.tenant.id;
  const secret = await world.house.transactions.run(
    { tenantId, workspaceId: null, kind: "person", actorId: people.supervisor.id, sessionRef: "test" },
    { readOnly: false },
    (lease) => sealProviderSecret(world.house, tenantId, lease, id, entry.secret as never),
    async () => {},
  );
  const row = {
    tenant_id: tenantId,
    id,
    service,
    kind: entry.kind,
    title: "Stand-in",
    endpoint: entry.endpoint,
    region: "us-east-1",
    config: entry.config,
    secret,
    agreement: "BAA",
    agreed_from: "2020-01-01",
    agreed_until: "2099-01-01",
    document_name: "baa.pdf",
    document_sha256: Buffer.alloc(32),
    no_training: true,
  };
  const names = Object.keys(row);
  await world.sql(
    `insert into core.providers (${names.join(",")}) values (${names.map((_, i) => `$${i + 1}`).join(",")})`,
    Object.values(row),
  );
  await world.sql(
    "insert into core.provider_uses (tenant_id, workspace_id, service, provider_id, reason) values ($1, $2, $3, $4, 'test')",
    [tenantId, workspace.id, service, id],
  );
}
