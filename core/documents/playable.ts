/**
 * A recording or its captions, played in a page by the browser itself: sent in the pieces it asks for (RFC 9110, 14), so
 * that a telephone need not load all of it, and none of it is a file that leaves by the ledger. Only types that a browser
 * plays and nothing else can be sent this way.
 */
export const playableTypes = [
  "audio/mp4",
  "audio/mpeg",
  "audio/ogg",
  "audio/wav",
  "text/vtt; charset=utf-8",
  "video/mp4",
  "video/webm",
] as const;
export type PlayableType = (typeof playableTypes)[number];

/** The most that one answer to a request for a part holds; the browser asks for the next part by itself. */
export const PART = 1024 * 1024;

export interface Part {
  readonly from: number;
  /** The last byte of it, counted from zero as in the header. */
  readonly to: number;
  readonly isWhole: boolean;
}

/** What a Range header asks of so many bytes. Several ranges at once, or a header nobody understands, ask for all of it. */
export function partOf(header: string | null, bytes: number): Part | null {
  const whole = { from: 0, to: bytes - 1, isWhole: true };
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? "") ?? [];
  if (first === "" && last === "") return whole;
  if (first === "") {
    const length = Math.min(Number(last), bytes, PART);
    return length === 0 ? null : { from: bytes - length, to: bytes - 1, isWhole: false };
  }
  const from = Number(first);
  const to = Math.min(last === "" ? bytes - 1 : Number(last), bytes - 1, from + PART - 1);
  if (last !== "" && Number(last) < from) return whole;
  return from >= bytes ? null : { from, to, isWhole: false };
}

export class Playable {
  #part: Part | null = null;
  #body: Uint8Array = new Uint8Array();

  constructor(
    readonly type: PlayableType,
    readonly bytes: number,
    /** Reads from a byte to another, both of them in it. Called once, while the request's transaction is open. */
    private readonly read: (from: number, to: number) => Promise<Uint8Array>,
  ) {}

  async take(header: string | null): Promise<void> {
    this.#part = partOf(header, this.bytes);
    if (this.#part) this.#body = await this.read(this.#part.from, this.#part.to);
  }

  get status(): 200 | 206 | 416 {
    return this.#part ? (this.#part.isWhole ? 200 : 206) : 416;
  }

  respond(headers: Headers): Response {
    headers.set("accept-ranges", "bytes");
    const part = this.#part;
    if (!part?.isWhole) headers.set("content-range", `bytes ${part ? `${part.from}-${part.to}` : "*"}/${this.bytes}`);
    if (part) headers.set("content-type", this.type);
    return new Response(part ? (this.#body as unknown as BodyInit) : null, { status: this.status, headers });
  }
}
