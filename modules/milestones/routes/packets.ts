/** The packets: frozen for a period, read in the meeting, printed. */
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { packets } from "../committee-tables.ts";
import { counted } from "../counted.ts";
import type { Milestones } from "../names.ts";
import { freeze, gapsIn, type Packet, thaw } from "../packet.ts";
import { packetDocument } from "../packet-document.ts";
import { packetsFor } from "../packing.ts";
import { isInTraining, periodTitle } from "../period.ts";
import { hasArrived, requestsIn } from "../store/evaluations.ts";
import { periodById } from "../store/frameworks.ts";
import { addPackets, packetById, packetsIn, packetsOf } from "../store/meetings.ts";
import { roster, traineeById } from "../store/trainees.ts";
import { PacketPage } from "../views/packet.tsx";

const { get, post } = routesFor<Milestones>();
const uuid = t.String({ format: "uuid" });

export const packetRoutes = [
  post("/packets/freeze", {
    needs: "milestones.committee.prepare",
    body: t.Object({
      periodId: uuid,
      reason: t.Optional(t.String({ title: "Reason for a new version", maxLength: 1000 })),
    }),
    async run({ body }, ctx) {
      const period = await ctx.db.one(periodById, { id: body.periodId });
      const there = new Map(
        (await ctx.db.all(packetsIn, { periodId: period.id })).map((row) => [row.subjectId, row.version]),
      );
      const reason = (body.reason ?? "").trim();
      const trainees = (await ctx.db.all(roster, {})).filter(
        (row) => isInTraining(row, period) && (reason !== "" || !there.has(row.subjectId)),
      );
      if (trainees.length === 0)
        throw Problem.refused("Everyone has a packet already. Give a reason to freeze a new version of all of them.");
      const rows = [];
      for (const { subjectId, packet } of await packetsFor(ctx, period, trainees)) {
        const id = Bun.randomUUIDv7();
        const { text, sha256 } = freeze(packet);
        const version = (there.get(subjectId) ?? 0) + 1;
        rows.push({
          id,
          subjectId,
          periodId: period.id,
          version,
          sha256,
          content: await ctx.seal(packets.content, text, { row: id, subject: subjectId }),
          reason: version === 1 ? null : reason,
        });
      }
      await ctx.db.all(addPackets(rows), {});
      ctx.audit("milestones.packets_frozen", { period: periodTitle(period), count: rows.length });
      return new Redirect(ctx.url(`/committee?period=${period.id}`), `${counted(rows.length, "packet")} frozen.`);
    },
  }),

  get("/packets/:id", {
    needs: "milestones.committee.read",
    params: t.Object({ id: uuid }),
    async run({ params }, ctx) {
      const { row, packet, name, versions } = await opened(ctx, params.id);
      const late = (await ctx.db.all(requestsIn, { periodId: row.periodId })).filter(
        (one) =>
          one.subjectId === row.subjectId &&
          hasArrived(one) &&
          (one.confirmedAt ?? one.submittedAt ?? row.madeAt) > row.madeAt,
      ).length;
      return PacketPage({
        name,
        packet,
        gaps: gapsIn(packet),
        late,
        sha256: row.sha256,
        frozenAt: row.madeAt,
        frozenBy: (await ctx.people([row.madeBy])).get(row.madeBy ?? "") ?? "Someone who has left",
        reason: row.reason,
        version: row.version,
        others: versions
          .filter(({ id }) => id !== row.id)
          .map(({ id, version }) => ({ version, href: ctx.url(`/packets/${id}`) })),
        crumbs: [{ label: "Committee", href: ctx.url(`/committee?period=${row.periodId}`) }],
        evidenceHref: (id: string) => ctx.url(`/evidence/${id}`),
        sheetHref: ctx.url(`/committee/${row.periodId}/${row.subjectId}`),
        pdfHref: ctx.may("milestones.export") ? ctx.url(`/packets/${row.id}/packet.pdf`) : null,
      });
    },
  }),

  get("/packets/:id/packet.pdf", {
    needs: "milestones.export",
    params: t.Object({ id: uuid }),
    async run({ params }, ctx) {
      const { row, packet, name } = await opened(ctx, params.id);
      const document = packetDocument({ name, packet, gaps: gapsIn(packet), sha256: row.sha256, version: row.version });
      return await ctx.pdf("milestones.packet", `packet-${packet.trainee}-v${row.version}.pdf`, document, [row.id]);
    },
  }),
];

async function opened(ctx: Context<Milestones>, id: string) {
  const row = await ctx.db.one(packetById, { id });
  const { subjectId, periodId } = row;
  const [text] = await ctx.openMany(
    [{ value: row.content, at: { row: row.id, subject: subjectId } }],
    "to read a packet",
  );
  if (text instanceof Locked || text === undefined) throw Problem.refused(text?.sentence ?? "It cannot be opened now.");
  const packet: Packet | null = thaw(text, row.sha256);
  if (!packet)
    throw Problem.refused(
      "This packet is not the one that was frozen: its hash does not match. Tell the administrator; nothing of it is shown.",
    );
  const trainee = await ctx.db.one(traineeById, { subjectId });
  const name = (await ctx.names([subjectId])).get(subjectId) ?? trainee.code;
  return { row, packet, name, versions: await ctx.db.all(packetsOf, { subjectId, periodId }) };
}
