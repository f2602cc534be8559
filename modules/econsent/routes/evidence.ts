/** How a consent came about, on a page and as a file, with names and without. */
import { routesFor } from "@core/module.ts";
import { evidenceOf } from "../evidence.ts";
import { evidenceDocument } from "../evidence-document.ts";
import { findConsent } from "../found.ts";
import type { Econsent } from "../names.ts";
import { giveScan } from "../scan.ts";
import { participantById } from "../store/consents.ts";
import { EvidencePage } from "../views/participants.tsx";
import { byId, headOf } from "./person.ts";

const { get } = routesFor<Econsent>();

export const evidenceRoutes = [
  get("/consents/:id", {
    needs: "econsent.status.read",
    params: byId,
    async run({ params }, ctx) {
      const found = await findConsent(ctx, params.id);
      const person = await ctx.db.one(participantById, { id: found.consent.subjectId });
      const names = ctx.may("econsent.identities.read");
      return EvidencePage({
        ...headOf(ctx, person),
        evidence: await evidenceOf(ctx, found, { names }),
        pdfHref: ctx.url(`/consents/${params.id}/${names ? "evidence" : "redacted"}.pdf`),
        redactedHref: names ? ctx.url(`/consents/${params.id}/redacted.pdf`) : null,
        isRedacted: !names,
        scanHref: ctx.may("econsent.export") ? (id) => ctx.url(`/papers/${id}/scan`) : null,
      });
    },
  }),

  get("/consents/:id/evidence.pdf", {
    needs: "econsent.export",
    params: byId,
    async run({ params }, ctx) {
      const found = await findConsent(ctx, params.id);
      const evidence = await evidenceOf(ctx, found, { names: true });
      return await ctx.pdf(
        "econsent.evidence",
        `consent-${evidence.code}.pdf`,
        evidenceDocument(evidence, "en"),
        evidence.rowIds,
      );
    },
  }),

  get("/consents/:id/redacted.pdf", {
    needs: "econsent.export.redacted",
    params: byId,
    async run({ params }, ctx) {
      const found = await findConsent(ctx, params.id);
      const evidence = await evidenceOf(ctx, found, { names: false });
      return await ctx.pdf(
        "econsent.redacted",
        `consent-${evidence.code}.pdf`,
        evidenceDocument(evidence, "en"),
        evidence.rowIds,
      );
    },
  }),

  get("/papers/:id/scan", {
    needs: "econsent.export",
    params: byId,
    run: async ({ params }, ctx) => giveScan(ctx, params.id, "econsent.scan"),
  }),
];
