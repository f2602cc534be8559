/** All pages of the module, by what they are about. */
import { documentRoutes } from "./routes/documents.ts";

export const routes = [...documentRoutes];
