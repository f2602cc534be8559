/**
 * From what arrived to what a handler may trust: typed values, or a sentence for each field. Runs after the permission is
 * decided, so that a stranger cannot map our forms. What was typed is kept as text, whatever becomes of it.
 */
import { type TObject, type TSchema, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { Typed, Upload } from "../module.ts";
import { type FieldProblem, Problem } from "../problem.ts";

const BODY_LIMIT = 1_048_576;
const MAX_FIELDS = 5_000;

/** For a route's `body`: a file of the form. */
export const upload = (options: { title?: string } = {}) =>
  Type.Unsafe<Upload>({ ...options, [UPLOAD]: true, type: "object" });
const UPLOAD = "x-upload";

export interface Form {
  readonly typed: Typed;
  readonly files: Readonly<Record<string, Upload>>;
}

/**
 * Reads a form whole before any transaction begins. Throws Problem: too-large (declared or real), not-a-form.
 */
export async function readForm(request: Request, limit = BODY_LIMIT): Promise<Form> {
  const type = (request.headers.get("content-type") ?? "").toLowerCase();
  const isUrlEncoded = type.startsWith("application/x-www-form-urlencoded");
  if (!isUrlEncoded && !type.startsWith("multipart/form-data")) {
    if (type === "" && (request.headers.get("content-length") ?? "0") === "0") return { typed: {}, files: {} };
    throw new Problem("not-a-form");
  }
  const bytes = await readBounded(request, limit);
  const typed: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  const files: Record<string, Upload> = Object.create(null) as Record<string, Upload>;
  let count = 0;
  const put = (name: string, value: string) => {
    const before = typed[name];
    typed[name] = before === undefined ? value : [before, value].flat();
  };
  try {
    if (isUrlEncoded) {
      for (const [name, value] of new URLSearchParams(new TextDecoder("utf-8", { fatal: true }).decode(bytes))) {
        if (++count > MAX_FIELDS) throw new Problem("too-large");
        put(name, value);
      }
    } else {
      const form = await new Response(bytes, {
        headers: { "content-type": request.headers.get("content-type") ?? "" },
      }).formData();
      for (const [name, value] of form as unknown as Iterable<[string, string | File]>) {
        if (++count > MAX_FIELDS) throw new Problem("too-large");
        if (typeof value === "string") put(name, value);
        else if (value.size > 0 || value.name)
          files[name] = { filename: value.name, bytes: new Uint8Array(await value.arrayBuffer()) };
      }
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem("not-a-form", "This form could not be read. Go back, reload the page and send it again.");
  }
  return { typed, files };
}

export async function readBounded(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge(limit);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

const tooLarge = (limit: number) =>
  new Problem(
    "too-large",
    `That is more than this page accepts (${Math.round(limit / 1024)} kB). Send a smaller file or shorter text.`,
  );

/**
 * Text → the schema's types. "" is an absent answer; a single value is a list of one where a list is asked for.
 * Throws Problem "invalid" with a sentence for each field.
 */
export function readInput(
  schema: TSchema | undefined,
  given: Typed,
  files: Readonly<Record<string, Upload>> = {},
): Record<string, unknown> {
  if (!schema) return {};
  const { properties = {} } = schema as TObject;
  const values: Record<string, unknown> = {};
  const problems: FieldProblem[] = [];
  for (const [name, field] of Object.entries(properties)) {
    if (field[UPLOAD]) {
      const file = Object.hasOwn(files, name) ? files[name] : undefined;
      if (file && file.bytes.byteLength > 0) values[name] = file;
      else if (!isOptional(field)) problems.push({ field: name, sentence: `Choose ${titleOf(name, field)}.` });
      continue;
    }
    if (isGroup(field)) {
      values[name] = readGroup(name, field, given, problems);
      continue;
    }
    const raw = Object.hasOwn(given, name) ? given[name] : undefined;
    const value = convert(field, raw);
    if (value === undefined) {
      if (field.default !== undefined) values[name] = field.default;
      else if (isOptional(field)) continue;
      else if (field.type === "boolean") values[name] = false;
      else if (field.type === "array") values[name] = [];
      else if (
        field.type === "string" &&
        raw !== undefined &&
        (field.minLength ?? 0) === 0 &&
        !field.format &&
        !field.pattern
      )
        values[name] = "";
      else problems.push({ field: name, sentence: `Enter ${titleOf(name, field)}.` });
      if (values[name] === undefined) continue;
    } else values[name] = value;
    if (!Value.Check(field, values[name]))
      problems.push({ field: name, sentence: sentenceFor(name, field, values[name]) });
  }
  if (problems.length > 0) throw new Problem("invalid", undefined, problems);
  return values;
}

/** `levels: t.Record(t.String(), …)` gathers the fields levels.pc1, levels.pc2 …: a form with a row for each of many things. */
const isGroup = (field: TSchema): boolean => field.type === "object" && field.patternProperties !== undefined;

function readGroup(name: string, field: TSchema, given: Typed, problems: FieldProblem[]): Record<string, unknown> {
  const [member] = Object.values(field.patternProperties as Record<string, TSchema>);
  const group = Object.create(null) as Record<string, unknown>;
  if (!member) return group;
  for (const [key, raw] of Object.entries(given)) {
    if (!key.startsWith(`${name}.`)) continue;
    const value = convert(member, raw);
    if (value === undefined) continue;
    if (Value.Check(member, value)) group[key.slice(name.length + 1)] = value;
    else problems.push({ field: key, sentence: sentenceFor(name, member, value) });
  }
  return group;
}

function convert(field: TSchema, raw: string | readonly string[] | undefined): unknown {
  if (field.type === "array") {
    if (raw === undefined) return undefined;
    const list = typeof raw === "string" ? (raw === "" ? [] : [raw]) : raw;
    return list.map((item) => convertOne(field.items as TSchema, item));
  }
  // Two values for one answer: a type error, not a choice of ours.
  if (typeof raw === "object") return raw;
  return raw === undefined ? undefined : convertOne(field, raw);
}

function convertOne(field: TSchema, raw: string): unknown {
  const text = raw.replaceAll("\r\n", "\n");
  if (field.type === "integer" || field.type === "number") {
    const trimmed = text.trim();
    if (trimmed === "") return undefined;
    return /^-?\d{1,15}(\.\d{1,15})?$/.test(trimmed) ? Number(trimmed) : trimmed;
  }
  if (field.type === "boolean")
    return text === "" ? undefined : ["true", "on", "1", "yes"].includes(text) ? true : text === "false" ? false : text;
  const trimmed = text.trim();
  return trimmed === "" ? undefined : trimmed;
}

const isOptional = (field: TSchema) =>
  Object.getOwnPropertySymbols(field).some((symbol) => symbol.description === "TypeBox.Optional");

function titleOf(name: string, field: TSchema): string {
  const title =
    typeof field.title === "string" ? field.title : name.replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ");
  return title.charAt(0).toLowerCase() + title.slice(1);
}

function sentenceFor(name: string, field: TSchema, value: unknown): string {
  const title = titleOf(name, field);
  const Title = title.charAt(0).toUpperCase() + title.slice(1);
  if (field.type === "integer" || field.type === "number") {
    const whole = field.type === "integer" ? "a whole number" : "a number";
    const { minimum, maximum } = field;
    if (minimum !== undefined && maximum !== undefined)
      return `${Title} must be ${whole} between ${minimum} and ${maximum}.`;
    if (minimum !== undefined) return `${Title} must be ${whole} of ${minimum} or more.`;
    if (maximum !== undefined) return `${Title} must be ${whole} of ${maximum} or less.`;
    return `${Title} must be ${whole}.`;
  }
  if (typeof value === "string") {
    if (field.maxLength !== undefined && value.length > field.maxLength)
      return `${Title} is too long: ${value.length} characters, ${field.maxLength} at most.`;
    if (field.minLength !== undefined && value.length < field.minLength)
      return `${Title} is too short: ${field.minLength} characters at least.`;
  }
  if (field.format === "uuid") return `Choose ${title} from the list.`;
  if (field.format === "date") return `${Title} must be a date like 2026-11-02.`;
  if (field.format === "email") return `${Title} must be an address like name@example.org.`;
  if (field.anyOf || field.const !== undefined || field.enum) return `Choose ${title} from the list.`;
  return `${Title} cannot be used as it is.`;
}
