/**
 * What an invented hospital has to show of access itself, told like the rest of its story: a sign-in service that is set
 * up and not yet switched on, a role of its own, access that is confirmed at intervals, hours for somebody who helps, and
 * an emergency that waits to be looked at.
 */
import type { Sql } from "./db/migrate.ts";
import { SAML_METADATA, SAML_REDIRECT } from "./identity/federation/saml-metadata.ts";
import type { DemoPerson, DemoWorkspace } from "./module.ts";
import { makeOwnCertificate } from "./vault/certificate.ts";

/** The hospital as the one who lays it holds it. */
export interface AccessStage {
  readonly tenantId: string;
  readonly slug: string;
  readonly administrator: DemoPerson;
  ask<Row extends object>(question: (sql: Sql) => Promise<readonly Row[]>): Promise<readonly Row[]>;
  account(of: { name: string; email: string }): Promise<DemoPerson>;
  as(id: string, name: string): DemoPerson;
  past(workspaceId: string, of: Parameters<DemoWorkspace["past"]>[0]): Promise<void>;
}

interface Place {
  readonly id: string;
  readonly slug: string;
  readonly kind: string;
  readonly keeper: string;
  readonly name: string;
}

const CONFIRMED_EVERY_DAYS = 90;

export async function tellAccess(stage: AccessStage): Promise<void> {
  await setUpSignIn(stage);
  const place = await placeOf(stage);
  if (!place) return;
  const keeper = stage.as(place.keeper, place.name);
  await stage.administrator.post(`/admin/workspaces/${place.id}/sign-in`, {
    emergency: "on",
    confirmDays: String(CONFIRMED_EVERY_DAYS),
  });
  await confirmHalf(stage, place, keeper);
  await composeRole(stage, place);
  await giveHours(stage, place, keeper);
  await breakGlass(stage, place, keeper);
}

/** A service where people are looked after, when there is one; somebody there manages access. */
async function placeOf({ ask, tenantId }: AccessStage): Promise<Place | undefined> {
  const [place] = await ask(
    (sql) => sql<Place[]>`
      select w.id, w.slug, w.kind, g.person_id as keeper, p.name from core.workspaces w
      join core.grants g on g.tenant_id = w.tenant_id and g.workspace_id = w.id and g.revoked_at is null
      join core.role_permissions r on r.role = g.role and r.permission = 'core.grants.manage' and r.reach = 'workspace'
      join core.persons p on p.tenant_id = g.tenant_id and p.id = g.person_id
      where w.tenant_id = ${tenantId} order by w.kind <> 'service', w.made_at, g.made_at limit 1`,
  );
  return place;
}

async function setUpSignIn({ administrator, slug }: AccessStage): Promise<void> {
  const { location } = await administrator.post("/admin/sign-in-services", { title: "Staff sign-in", kind: "saml" });
  const host = `https://sign-in.${slug}.example`;
  const { certificate } = await makeOwnCertificate(`sign-in.${slug}.example`);
  const base64 = certificate.replace(/-----[^-]+-----|\s/g, "");
  const key = `<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`;
  await administrator.post(`${location}/metadata`, {
    metadata: `<EntityDescriptor xmlns="${SAML_METADATA}" entityID="${host}/metadata"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">${key}</KeyDescriptor><SingleLogoutService Binding="${SAML_REDIRECT}" Location="${host}/leave"/><SingleSignOnService Binding="${SAML_REDIRECT}" Location="${host}/enter"/></IDPSSODescriptor></EntityDescriptor>`,
  });
}

/** Everybody's access is older than it may be unconfirmed; half of it was gone through. */
async function confirmHalf({ ask, past, tenantId }: AccessStage, place: Place, keeper: DemoPerson): Promise<void> {
  await past(place.id, {
    table: "core.grants",
    where: { column: "workspace_id", value: place.id },
    at: new Date(),
    moments: { made_at: -200, from_at: -200 },
  });
  const others = await ask(
    (sql) => sql<{ id: string }[]>`
      select id from core.grants where tenant_id = ${tenantId} and workspace_id = ${place.id} and person_id <> ${place.keeper}
      and revoked_at is null order by id`,
  );
  const half = others.slice(0, Math.floor(others.length / 2)).map(({ id }) => id);
  if (half.length > 0) await keeper.post(`/w/${place.slug}/access/confirm`, { selected: half });
}

const READS = ["core.colleagues.read", "core.subjects.read", "core.assignments.read"];

/** Whoever answers the telephone: sees who is here and whose they are, and nothing of their health. */
async function composeRole({ administrator, ask, slug, tenantId }: AccessStage, place: Place): Promise<void> {
  const held = await ask(
    (sql) => sql<{ key: string }[]>`
      select distinct r.permission || '@' || r.reach as key from core.role_permissions r join core.grants g on g.role = r.role
      where g.tenant_id = ${tenantId} and g.workspace_id = ${place.id} and r.permission = any(${READS}) and r.reach = 'workspace'`,
  );
  if (held.length === 0) return;
  const { location } = await administrator.post("/admin/roles", {
    title: "Front desk",
    place: place.kind,
    summary: "Answers the telephone: sees who is looked after here and by whom, and nothing else.",
    may: held.map(({ key }) => key),
  });
  await administrator.post("/admin/people", {
    name: "Frida Frontdesk",
    email: `frida.frontdesk@${slug}.example`,
    role: `own:${location.split("/").at(-1)}`,
    place: `workspace:${place.id}`,
  });
}

/** One request of last week, one that holds now, and one that waits. */
async function giveHours(stage: AccessStage, place: Place, keeper: DemoPerson): Promise<void> {
  const { account, ask, past, slug, tenantId } = stage;
  const helper = await account({ name: "Sunil Support", email: `sunil.support@${slug}.example` });
  const [role] = await ask(
    (sql) => sql<{ role: string }[]>`
      select g.role from core.grants g join core.role_permissions r on r.role = g.role and r.permission = 'core.subjects.read'
      where g.tenant_id = ${tenantId} and g.workspace_id = ${place.id} and g.person_id <> ${place.keeper} and g.role not like 'own:%'
      order by r.reach = 'workspace' desc, g.role limit 1`,
  );
  if (!role) return;
  const asked = async (hours: number, reason: string): Promise<string> => {
    await helper.post("/account/hours", { place: place.slug, role: role.role, hours: String(hours), reason });
    const [made] = await ask(
      (sql) => sql<{ id: string }[]>`
        select id from core.access_requests where tenant_id = ${tenantId} and workspace_id = ${place.id}
        order by made_at desc limit 1`,
    );
    return made?.id ?? "";
  };
  const give = (id: string) => keeper.post(`/w/${place.slug}/access/hours/${id}`, { decision: "give" });

  const former = await asked(2, "Report 1107: a list stays empty after a search. It has to be seen where it happens.");
  await give(former);
  const [grant] = await ask(
    (sql) =>
      sql<
        { id: string }[]
      >`select grant_id as id from core.access_requests where tenant_id = ${tenantId} and id = ${former}`,
  );
  const lastWeek = { at: new Date(Date.now() - 6 * 86_400_000) };
  await past(place.id, {
    ...lastWeek,
    table: "core.access_requests",
    where: { column: "id", value: former },
    moments: { made_at: 0, decided_at: 0.02 },
  });
  await past(place.id, {
    ...lastWeek,
    table: "core.grants",
    where: { column: "id", value: grant?.id ?? "" },
    moments: { made_at: 0.02, from_at: 0.02, to_at: 0.1 },
  });
  await give(await asked(4, "Report 1112: letters of this morning were printed twice. Looking for the cause."));
  await asked(1, "Report 1115: a name is shown with a wrong accent. One page has to be looked at.");
}

/** One of last week that was looked at, and one of last night that waits. */
async function breakGlass(stage: AccessStage, place: Place, keeper: DemoPerson): Promise<void> {
  const { as, ask, past, tenantId } = stage;
  const strange = await ask(
    (sql) => sql<{ person: string; name: string; code: string }[]>`
      select distinct on (s.code) g.person_id as person, p.name, s.code from core.grants g
      join core.role_permissions r on r.role = g.role and r.permission = 'core.subjects.read' and r.reach like 'assigned%'
      join core.persons p on p.tenant_id = g.tenant_id and p.id = g.person_id
      join core.subjects s on s.tenant_id = g.tenant_id and s.workspace_id = g.workspace_id
      where g.tenant_id = ${tenantId} and g.workspace_id = ${place.id} and g.revoked_at is null and g.to_at is null
        and not exists (select from core.grants o join core.role_permissions w on w.role = o.role and w.permission = 'core.subjects.read' and w.reach = 'workspace'
          where o.tenant_id = g.tenant_id and o.person_id = g.person_id and o.workspace_id = g.workspace_id)
        and not exists (select from core.assignments a where a.tenant_id = g.tenant_id and a.person_id = g.person_id and a.subject_id = s.id)
      order by s.code, g.person_id limit 2`,
  );
  for (const [i, { person, name, code }] of strange.entries()) {
    const isFormer = i === 1;
    await as(person, name).post(`/w/${place.slug}/emergency`, {
      code,
      reason: isFormer
        ? "Rang the front desk, dizzy and alone; the colleague who looks after this person was on leave."
        : "Called at night with chest pain; nobody on duty is assigned, and the medicines had to be known at once.",
    });
    const [made] = await ask(
      (sql) => sql<{ id: string; assignment: string }[]>`
        select e.id, a.id as assignment from core.emergencies e join core.assignments a on a.tenant_id = e.tenant_id
          and a.person_id = e.person_id and a.subject_id = e.subject_id and a.kind = 'emergency'
        where e.tenant_id = ${tenantId} and e.workspace_id = ${place.id} order by e.made_at desc limit 1`,
    );
    if (!made) return;
    if (isFormer)
      await keeper.post(`/w/${place.slug}/access/emergencies/${made.id}`, {
        verdict: "right",
        finding:
          "The readings and the medicines were opened, nothing else. The person was seen by a doctor the same day.",
      });
    const at = new Date(Date.now() - (isFormer ? 6 * 24 : 11) * 3_600_000);
    await past(place.id, {
      at,
      table: "core.emergencies",
      where: { column: "id", value: made.id },
      moments: { made_at: 0, until_at: 4 / 24, reviewed_at: 0.5 },
    });
    await past(place.id, {
      at,
      table: "core.assignments",
      where: { column: "id", value: made.assignment },
      moments: { made_at: 0, from_at: 0, to_at: 4 / 24 },
    });
  }
}
