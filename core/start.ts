import { installPackages } from "./cli/install.ts";
import { watchLaunchers } from "./cli/launchers.ts";

// `bun run start`: installs what is missing, then serves. Nothing but Bun's own modules may be imported before that.

watchLaunchers();
if (installPackages()) {
  // Bun looked for packages when this process began, and found none: another one begins with them.
  const next = Bun.spawn([process.execPath, import.meta.path, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit"],
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => next.kill(signal));
  process.exit(await next.exited);
}
const { cairn } = await import("./cli/cairn.ts");
process.exit(await cairn(["serve", ...process.argv.slice(2)]));
