/** What a model wrote for a coach to read: sent, changed and sent, or refused. A licensed reader is noted with it. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { mayText } from "../consent.ts";
import type { Coaching } from "../names.ts";
import { putOnItsWay } from "../pipeline/outgoing.ts";
import { withMark } from "../pipeline/reply.ts";
import { answered, asConversation, lockConversation } from "../store/conversations.ts";
import { openTasksOf, settleTask } from "../store/incidents.ts";
import { memberById } from "../store/members.ts";
import { decideDraft, waitingDraftOf } from "../store/replies.ts";
import { standingOf } from "./members.ts";

const { post } = routesFor<Coaching>();

export const draftRoutes = [
  post("/members/:subject/draft", {
    needs: "coaching.messages.write",
    params: t.Object({ subject: t.String({ format: "uuid" }) }),
    body: t.Object({
      draftId: t.String({ format: "uuid" }),
      text: t.String({ title: "Reply", maxLength: 400 }),
      licensed: t.Boolean({ title: "I am a licensed provider and have read it" }),
      act: t.Union([t.Literal("send"), t.Literal("refuse")]),
    }),
    async run({ params, body }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const { subjectId } = member;
      const draft = await ctx.db.first(waitingDraftOf, { subjectId });
      if (!draft || draft.id !== body.draftId || !draft.body)
        throw new Problem(
          "conflict",
          "This draft is settled already, or the member wrote again meanwhile. Look at the conversation.",
        );
      if (body.act === "refuse") {
        await decide(ctx, draft.id, "refused", false, member.code, subjectId);
        return new Redirect(ctx.url(`/members/${subjectId}`), "Refused. Take over to write yourself.");
      }
      const row = await ctx.db.one(lockConversation, { subjectId });
      if (asConversation(row).owner.kind === "human" && row.ownerId !== ctx.actor.id)
        throw Problem.refused("Somebody else has this conversation.");
      if (!mayText(await standingOf(ctx, member), "coaching"))
        throw Problem.refused("No text may be sent to this member now.");
      const original = await ctx.open(draft.body, { row: draft.id, subject: subjectId }, "to send a draft");
      const isChanged = original.trim() !== body.text.trim();
      await decide(ctx, draft.id, isChanged ? "changed" : "sent", body.licensed, member.code, subjectId);
      // Read by a licensed provider it needs no mark; otherwise it says what it is, unless a person wrote it anew.
      const text = body.licensed || isChanged ? body.text : withMark(body.text, member);
      await putOnItsWay(ctx, {
        subjectId,
        locale: member.locale,
        body: text,
        cause: `draft:${draft.id}`,
        purpose: row.ownerId === ctx.actor.id ? "human" : "reply",
        speaker:
          row.ownerId === ctx.actor.id
            ? { kind: "human", personId: ctx.actor.id ?? "" }
            : { kind: "bot", epoch: row.epoch },
        kind: "model",
        template: null,
        reviewed: { by: ctx.actor.id ?? "", licensed: body.licensed, runId: draft.runId },
      });
      await ctx.db.all(answered, { subjectId });
      for (const task of await ctx.db.all(openTasksOf, { subjectId }))
        if (task.kind === "draft" || task.kind === "reply")
          await ctx.db.all(settleTask, { id: task.id, outcome: "A draft was read and sent.", doneBy: ctx.actor.id });
      return new Redirect(ctx.url(`/members/${subjectId}`), "On its way.");
    },
  }),
];

async function decide(
  ctx: Context<Coaching>,
  id: string,
  status: "sent" | "changed" | "refused",
  licensed: boolean,
  member: string,
  subjectId: string,
): Promise<void> {
  const [decided] = await ctx.db.all(decideDraft, { id, status, by: ctx.actor.id, licensed });
  if (!decided) throw new Problem("conflict", "This draft is settled already.");
  ctx.audit("coaching.draft_decided", {
    subjectId,
    member,
    what: status === "refused" ? "refused" : `read and ${status === "changed" ? "changed" : "approved"}`,
  });
}
