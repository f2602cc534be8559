/** Essential documents (ICH E6(R3), Appendix C): what a study and each of its sites must have, and whether it holds today. */
import { addDays } from "./days.ts";

export interface EssentialDocument {
  readonly key: string;
  readonly title: string;
  readonly of: "study" | "site";
  /** Needed before recruitment opens, or only when it applies. */
  readonly needed: boolean;
  /** It lapses: a day is asked for. */
  readonly expires: boolean;
  /** People confirm that they read and understood each version. */
  readonly read: boolean;
}

const one = (
  key: string,
  of: EssentialDocument["of"],
  title: string,
  { needed = true, expires = false, read = false } = {},
): EssentialDocument => ({ key, of, title, needed, expires, read });

export const essentialDocuments: readonly EssentialDocument[] = [
  one("protocol", "study", "Protocol, signed", { read: true }),
  one("brochure", "study", "Investigator's brochure", { needed: false, expires: true, read: true }),
  one("consent-form", "study", "Information and consent form, approved"),
  one("ethics-approval", "study", "Ethics committee's approval", { expires: true }),
  one("insurance", "study", "Insurance", { expires: true }),
  one("contract", "study", "Contract with the sponsor", { needed: false }),
  one("authority", "study", "Authority's approval", { needed: false }),
  one("statistics", "study", "Statistical analysis plan", { needed: false }),
  one("monitoring-plan", "study", "Monitoring plan", { needed: false }),
  one("safety-plan", "study", "Safety reporting plan", { needed: false, read: true }),
  one("manual", "study", "Working instructions", { needed: false, read: true }),
  one("report", "study", "Final report", { needed: false }),
  one("site-contract", "site", "Contract with the site"),
  one("site-ethics", "site", "Local ethics approval", { expires: true }),
  one("cv", "site", "Investigator's CV and licence", { expires: true }),
  one("lab-normals", "site", "Laboratory's normal ranges", { needed: false, expires: true }),
  one("lab-certificate", "site", "Laboratory's certificate", { needed: false, expires: true }),
  one("site-visit", "site", "Site initiation report"),
];
export const essentialByKey = new Map(essentialDocuments.map((document) => [document.key, document]));

export interface DocumentRow {
  readonly id: string;
  readonly kind: string;
  readonly siteId: string | null;
  readonly version: number;
  readonly expiresOn: string | null;
  readonly signedAt: Date | null;
}
export type DocumentState = "missing" | "waits for signature" | "valid" | "expires soon" | "expired";

/** The newest version of each kind and site. */
export function newestOf<Row extends Pick<DocumentRow, "kind" | "siteId" | "version">>(
  rows: readonly Row[],
): Map<string, Row> {
  const newest = new Map<string, Row>();
  for (const row of rows) {
    const key = placeOf(row.kind, row.siteId);
    const known = newest.get(key);
    if (!known || row.version > known.version) newest.set(key, row);
  }
  return newest;
}
export const placeOf = (kind: string, siteId: string | null): string => `${kind}|${siteId ?? ""}`;

export function documentState(
  row: Pick<DocumentRow, "expiresOn" | "signedAt"> | undefined,
  today: string,
  warnDays = 60,
): DocumentState {
  if (!row) return "missing";
  if (row.expiresOn && row.expiresOn < today) return "expired";
  if (!row.signedAt) return "waits for signature";
  return row.expiresOn && row.expiresOn <= addDays(today, warnDays) ? "expires soon" : "valid";
}

/** Titles of needed documents that do not hold today: of the study (siteId null), or of a site. */
export function missingDocuments(rows: readonly DocumentRow[], siteId: string | null, today: string): string[] {
  const newest = newestOf(rows);
  return essentialDocuments
    .filter(({ of, needed }) => needed && (of === "site") === (siteId !== null))
    .filter(({ key }) => !["valid", "expires soon"].includes(documentState(newest.get(placeOf(key, siteId)), today)))
    .map(({ title }) => title);
}
