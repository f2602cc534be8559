/** Builders for the kernel's own routes: the same straight line as a module's, with the house and the visit at hand. */
import type { Static, TSchema } from "@sinclair/typebox";
import type { Html } from "@views/html.ts";
import type { Knock, OwnContext } from "../context.ts";
import type { OwnRoute } from "../kernel.ts";
import type { anyone, Context, KernelPermission, Redirect, Reply, signedIn, Typed } from "../module.ts";
import { type FieldProblem, Problem } from "../problem.ts";
import type { Published } from "./published.ts";

type Read<S> = S extends TSchema ? Static<S> : Record<never, never>;

interface Input<P, Q, B> {
  readonly params: Read<P>;
  readonly query: Read<Q>;
  readonly body: Read<B>;
}

interface OwnSpec<P, Q, B, R> {
  needs: KernelPermission | typeof anyone | typeof signedIn;
  /** One of the kernel's own events that has a meaning to sign. */
  signs?: string;
  passive?: boolean;
  /** See OwnRoute.fromElsewhere. */
  fromElsewhere?: boolean;
  bodyLimit?: number;
  params?: P;
  query?: Q;
  body?: B;
  /** See OwnRoute.before. */
  before?(input: Input<P, Q, B>, knock: Knock): Promise<R>;
  refused?(typed: Typed, problems: readonly FieldProblem[], ctx: OwnContext, params: Read<P>): Promise<Html>;
  run(input: Input<P, Q, B> & { readonly prepared: Exclude<R, Redirect> }, ctx: OwnContext): Promise<Reply | Published>;
}

const on =
  (method: OwnRoute["method"]) =>
  <
    P extends TSchema | undefined = undefined,
    Q extends TSchema | undefined = undefined,
    B extends TSchema | undefined = undefined,
    R = undefined,
  >(
    path: string,
    spec: OwnSpec<P, Q, B, R>,
  ): OwnRoute =>
    // What P, Q, B and R said was checked above and is erased from here on, as in routesFor.
    ({ method, path, ...spec }) as unknown as OwnRoute;

export const ownGet = on("GET");
export const ownPost = on("POST");

/** For a route whose `before` always answers. */
export const answeredBefore = async (): Promise<never> => {
  throw new Error("this route answers before its transaction begins");
};

/** The workspace of a page under /w/:workspace, where there always is one. */
export function hereIn(ctx: OwnContext): Context["workspace"] {
  if (!ctx.workspace) throw Problem.notFound();
  return ctx.workspace;
}
