/** The gate: a link leads to it and no further, until the code was given. */
import { type Context, Redirect, routesFor, type Typed } from "@core/module.ts";
import { type FieldProblem, Problem } from "@core/problem.ts";
import { equalInConstantTime } from "@core/vault/primitives.ts";
import { Type as t } from "@sinclair/typebox";
import { plainWords } from "@views/plain-words.ts";
import { asCode, CODE_MINUTES, CODES_A_DAY, isCode, methodsInWords, TRIES } from "../identification.ts";
import type { Econsent } from "../names.ts";
import { addCode, addEntry, addTry, codesOf, triesOf } from "../store/consents.ts";
import { GatePage } from "../views/portal.tsx";
import { gateOf, IDLE_MINUTES, insideOf, shutOthers } from "./portal-here.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Econsent>();
/** Five tries a code hold for everybody; this holds for whoever collects gates. A whole clinic may stand behind one address. */
const gatePace = { everySeconds: 1, burst: 240 };

export const gateRoutes = [
  get("/", {
    needs: "econsent.own",
    query: t.Object({ left: t.Optional(t.Integer()), sent: t.Optional(t.String()) }),
    async run({ query }, ctx) {
      const gate = await gateOf(ctx);
      if (!gate) return new Redirect(ctx.url((await insideOf(ctx)).signer ? "/next" : "/mine"));
      return GatePage({
        ...gatePage(ctx, gate),
        isSent: query.sent !== undefined,
        ...(query.left === undefined ? {} : { form: { errors: { code: gate.words.codeWrong(query.left) } } }),
      });
    },
  }),

  post("/code/send", {
    needs: "econsent.own",
    pace: gatePace,
    refused: gateAgain,
    async run(_, ctx) {
      const gate = await gateHere(ctx);
      const { invitation, words } = gate;
      if (invitation.method !== "mail_code") throw Problem.invalid({ "": words.codeTold });
      const known = await ctx.db.all(codesOf, { invitationId: invitation.id });
      const today = known.filter(({ madeAt }) => ctx.now.getTime() - madeAt.getTime() < 86_400_000);
      if (today.length >= CODES_A_DAY) throw Problem.invalid({ "": words.codesEnough });
      const id = Bun.randomUUIDv7();
      const { subjectId } = invitation;
      const untilAt = new Date(ctx.now.getTime() + CODE_MINUTES * 60_000);
      const ordinal = (known[0]?.ordinal ?? 0) + 1;
      await ctx.db.one(addCode, { id, subjectId, invitationId: invitation.id, ordinal, code: null, untilAt });
      await ctx.later("econsent.post_code", { codeId: id });
      ctx.audit("econsent.code_asked", { subjectId });
      return new Redirect(ctx.url("/?sent=1"));
    },
  }),

  post("/code", {
    needs: "econsent.own",
    pace: gatePace,
    body: t.Object({ code: t.Optional(t.String({ maxLength: 20, writeOnly: true })) }),
    refused: gateAgain,
    async run({ body }, ctx) {
      const gate = await gateHere(ctx);
      const { invitation, words } = gate;
      const { subjectId } = invitation;
      if (!isCode(body.code ?? "")) throw Problem.invalid({ code: words.codeMissing });
      const [code] = await ctx.db.all(codesOf, { invitationId: invitation.id });
      const tried = code ? await ctx.db.all(triesOf, { codeId: code.id }) : [];
      if (!code?.code || code.untilAt <= ctx.now || tried.length >= TRIES || tried.some(({ fits }) => fits))
        throw Problem.invalid({ code: words.codeOver });
      const right = await ctx.open(code.code, { row: code.id, subject: subjectId }, "to compare a one-time code");
      const fits = equalInConstantTime(right, asCode(body.code ?? ""));
      const id = Bun.randomUUIDv7();
      const ordinal = tried.length + 1;
      // Written whether it fits or not: of two who try at once one is told that the number is taken.
      await ctx.db.one(addTry, { id, subjectId, codeId: code.id, ordinal, fits });
      if (!fits) {
        ctx.audit("econsent.code_wrong", { subjectId, ordinal });
        return new Redirect(ctx.url(`/?left=${TRIES - ordinal}`));
      }
      await shutOthers(ctx, invitation);
      const linkId = Bun.randomUUIDv7();
      const path = await ctx.portalLink(subjectId, new Date(ctx.now.getTime() + IDLE_MINUTES * 60_000), linkId);
      const { signerId, method } = invitation;
      await ctx.db.one(addEntry, {
        id: Bun.randomUUIDv7(),
        subjectId,
        invitationId: invitation.id,
        signerId,
        tryId: id,
        linkId,
        method,
        device: ctx.device,
      });
      ctx.audit("econsent.entered", { subjectId, method: methodsInWords[method] });
      return new Redirect(path);
    },
  }),
];

async function gateHere(ctx: Context<Econsent>) {
  const gate = await gateOf(ctx);
  if (!gate) throw Problem.notFound();
  return gate;
}

/** The gate with what was wrong; the house's own sentence about haste in the participant's language. */
async function gateAgain(typed: Typed, problems: readonly FieldProblem[], ctx: Context<Econsent>) {
  const gate = await gateHere(ctx);
  const { message: haste } = new Problem("too-many");
  const said = problems.map((one) =>
    one.sentence === haste ? { ...one, sentence: plainWords[gate.language].busyLead } : one,
  );
  return GatePage({ ...gatePage(ctx, gate), form: formAgain(typed, said) });
}

const gatePage = (ctx: Context<Econsent>, gate: Awaited<ReturnType<typeof gateHere>>) => ({
  ...gate,
  at: ctx.url(""),
  method: gate.invitation.method,
  isKiosk: gate.invitation.isKiosk,
});
