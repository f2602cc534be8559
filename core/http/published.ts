/** A text for other programs that says nothing about anybody: metadata, keys. It is no page, and no download either. */
export class Published {
  constructor(
    readonly type: "application/samlmetadata+xml; charset=utf-8" | "application/json; charset=utf-8",
    readonly body: string,
  ) {}
}
