/** Everything this module adds, on one screen. Read it beside core/module.ts. */
import { defineModule } from "@core/module.ts";
import { events, exports, fieldClasses, permissions, roles, settings } from "./names.ts";
import { routes } from "./routes.ts";
import { schema, tables } from "./tables.ts";

export const econsent = defineModule({
  id: "econsent",
  title: "Consent",
  summary:
    "Consent that is understood, signed, provable and obeyed: documents, signatures, withdrawal, and what stands.",
  workspaces: ["study", "service"],
  roles,
  permissions,
  events,
  fieldClasses,
  exports,
  schema,
  tables,
  settings,
  routes,
  navigation: [{ title: "Documents", path: "/documents", needs: "econsent.documents.read" }],
});
