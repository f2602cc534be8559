/**
 * Whether the disk under a folder is encrypted, from what Linux itself says: the mount's device, down through device
 * mapper to a dm-crypt volume. What cannot be seen from here (a cloud volume, another machine's disk) somebody has to
 * attest; that is said as what it is, and is never taken for evidence.
 */
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";

export type AtRest =
  | { readonly kind: "encrypted"; readonly evidence: string }
  | { readonly kind: "attested"; readonly words: string }
  | { readonly kind: "unknown"; readonly why: string };

/** @param attested CAIRN_AT_REST: a person's words */
export function examineAtRest(folder: string, attested?: string, root = "/"): AtRest {
  const seen = lookBelow(folder, root);
  return seen.kind === "unknown" && attested ? { kind: "attested", words: attested } : seen;
}

function lookBelow(folder: string, root: string): AtRest {
  try {
    const mount = mountOf(realpathSync(folder), readFileSync(join(root, "proc/self/mountinfo"), "utf8"));
    if (!mount) return { kind: "unknown", why: `nothing says where ${folder} is mounted` };
    const { device, type, source } = mount;
    const crypt = cryptBelow(join(root, "sys/dev/block", device));
    if (crypt) return { kind: "encrypted", evidence: `${folder} lies on ${source} (${type}), under ${crypt}` };
    return { kind: "unknown", why: `${folder} lies on ${source} (${type}), and no dm-crypt is seen below it` };
  } catch {
    return { kind: "unknown", why: "this system does not say what lies below a folder" };
  }
}

interface Mount {
  readonly at: string;
  /** "8:1" */
  readonly device: string;
  readonly type: string;
  readonly source: string;
}

/** The longest mount point that holds the folder (proc(5): mountinfo; fields before and after " - "). */
function mountOf(folder: string, table: string): Mount | null {
  let best: Mount | null = null;
  for (const line of table.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const [, , device, , point] = before.split(" ");
    const [type, source] = after.split(" ");
    if (!device || !point || !type || !source) continue;
    const at = point.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    const holds = at === "/" || folder === at || folder.startsWith(`${at}/`);
    if (holds && at.length >= (best?.at.length ?? 0)) best = { at, device, type, source };
  }
  return best;
}

/** "CRYPT-LUKS2 (cryptroot)", at this device or below it (logical volumes and arrays stand on others). */
function cryptBelow(device: string, depth = 0): string | null {
  if (depth > 8 || !existsSync(device)) return null;
  const read = (file: string) =>
    existsSync(join(device, file)) ? readFileSync(join(device, file), "utf8").trim() : "";
  const id = read("dm/uuid");
  if (id.startsWith("CRYPT-")) return `${id.split("-").slice(0, 2).join("-")} (${read("dm/name")})`;
  const slaves = join(device, "slaves");
  const below = existsSync(slaves) ? readdirSync(slaves) : [];
  if (below.length === 0) return null;
  // Every part has to be encrypted: an array of two with one bare disk is not.
  const found = below.map((name) => cryptBelow(join(slaves, name), depth + 1));
  return found.every((one) => one !== null) ? (found[0] ?? null) : null;
}
