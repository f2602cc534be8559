/** Whether the keys are well: asked before the first request, by `doctor` and by the keys page. */
import { randomFillSync, timingSafeEqual } from "node:crypto";
import type { Database } from "@core/db/database.ts";
import { withOwner } from "@core/db/migrate.ts";
import { Refusal } from "@core/refusal.ts";
import type { Vault } from "./envelope.ts";
import { KeyUnavailable, VaultError } from "./errors.ts";
import type { KeyProvider } from "./kms.ts";

/** Wraps a key nobody needs and unwraps it again: credentials, rights, key and context in one go. */
export async function tryProvider(
  provider: KeyProvider,
): Promise<{ ok: true } | { ok: false; reason: string; later: boolean }> {
  const key = randomFillSync(new Uint8Array(32));
  const context = { tenant: "none", purpose: "check" };
  try {
    const opened = await provider.unwrap(await provider.wrap(key, context), context);
    const isSame = opened.length === key.length && timingSafeEqual(opened, key);
    return isSame ? { ok: true } : { ok: false, reason: `${provider.id}: gave back another key`, later: false };
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    const reason = "reason" in error ? String(error.reason) : error.code;
    return { ok: false, reason, later: error instanceof KeyUnavailable };
  }
}

export interface KeyTally {
  readonly provider: string;
  readonly keys: number;
}

/** How many scope keys each provider has wrapped here. Read with the backup role, which sees every institution's. */
export async function tallyProviders(database: Database): Promise<readonly KeyTally[]> {
  return await withOwner(database.as("backup"), async (sql) => {
    return await sql<KeyTally[]>`select provider, count(*)::int as keys from core.keys
      where wrapped is not null and wrapped_by is null group by 1 order by 1`;
  });
}

/**
 * Refuses to serve with a key service that has never worked here; one that wrapped keys here and is away now leaves
 * protected fields locked, and the rest of the house open. Answers with sentences worth logging.
 */
export async function requireKeys(vault: Vault, database: Database): Promise<readonly string[]> {
  const tally = await tallyProviders(database);
  const strangers = tally.filter(({ provider }) => !vault.knows(provider));
  const lost = strangers.map(
    ({ provider, keys }) =>
      `${keys} keys were wrapped by ${provider}, which is not configured: what they protect stays locked. Name it in KMS_FORMER_URLS.`,
  );
  const answer = await tryProvider(vault.provider);
  if (answer.ok) return lost;
  const hasServed = tally.some(({ provider }) => provider === vault.provider.id);
  if (answer.later && hasServed)
    return [...lost, `The key service is away (${answer.reason}): protected fields stay locked.`];
  throw new Refusal(
    `The key service does not work (${answer.reason}), so nothing could be protected. Put KMS_URL right, or let this machine use the key.`,
  );
}
