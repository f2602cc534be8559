/** Leaving a session from inside a module's act: before a screen is handed to somebody else. */
import type { KernelContext } from "../context.ts";
import { type Context, Redirect } from "../module.ts";

/** Ends the session that this request came by, and leads on without it: its cookie and what the browser kept are gone. */
export async function leaveTo(ctx: Context, path: string): Promise<Redirect> {
  const { lease, situation, audit } = ctx as unknown as KernelContext;
  await lease.rows("select core.end_my_session($1)", [situation.standing.sessionRef]);
  audit("core.signed_out", {});
  const way = new Redirect(path);
  way.cookies.push({ name: "sid", value: "", maxAge: 0 });
  way.clearSite = true;
  return way;
}
