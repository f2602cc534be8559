import { installPackages } from "./cli/install.ts";
import { watchLaunchers } from "./cli/launchers.ts";

// `bun run start`: installs what is missing, then serves. Nothing but Bun's own modules may be imported before that.

watchLaunchers();
installPackages();
const { cairn } = await import("./cli/cairn.ts");
process.exit(await cairn(["serve", ...process.argv.slice(2)]));
