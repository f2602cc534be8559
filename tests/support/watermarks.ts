import type { Watermark } from "@core/documents/watermark";

/** An invented director's export. */
export const adasExport: Watermark = {
  name: "Ada Okafor",
  email: "ada.okafor@northfield.example",
  workspace: "Internal Medicine",
  institution: "Northfield Hospital",
  at: new Date("2026-08-21T10:00:05Z"),
  exportId: "0198c7a1-3b5e-7c11-8f00-6d1f4be0a901",
};
