/**
 * What somebody had typed when his session was about to end. It is sealed here and kept by the tab it was typed in, and
 * by nothing else: after signing in again the same person, and nobody else, has it opened for the same page. A form with
 * a draft of its own (`<Form draft>`) keeps it there instead.
 */
import { Type } from "@sinclair/typebox";
import { ownPost } from "../http/own-route.ts";
import { Published } from "../http/published.ts";
import type { OwnRoute } from "../kernel.ts";
import { signedIn } from "../module.ts";
import { Problem } from "../problem.ts";
import { openLocally, sealLocally } from "../vault/local-seal.ts";

/** As long as a session can last at most, so that it does not outlive the day it was typed on. */
const HOURS = 12;
const LONGEST = 200_000;
const SEALED_LONGEST = 300_000;
const page = Type.String({ title: "The page", pattern: "^/[^/]", maxLength: 2_000 });

const placeOf = (tenantId: string, personId: string, path: string) => ["unsaved", tenantId, personId, path] as const;

export const unsavedRoutes: OwnRoute[] = [
  // Keeping entries is nobody's doing: the session is not longer for it.
  ownPost("/account/unsaved", {
    needs: signedIn,
    passive: true,
    bodyLimit: LONGEST * 2,
    body: Type.Object({ page, entries: Type.String({ title: "The entries", minLength: 2, maxLength: LONGEST }) }),
    run: async ({ body }, ctx) => {
      const { secretKey } = ctx.house.config;
      const kept = new TextEncoder().encode(JSON.stringify({ at: ctx.now.getTime(), entries: body.entries }));
      const sealed = sealLocally(secretKey, placeOf(ctx.tenant.id, ctx.actor.id ?? "", body.page), kept);
      return new Published("application/json; charset=utf-8", JSON.stringify({ sealed }));
    },
  }),

  ownPost("/account/unsaved/open", {
    needs: signedIn,
    bodyLimit: SEALED_LONGEST * 2,
    body: Type.Object({
      page,
      sealed: Type.String({ title: "What was kept", minLength: 10, maxLength: SEALED_LONGEST }),
    }),
    run: async ({ body }, ctx) => {
      const place = placeOf(ctx.tenant.id, ctx.actor.id ?? "", body.page);
      const kept = read(ctx.house.config.secretKey, place, body.sealed);
      if (!kept || ctx.now.getTime() - kept.at > HOURS * 3_600_000)
        throw Problem.notFound("What was kept here is not yours, or is too old.");
      return new Published("application/json; charset=utf-8", kept.entries);
    },
  }),
];

function read(
  secretKey: string,
  place: ReturnType<typeof placeOf>,
  sealed: string,
): { readonly at: number; readonly entries: string } | null {
  try {
    return JSON.parse(new TextDecoder().decode(openLocally(secretKey, place, sealed)));
  } catch {
    return null;
  }
}
