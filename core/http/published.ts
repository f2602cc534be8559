/**
 * A text for programs that says nothing about anybody (metadata, keys), or what somebody has just typed himself, handed
 * back to his own browser. It is no page, and no download either.
 */
export class Published {
  constructor(
    readonly type: "application/samlmetadata+xml; charset=utf-8" | "application/json; charset=utf-8",
    readonly body: string,
  ) {}
}
