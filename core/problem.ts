/** Every way a request can end badly: a code, an HTTP status, and a sentence for the person who meets it. */
export interface FieldProblem {
  /** The form field's name; "" when the form as a whole is meant. */
  readonly field: string;
  readonly sentence: string;
}

const catalogue = {
  "sign-in": [401, "Please sign in."],
  second: [403, "Your second factor comes first. Enter the code from your authenticator app, then go on."],
  enrolment: [403, "Your institution asks for a second factor. Set one up, then go on."],
  password: [403, "Your password is older than your institution allows. Choose a new one, then go on."],
  "from-outside": [
    403,
    "This may be used from certain networks only, and you are in none of them. Go on from the institution's own network, or ask the person who manages access.",
  ],
  forbidden: [403, "You may not do this. If you need to, ask the person who manages access here."],
  asked: [403, "This file holds a whole group of people. Say first why you take it out, and sign."],
  "other-origin": [
    403,
    "This request came from another site and was not carried out. Open the page here and try again.",
  ],
  "not-found": [
    404,
    "There is nothing here that you can see. It may have been removed, or the address may be mistyped.",
  ],
  "no-tenant": [404, "No institution answers at this address. Check the first part of the address."],
  method: [405, "This address does not take that kind of request."],
  conflict: [409, "Someone else changed this while you were working on it. Nothing was saved; compare and save again."],
  gone: [410, "This link has been used or has expired. Ask for a new one."],
  "too-large": [413, "That is more than this page accepts. Send a smaller file or shorter text."],
  "not-a-form": [415, "This page takes a form. Send it from the page itself."],
  invalid: [422, "Some answers need attention."],
  refused: [422, "That cannot be done now."],
  "too-many": [429, "Too many attempts. Wait a little and try again."],
  "not-recorded": [500, "Something went wrong on our side. Nothing was saved."],
  failed: [500, "Something went wrong on our side. Nothing was saved."],
  locked: [
    503,
    "The key service cannot be reached, so protected fields stay locked. Nothing was saved; try again in a minute.",
  ],
  busy: [503, "The server is busy. Nothing was saved; try again in a few seconds."],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof catalogue;

/**
 * Thrown anywhere, worded once (core/http). Throwing one rolls the request back.
 * `sentence` replaces the catalogue's own; never put a patient's value in it.
 */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly fields: readonly FieldProblem[];
  /** A page that comes first: who follows a link is led there. */
  way?: string;

  constructor(
    readonly code: ProblemCode,
    sentence?: string,
    fields: readonly FieldProblem[] = [],
  ) {
    super(sentence ?? catalogue[code][1]);
    this.status = catalogue[code][0];
    this.fields = fields;
  }

  /** The form again, with these sentences beside its fields. */
  static invalid(fields: Readonly<Record<string, string>>): Problem {
    return new Problem(
      "invalid",
      undefined,
      Object.entries(fields).map(([field, sentence]) => ({ field, sentence })),
    );
  }

  /** A rule says no; the sentence says why and what would help. */
  static refused(sentence: string): Problem {
    return new Problem("refused", sentence);
  }

  static notFound(sentence?: string): Problem {
    return new Problem("not-found", sentence);
  }
}

/** PostgreSQL's 53100: nothing of the request was kept, and it can be sent again once there is room. */
export const DISK_FULL =
  "The server has no room left, so nothing was saved. Tell whoever keeps this server, and send it again then.";
