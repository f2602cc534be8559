/** `cairn audit …`: what an auditor, an inspector and the one who restores a server do with the sealed record. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { writeBundle } from "@core/audit/bundle.ts";
import { headLeaf, readCheckpoint, verifierKey } from "@core/audit/checkpoint.ts";
import { rebaseRecord } from "@core/audit/era.ts";
import { keepNote, keptNotes } from "@core/audit/kept-witness.ts";
import { leafOf } from "@core/audit/leaf.ts";
import { equal, isIncluded } from "@core/audit/merkle.ts";
import { leavesOf, proveEvent, proveStretch, type Stretch } from "@core/audit/proof.ts";
import { retirableLeaves, retireRecord } from "@core/audit/retirement.ts";
import { originOf } from "@core/audit/sealer.ts";
import { verifyRecord } from "@core/audit/verifier.ts";
import { compareWitness, latestNote } from "@core/audit/witness.ts";
import { openTarget, parseBackupPlace } from "@core/backup/targets.ts";
import { type Command, need, readWords, readWordsAnd, UsageRefusal } from "@core/cli/command.ts";
import { type Config, readConfig } from "@core/config.ts";
import { type Database, openDatabase } from "@core/db/database.ts";
import { exitCodes, Refusal } from "@core/refusal.ts";
import { type Lease, LeasePool } from "@core/tenancy/lease.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { type SigningKey, signingKey } from "@core/vault/signing.ts";

interface Desk {
  readonly config: Config;
  readonly database: Database;
  readonly lease: Lease;
  readonly key: SigningKey;
}

/** Work over one unmoving view of the record, with the sealer's rights: it could change no event, and writes nothing. */
async function atDesk<T>(work: (desk: Desk) => Promise<T>): Promise<T> {
  const config = readConfig();
  const database = await openDatabase(config, { share: true });
  const pool = new LeasePool(database.as("sealer"), 1);
  try {
    return await pool.transact({ after: "set transaction isolation level repeatable read, read only" }, (lease) =>
      work({ config, database, lease, key: signingKey(config.secretKey, "audit") }),
    );
  } finally {
    await pool.end();
    await database.stop();
  }
}

async function institution(lease: Lease, slug: string): Promise<{ id: string; name: string; slug: string }> {
  const [row] = await lease.rows("select tenant_id::text, name from core.tenants where slug = $1", [slug]);
  if (!row) throw new Refusal(`No institution is called "${slug}". Its slug leads its address.`);
  return { id: String(row[0]), name: String(row[1]), slug };
}

function day(text: string | undefined, option: string): Date | null {
  if (text === undefined) return null;
  const at = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(at.getTime())) throw new UsageRefusal(`${option} is no date: write it as 2026-01-31.`);
  return at;
}

const verify: Command = {
  name: "audit verify",
  summary: "Reads the whole record again and compares it with its seals.",
  usage: `Usage: cairn audit verify [--tenant <slug>]

  --tenant    this institution's events only; the checkpoints are always verified

Names the first event, column and byte that is not as it was recorded. Ends with 1 when anything is not.`,
  async run(words) {
    const { tenant } = readWords(words, { tenant: { type: "string" } });
    return atDesk(async ({ lease, key }) => {
      if (tenant !== undefined) await institution(lease, tenant);
      const began = performance.now();
      const verdict = await verifyRecord(lease, key.publicKey, tenant);
      const seconds = (performance.now() - began) / 1000;
      for (const { sentence } of verdict.findings) console.error(sentence);
      const gone = verdict.retired > 0 ? `, ${verdict.retired} retired` : "";
      console.log(
        `${verdict.events} events of ${verdict.tenants} institutions${gone}, ${verdict.checkpoints} checkpoints, ${verdict.waiting} events waiting to be sealed; ${seconds.toFixed(1)} s.`,
      );
      if (verdict.findings.length > 0) return exitCodes.failed;
      console.log(
        verdict.events + verdict.retired > 0
          ? `All ${verdict.events} events are as they were recorded.`
          : "Nothing has been sealed yet.",
      );
      return exitCodes.done;
    });
  },
};

const prove: Command = {
  name: "audit prove",
  summary: "Proves that one event stands in the record under a signed checkpoint.",
  usage: `Usage: cairn audit prove <event number>

Prints the event's leaf, the path to its institution's root, from there to the checkpoint, and the checkpoint, as JSON
(RFC 6962; the checkpoint is a C2SP signed note). Refuses an event that does not lead to its checkpoint.`,
  async run(words) {
    const { word } = readWordsAnd(words, {}, "the event's number");
    return atDesk(async ({ lease, key }) => {
      const { leaf, texts, path, head } = await proveEvent(lease, word);
      const { bytes, hash } = leafOf(texts);
      const point = readCheckpoint(head.note);
      const leads =
        isIncluded(hash, leaf, head.size, path, head.root) &&
        point !== null &&
        isIncluded(headLeaf(head), head.position, head.logSize, head.path, point.root);
      if (!leads) {
        throw new Refusal(
          `Event ${word} does not lead to its checkpoint: it was altered. "cairn audit verify" says where.`,
        );
      }
      const words64 = (hashes: readonly Uint8Array[]) => hashes.map((one) => Buffer.from(one).toString("base64"));
      console.log(
        JSON.stringify(
          {
            event: word,
            leaf: { index: leaf, text: new TextDecoder().decode(bytes), hash: Buffer.from(hash).toString("base64") },
            path: words64(path),
            head: {
              tenant: head.tenantId,
              size: head.size,
              root: Buffer.from(head.root).toString("base64"),
              position: head.position,
              path: words64(head.path),
            },
            checkpoint: head.note,
            key: verifierKey(point.origin, key.publicKey),
          },
          null,
          2,
        ),
      );
      return exitCodes.done;
    });
  },
};

const checkpoint: Command = {
  name: "audit checkpoint",
  summary: "Prints the newest checkpoint and the key that signs them.",
  usage: `Usage: cairn audit checkpoint

The key is public: publish it where inspectors look, so that they can compare it with the one in a bundle.`,
  async run(words) {
    readWords(words, {});
    return atDesk(async ({ config, lease, key }) => {
      const note = await latestNote(lease);
      const origin = note === null ? originOf(config.baseUrl) : (readCheckpoint(note)?.origin ?? "");
      if (note !== null) process.stdout.write(`${note}\n`);
      else console.log("Nothing has been sealed yet.");
      console.log(`Signed by ${verifierKey(origin, key.publicKey)}`);
      return exitCodes.done;
    });
  },
};

const witness: Command = {
  name: "audit witness",
  summary: "Compares the record with the checkpoints a file has kept, and adds the newest.",
  usage: `Usage: cairn audit witness <file or s3://bucket/prefix?region=…>

A place of WITNESS_TO is kept by the server itself, each hour; here all that it ever saw is compared. Keep the file where nobody who administers the database can write. A record that was cut or rebuilt after a checkpoint
was kept is named, and then nothing is added. Ends with 1 when it is.`,
  async run(words) {
    const { word: file } = readWordsAnd(words, {}, "the file or place that keeps the checkpoints");
    return atDesk(async ({ config, lease, key }) => {
      const place = /^(?:s3|file):/.test(file)
        ? openTarget(parseBackupPlace(file, config.environment === "development"))
        : null;
      const kept = place ? await keptNotes(place) : readIfThere(file);
      const { compared, findings } = await compareWitness(lease, kept, key.publicKey);
      for (const sentence of findings) console.error(sentence);
      if (findings.length > 0) return exitCodes.failed;
      const note = await latestNote(lease);
      const isNew = note !== null && !kept.includes(note);
      if (isNew && place) await keepNote(place, note, config.data, new Date());
      else if (isNew) writeFileSync(file, `${kept}${kept === "" || kept.endsWith("\n\n") ? "" : "\n"}${note}\n`);
      console.log(
        `${compared} checkpoints are as the witness saw them; ${isNew ? "the newest was added" : "there is no newer one"}.`,
      );
      return exitCodes.done;
    });
  },
};

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

const rebase: Command = {
  name: "audit rebase",
  summary: "Goes on sealing after the database was restored on another server.",
  usage: `Usage: cairn audit rebase

Verifies all that is sealed, seals the rest while nobody can write, and begins a new era under a signed checkpoint. Uses
the owner's rights. Does nothing when the record does not verify, or when the server is the one that was sealed.`,
  async run(words) {
    readWords(words, {});
    const config = readConfig();
    const database = await openDatabase(config, { share: true });
    try {
      const { era, verified, sealed, checkpoint: id } = await rebaseRecord(database.owner, database.roles, config);
      console.log(
        `${verified} sealed events verified, ${sealed} more sealed. Era ${era} begins with checkpoint ${id}.`,
      );
      return exitCodes.done;
    } finally {
      await database.stop();
    }
  },
};

/** Every event of the stretch must give the hash that was sealed: a bundle of altered events is not written. */
function requireWhole({ events }: Stretch): void {
  const bad = events.find(({ texts, hash }) => texts && !equal(leafOf(texts).hash, hash));
  if (bad)
    throw new Refusal(
      `The event of leaf ${bad.leaf} is not as it was recorded. "cairn audit verify" says where. Nothing was written.`,
    );
}

const exportBundle: Command = {
  name: "audit export",
  summary: "Writes a stretch of the record as one page that verifies itself without a network.",
  usage: `Usage: cairn audit export --tenant <slug> [--from <date>] [--to <date>] <file.html>

  --from, --to    2026-01-31, or a moment; --to is not included. Events between the first and the last are all in it.

For an inspector: events, proofs, the signed checkpoint, the public key and a verifier in one file. It holds what the
record holds; treat it as the record.`,
  async run(words) {
    const { values, word: file } = readWordsAnd(
      words,
      { tenant: { type: "string" }, from: { type: "string" }, to: { type: "string" } },
      "the file to write",
    );
    const slug = need(values.tenant, "--tenant", "the institution's slug");
    const span = { from: day(values.from, "--from"), to: day(values.to, "--to") };
    return atDesk(async ({ lease, key }) => {
      const tenant = await institution(lease, slug);
      const leaves = await leavesOf(lease, tenant.id, span);
      if (!leaves) throw new Refusal("No event of this time has been sealed.");
      const stretch = await proveStretch(lease, tenant.id, leaves.from, leaves.to);
      requireWhole(stretch);
      const said = [span.from && `from ${said10(span.from)}`, span.to && `to before ${said10(span.to)}`].filter(
        Boolean,
      );
      const title = {
        institution: tenant.name,
        slug,
        madeAt: new Date(),
        span: said.length > 0 ? said.join(" ") : "all that was sealed",
      };
      writePrivate(file, writeBundle(title, stretch, key.publicKey));
      console.log(`${stretch.events.length} events with their proofs are in ${file}.`);
      return exitCodes.done;
    });
  },
};

const said10 = (at: Date) => at.toISOString().slice(0, 10);

function writePrivate(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
}

const retire: Command = {
  name: "audit retire",
  summary: "Lets go of events over seven years old, after archiving them.",
  usage: `Usage: cairn audit retire --tenant <slug> --before <date> --archive <file.html> --reason <why>
                          --approved-by <e-mail> --approved-by <e-mail>

Writes the archive (a bundle that verifies itself), then removes the events. Their hashes stay, so every older proof
still holds. The database refuses anything younger than seven years, an institution under a legal hold, and fewer than
two people. Uses the owner's rights.`,
  async run(words) {
    const options = readWords(words, {
      tenant: { type: "string" },
      before: { type: "string" },
      archive: { type: "string" },
      reason: { type: "string" },
      "approved-by": { type: "string", multiple: true },
    });
    const slug = need(options.tenant, "--tenant", "the institution's slug");
    const before = day(need(options.before, "--before", "the first day that is kept"), "--before") as Date;
    const archive = need(options.archive, "--archive", "the file that keeps the events");
    const reason = need(options.reason, "--reason", "why they may go");
    const [first, second, third] = options["approved-by"] ?? [];
    if (first === undefined || second === undefined || third !== undefined) {
      throw new UsageRefusal("--approved-by is needed twice: two people of the institution.");
    }
    return atDesk(async ({ database, lease, key }) => {
      const tenant = await institution(lease, slug);
      const through = await retirableLeaves(lease, tenant.id, before);
      if (through === 0) throw new Refusal(`Nothing of ${slug} is older than that.`);
      const stretch = await proveStretch(lease, tenant.id, 0, through);
      requireWhole(stretch);
      const title = { institution: tenant.name, slug, madeAt: new Date(), span: `before ${said10(before)}` };
      const page = writeBundle(title, stretch, key.publicKey);
      writePrivate(archive, page);
      const gone = await retireRecord(database.owner, database.roles, {
        tenantId: tenant.id,
        before,
        approvers: [first, second],
        archiveSha256: sha256(page),
        reason,
      });
      console.log(`${gone} events were retired; they are in ${archive}. Keep it.`);
      return exitCodes.done;
    });
  },
};

export const auditCommands: readonly Command[] = [verify, prove, checkpoint, witness, exportBundle, rebase, retire];
