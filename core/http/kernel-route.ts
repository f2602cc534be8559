/**
 * Routes of the kernel's own pages: on the same line as a module's, with the same checks and the same record, but handed
 * the house and who arrived besides, and a workspace that may be none.
 */
import type { Static, TSchema } from "@sinclair/typebox";
import type { Html } from "@views/html.ts";
import type { KernelContext } from "../context.ts";
import type { Arrival } from "../identity/door.ts";
import type { anyone, Context, KernelPermission, Reply, Route, signedIn, Typed } from "../module.ts";
import { type FieldProblem, Problem } from "../problem.ts";
import type { Incoming } from "./endpoint.ts";

export interface PageContext extends KernelContext {
  readonly incoming: Incoming;
  readonly visit: {
    readonly arrival: Arrival | null;
    /** The session's token, for ending this one or keeping it; null while a refused form is drawn again. */
    readonly token: string | null;
    /** The form as it arrived, for a page whose schema is only known at run time. */
    readonly typed: Typed;
  };
}

type Read<S> = S extends TSchema ? Static<S> : Record<never, never>;

interface PageSpec<P, Q, B> {
  needs: KernelPermission | typeof anyone | typeof signedIn;
  passive?: boolean;
  bodyLimit?: number;
  params?: P;
  query?: Q;
  body?: B;
  refused?(typed: Typed, problems: readonly FieldProblem[], ctx: PageContext, params: Read<P>): Promise<Html>;
  run(input: { params: Read<P>; query: Read<Q>; body: Read<B> }, ctx: PageContext): Promise<Reply>;
}

const on =
  (method: Route["method"]) =>
  <
    P extends TSchema | undefined = undefined,
    Q extends TSchema | undefined = undefined,
    B extends TSchema | undefined = undefined,
  >(
    path: string,
    spec: PageSpec<P, Q, B>,
  ): Route =>
    // Checked above and erased from here on, as in the contract's own builder.
    ({ method, path, ...spec }) as unknown as Route;

/** `path` is absolute: "/admin/people/:id". */
export const pageGet = on("GET");
export const pagePost = on("POST");

/** The workspace of a page under /w/:workspace, where there always is one. */
export function hereIn(ctx: PageContext): Context["workspace"] {
  if (!ctx.workspace) throw Problem.notFound();
  return ctx.workspace;
}
