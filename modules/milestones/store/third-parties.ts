/** What third parties ask for, who consented, and that it left. */
import { query } from "@core/db/query.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { desc, eq, isNotNull } from "drizzle-orm";
import { thirdPartyConsents, thirdPartyDownloads, thirdPartyEndings, thirdPartyRequests } from "../outlook-tables.ts";

const request = {
  id: thirdPartyRequests.id,
  subjectId: thirdPartyRequests.subjectId,
  content: thirdPartyRequests.content,
  sha256: thirdPartyRequests.sha256,
  expiresOn: thirdPartyRequests.expiresOn,
  madeAt: thirdPartyRequests.madeAt,
  madeBy: thirdPartyRequests.madeBy,
  endingId: thirdPartyEndings.id,
  downloadId: thirdPartyDownloads.id,
  downloadedAt: thirdPartyDownloads.madeAt,
};
export const thirdParties = query()((db) =>
  db
    .select(request)
    .from(thirdPartyRequests)
    .leftJoin(thirdPartyEndings, eq(thirdPartyEndings.requestId, thirdPartyRequests.id))
    .leftJoin(thirdPartyDownloads, eq(thirdPartyDownloads.requestId, thirdPartyRequests.id))
    .orderBy(desc(thirdPartyRequests.madeAt)),
);
export type ThirdPartyRow = Awaited<ReturnType<typeof thirdParties.map>>;
export const thirdPartyById = query<{ id: string }>()((db, $) =>
  db
    .select(request)
    .from(thirdPartyRequests)
    .leftJoin(thirdPartyEndings, eq(thirdPartyEndings.requestId, thirdPartyRequests.id))
    .leftJoin(thirdPartyDownloads, eq(thirdPartyDownloads.requestId, thirdPartyRequests.id))
    .where(eq(thirdPartyRequests.id, $.id)),
);
export const consentsTo = query()((db) =>
  db
    .select({
      id: thirdPartyConsents.id,
      requestId: thirdPartyConsents.requestId,
      subjectId: thirdPartyConsents.subjectId,
      side: thirdPartyConsents.side,
      madeAt: thirdPartyConsents.madeAt,
    })
    .from(thirdPartyConsents)
    .where(isNotNull(thirdPartyConsents.signatureId)),
);
export const askThirdParty = query<{
  id: string;
  subjectId: string;
  content: Sealed<string>;
  sha256: string;
  expiresOn: string;
}>()((db, $) =>
  db
    .insert(thirdPartyRequests)
    .values({ id: $.id, subjectId: $.subjectId, content: $.content, sha256: $.sha256, expiresOn: $.expiresOn })
    .returning({ id: thirdPartyRequests.id, subjectId: thirdPartyRequests.subjectId }),
);
export const consentTo = query<{
  requestId: string;
  subjectId: string;
  side: "director" | "trainee";
  sha256: string;
  signatureId: string;
}>()((db, $) =>
  db
    .insert(thirdPartyConsents)
    .values({
      requestId: $.requestId,
      subjectId: $.subjectId,
      side: $.side,
      sha256: $.sha256,
      signatureId: $.signatureId,
    })
    .returning({ id: thirdPartyConsents.id, subjectId: thirdPartyConsents.subjectId }),
);
export const endThirdParty = query<{ requestId: string; subjectId: string }>()((db, $) =>
  db
    .insert(thirdPartyEndings)
    .values({ requestId: $.requestId, subjectId: $.subjectId })
    .returning({ id: thirdPartyEndings.id, subjectId: thirdPartyEndings.subjectId }),
);
export const noteDownload = query<{ requestId: string; subjectId: string }>()((db, $) =>
  db
    .insert(thirdPartyDownloads)
    .values({ requestId: $.requestId, subjectId: $.subjectId })
    .returning({ id: thirdPartyDownloads.id, subjectId: thirdPartyDownloads.subjectId }),
);
