/** A study for a test: two sites, people in their roles, and a published version when one is given. */
import type { KernelRoutes } from "@core/kernel.ts";
import { hashPassword } from "@core/vault/password.ts";
import type { Build } from "../../../modules/studies/model/build.ts";
import { studies } from "../../../modules/studies/module.ts";
import { type Client, type TestPerson, type TestWorkspace, testWorld, type World } from "../../support/world.ts";

export interface StudyStage {
  readonly world: World;
  readonly study: TestWorkspace;
  readonly base: string;
  readonly north: string;
  readonly south: string;
  person(name: string, role: string, site?: string): Promise<{ readonly person: TestPerson; readonly client: Client }>;
  /** Gives this person a password to sign with; the fields of a signing form. */
  signer(person: TestPerson): Promise<Record<string, string>>;
  /** The version's id; in force everywhere from 2020 on. */
  publish(build: Build, number?: number, site?: string | null, from?: string): Promise<string>;
}

export async function studyStage(own: readonly KernelRoutes[] = []): Promise<StudyStage> {
  return studyIn(await testWorld([studies], own));
}

export async function studyIn(world: World, modules: readonly string[] = ["studies"]): Promise<StudyStage> {
  const study = await world.workspace("study", modules);
  const north = await world.site(study, "01");
  const south = await world.site(study, "02");
  return {
    world,
    study,
    base: `/w/${study.slug}/studies`,
    north,
    south,
    async person(name, role, site) {
      const person = await world.person(name, role, study, site ? { site } : {});
      return { person, client: await world.as(person) };
    },
    async signer(person) {
      await world.sql(
        "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)",
        [world.here.id, person.id, await hashPassword(password)],
      );
      return { signature: password, signature_name: person.email };
    },
    async publish(build, number = 1, site = null, from = "2020-01-01") {
      const [row] = await world.sql<{ id: string }>(
        `insert into studies.versions (tenant_id, workspace_id, number, title, build, sha256, coverage)
         values ($1, $2, $3, 'Version', $4::text::jsonb, sha256('x'), '{}') returning id`,
        [world.here.id, study.id, number, JSON.stringify(build)],
      );
      await world.sql(
        "insert into studies.placements (tenant_id, workspace_id, version_id, site_id, from_on) values ($1, $2, $3, $4, $5)",
        [world.here.id, study.id, row?.id, site, from],
      );
      return row?.id ?? "";
    },
  };
}

const password = "correct horse battery staple";
