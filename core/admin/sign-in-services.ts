/** Sign-in services as their administrator sees them, and the accounts that are linked to them. */
import { and, asc, desc, eq, isNull, like, sql } from "drizzle-orm";
import { query } from "../db/query.ts";
import { clock, federatedIdentities, identityProviders, persons, refusals } from "../tenancy/tables.ts";

const columns = {
  id: identityProviders.id,
  kind: identityProviders.kind,
  title: identityProviders.title,
  settings: identityProviders.settings,
  admits: identityProviders.admits,
  trustsSecond: identityProviders.trustsSecond,
  isOn: identityProviders.isOn,
  changedAt: identityProviders.changedAt,
};
export const listProviders = query<Record<string, never>>()((db) =>
  db
    .select({
      ...columns,
      people: sql<number>`(select count(*)::int from ${federatedIdentities} i where i.provider_id = ${identityProviders.id} and i.ended_at is null)`,
    })
    .from(identityProviders)
    .orderBy(asc(identityProviders.madeAt)),
);
export const providerById = query<{ id: string }>()((db, $) =>
  db.select(columns).from(identityProviders).where(eq(identityProviders.id, $.id)),
);
export const insertProvider = query<{
  id: string;
  kind: "saml" | "oidc";
  title: string;
  settings: string;
  secret: string | null;
}>()((db, $) =>
  db
    .insert(identityProviders)
    .values({
      id: $.id,
      kind: $.kind,
      title: $.title,
      settings: sql`${$.settings}::jsonb`,
      secret: $.secret,
    })
    .returning({ id: identityProviders.id }),
);
export const changeSettings = query<{ id: string; settings: string }>()((db, $) =>
  db
    .update(identityProviders)
    .set({ settings: sql`${$.settings}::jsonb`, changedAt: clock() })
    .where(eq(identityProviders.id, $.id))
    .returning({ id: identityProviders.id }),
);
export const changeSecret = query<{ id: string; secret: string }>()((db, $) =>
  db
    .update(identityProviders)
    .set({ secret: sql`${$.secret}`, changedAt: clock() })
    .where(eq(identityProviders.id, $.id))
    .returning({ id: identityProviders.id }),
);
export const changeRules = query<{ id: string; title: string; admits: boolean; trustsSecond: boolean }>()((db, $) =>
  db
    .update(identityProviders)
    .set({
      title: sql`${$.title}`,
      admits: sql`${$.admits}::boolean`,
      trustsSecond: sql`${$.trustsSecond}::boolean`,
      changedAt: clock(),
    })
    .where(eq(identityProviders.id, $.id))
    .returning({ id: identityProviders.id }),
);
export const switchProvider = query<{ id: string; isOn: boolean }>()((db, $) =>
  db
    .update(identityProviders)
    .set({ isOn: sql`${$.isOn}::boolean`, changedAt: clock() })
    .where(eq(identityProviders.id, $.id))
    .returning({ id: identityProviders.id }),
);

/** What a service said and was not believed: the reason, counted. */
export const refusalsOf = query<{ like: string }>()((db, $) =>
  db
    .select({
      minute: refusals.minute,
      why: refusals.act,
      times: refusals.times,
      lastAt: refusals.lastAt,
      ip: refusals.ip,
    })
    .from(refusals)
    .where(like(refusals.act, sql`${$.like}`))
    .orderBy(desc(refusals.lastAt))
    .limit(10),
);

export const identitiesOf = query<{ personId: string }>()((db, $) =>
  db
    .select({
      id: federatedIdentities.id,
      providerId: federatedIdentities.providerId,
      subject: federatedIdentities.subject,
      how: federatedIdentities.how,
      madeAt: federatedIdentities.madeAt,
      lastUsedAt: federatedIdentities.lastUsedAt,
    })
    .from(federatedIdentities)
    .where(and(eq(federatedIdentities.personId, $.personId), isNull(federatedIdentities.endedAt)))
    .orderBy(asc(federatedIdentities.madeAt)),
);
export const identityHeldBy = query<{ providerId: string; subject: string }>()((db, $) =>
  db
    .select({ id: federatedIdentities.id, name: persons.name })
    .from(federatedIdentities)
    .innerJoin(persons, eq(persons.id, federatedIdentities.personId))
    .where(
      and(
        eq(federatedIdentities.providerId, $.providerId),
        eq(federatedIdentities.subject, $.subject),
        isNull(federatedIdentities.endedAt),
      ),
    ),
);
export const insertIdentity = query<{ personId: string; providerId: string; subject: string }>()((db, $) =>
  db
    .insert(federatedIdentities)
    .values({ personId: $.personId, providerId: $.providerId, subject: $.subject, how: "by an administrator" })
    .returning({ id: federatedIdentities.id }),
);
export const endIdentity = query<{ id: string; personId: string; by: string | null }>()((db, $) =>
  db
    .update(federatedIdentities)
    .set({ endedAt: clock(), endedBy: sql`${$.by}::uuid` })
    .where(
      and(
        eq(federatedIdentities.id, $.id),
        eq(federatedIdentities.personId, $.personId),
        isNull(federatedIdentities.endedAt),
      ),
    )
    .returning({ id: federatedIdentities.id, providerId: federatedIdentities.providerId }),
);
