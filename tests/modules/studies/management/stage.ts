/** People of a managed study for a test, who can sign; and short ways through its pages. */
import type { KernelRoutes } from "@core/kernel.ts";
import { hashPassword } from "@core/vault/password.ts";
import type { Answer, Client, FormValues, TestPerson, TestWorkspace, World } from "../../../support/world.ts";
import { type StudyStage, studyStage } from "../stage.ts";

export const PASSWORD = "correct horse battery staple";
const hashed = hashPassword(PASSWORD);

export interface Member {
  readonly person: TestPerson;
  readonly id: string;
  get(path: string): Promise<Answer>;
  /** Expects to be led on; the refused page's alert otherwise. */
  post(path: string, form?: FormValues): Promise<Answer>;
  sign(path: string, form?: FormValues): Promise<Answer>;
}
export interface ManagedStage extends StudyStage {
  member(name: string, role: string, site?: string): Promise<Member>;
  /** A study that recruits at these sites: dossier, gate, activated sites and the ethics committee's approval stand. */
  recruit(...sites: readonly string[]): Promise<void>;
}

/** The rows that lead a study to recruitment, as its own pages would leave them (dossier.test.ts takes the long way). */
export async function layRecruiting(world: World, study: TestWorkspace, sites: readonly string[]): Promise<void> {
  const at = [study.tenant.id, study.id];
  await world.sql(
    `insert into studies.dossiers (tenant_id, workspace_id, sponsor, sponsor_kind, phase, target, revision)
     values ($1, $2, 'Northfield', 'own', 'II', 40, 1)`,
    at,
  );
  await world.sql(
    `insert into studies.gates (tenant_id, workspace_id, ordinal, was, status, items, snapshot, sha256)
     values ($1, $2, 1, 'set_up', 'recruiting', '[]', '{}', sha256('x'))`,
    at,
  );
  await world.sql(
    `insert into studies.documents (tenant_id, workspace_id, kind, version, filename, bytes, sha256, expires_on, content)
     values ($1, $2, 'ethics-approval', 1, 'ethics.pdf', 1, sha256('x'), current_date + 900, 'x')`,
    at,
  );
  for (const site of sites)
    await world.sql(
      "insert into studies.site_marks (tenant_id, workspace_id, site_id, mark) values ($1, $2, $3, 'activated')",
      [...at, site],
    );
}

export async function managedStage(own: readonly KernelRoutes[] = []): Promise<ManagedStage> {
  const stage = await studyStage(own);
  const { world, study, base } = stage;
  return {
    ...stage,
    recruit: (...sites) => layRecruiting(world, study, sites),
    async member(name, role, site) {
      const person = await world.person(name, role, study, site ? { site } : {});
      await world.sql(
        "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)",
        [person.tenant.id, person.id, await hashed],
      );
      return memberOf(person, await world.as(person), base);
    },
  };
}

export const memberOf = (person: TestPerson, client: Client, base: string): Member => ({
  person,
  id: person.id,
  get: (path) => client.get(base + path),
  post: (path, form = {}) => client.post(base + path, form),
  sign: (path, form = {}) => client.post(base + path, { ...form, signature_name: person.email, signature: PASSWORD }),
});

/** What a refused page says, without its markup. */
export const saysOf = ({ text }: Answer): string =>
  text
    .slice(text.indexOf("<main"))
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replace(/\s+/g, " ");
export const idIn = ({ location }: Answer): string => /[0-9a-f-]{36}$/.exec(location)?.[0] ?? "";
