/**
 * ODM 1.3.2 as an electronic record (`Archival="Yes"`, 21 CFR 11): every version of every value with who, where, when and
 * why, and the signatures on the forms. Transactional: earlier versions stand before the newest, in one place.
 */
import type { Build } from "../model/build.ts";
import { planOf } from "../model/plan.ts";
import { clinicalData, itemData, type OdmHeader, openingTag, type StoredValue, studyElement } from "./writer.ts";
import { element, escapeText, openTag, printElement, type XmlElement } from "./xml.ts";

export interface ArchivePeople {
  readonly id: string;
  readonly name: string;
}

export interface Archive {
  /** Everyone who wrote or signed something. */
  readonly users: readonly ArchivePeople[];
  readonly locations: readonly ArchivePeople[];
  readonly meanings: readonly string[];
  /** From when the locations work with this version: the day of the file. */
  readonly on: string;
}

export interface ArchivedSignature {
  readonly user: string | null;
  readonly printedName: string;
  readonly meaning: string;
  readonly at: string;
  readonly sha256: string;
  /** Of the form as it stands now; else an earlier state was signed. */
  readonly stands: boolean;
}

export interface ArchivedValue extends StoredValue {
  readonly transaction: "Insert" | "Update";
  /** Null: the program itself. */
  readonly user: string | null;
  readonly location: string | null;
  readonly at: string;
  readonly reason: string;
  readonly source: string;
  /** On its form, newest first. */
  readonly signatures: readonly ArchivedSignature[];
}

const userOid = (id: string | null): string => `U.${id ?? "program"}`;
const locationOid = (id: string | null): string => `L.${id ?? "none"}`;

export async function* writeArchive(
  build: Build,
  header: OdmHeader,
  archive: Archive,
  values: AsyncIterable<ArchivedValue>,
  tell: (sentence: string) => void = () => {},
): AsyncGenerator<string> {
  yield openingTag(header, "1.3.2", { FileType: "Transactional", Archival: "Yes" });
  yield printElement(studyElement(build, "1.3.2"), " ");
  yield printElement(adminElement(build, archive), " ");
  const meanings = new Map(archive.meanings.map((meaning, at) => [meaning, `SD.${at + 1}`]));
  yield* clinicalData(planOf(build), "1.3.2", values, tell, {
    item: (value) => itemData(value, "1.3.2", { TransactionType: value.transaction }, auditRecord(value)),
    within: (tag, value) => (tag === "FormData" ? signaturesOf(value, meanings) : ""),
  });
  yield "</ODM>\n";
}

function adminElement({ study, version }: Build, { users, locations, meanings, on }: Archive): XmlElement {
  const metadata = {
    StudyOID: study.id || "S",
    MetaDataVersionOID: version.id || "MDV.1",
    EffectiveDate: on,
  };
  return element(
    "AdminData",
    { StudyOID: study.id || "S" },
    ...[{ id: null, name: "The program (computed, or carried over)" }, ...users].map(({ id, name }) =>
      element(
        "User",
        { OID: userOid(id), UserType: "Other" },
        element("DisplayName", {}, name),
        element("FullName", {}, name),
      ),
    ),
    ...[{ id: null, name: "Without a site" }, ...locations].map(({ id, name }) =>
      element(
        "Location",
        { OID: locationOid(id), Name: name, LocationType: "Site" },
        element("MetaDataVersionRef", metadata),
      ),
    ),
    ...meanings.map((meaning, at) =>
      element(
        "SignatureDef",
        { OID: `SD.${at + 1}`, Methodology: "Electronic" },
        element("Meaning", {}, meaning),
        element("LegalReason", {}, "21 CFR 11.50 and 11.100; the signer confirmed his identity for this signature."),
      ),
    ),
  );
}

const stamp = (user: string | null, location: string | null): string =>
  `${openTag("UserRef", { UserOID: userOid(user) }, true)}${openTag("LocationRef", { LocationOID: locationOid(location) }, true)}`;

function auditRecord({ user, location, at, reason, source }: ArchivedValue): string {
  const why = reason === "" ? "" : `<ReasonForChange>${escapeText(reason)}</ReasonForChange>`;
  return `<AuditRecord>${stamp(user, location)}<DateTimeStamp>${at}</DateTimeStamp>${why}<SourceID>${escapeText(source)}</SourceID></AuditRecord>`;
}

/** ODM has room for one signature on a form; the earlier ones, and those of an earlier state, are told in words. */
function signaturesOf({ signatures, location }: ArchivedValue, meanings: ReadonlyMap<string, string>): string {
  const standing = signatures.find(({ stands }) => stands);
  const told = signatures.filter((one) => one !== standing);
  const signed = standing
    ? `<Signature>${stamp(standing.user, location)}${openTag("SignatureRef", { SignatureOID: meanings.get(standing.meaning) ?? "SD.1" }, true)}<DateTimeStamp>${standing.at}</DateTimeStamp><CryptoBindingManifest>SHA-256 ${standing.sha256}</CryptoBindingManifest></Signature>`
    : "";
  const words = told.map(
    ({ printedName, meaning, at, sha256, stands }, n) =>
      `<Annotation SeqNum="${n + 1}"><Comment>${escapeText(
        `signed: ${printedName}, ${at}: ${meaning} (SHA-256 ${sha256}${stands ? "" : "; the form was changed after it"})`,
      )}</Comment></Annotation>`,
  );
  const all = [signed, ...words].filter((one) => one !== "");
  return all.map((one) => `     ${one}\n`).join("");
}
