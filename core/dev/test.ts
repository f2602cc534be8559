import { join } from "node:path";
import { installPackages } from "../cli/install.ts";
import { watchLaunchers } from "../cli/launchers.ts";
import { countTests, summaryLine } from "./counts.ts";

// `bun run test [files…]`: installs what is missing, runs the tests, and ends with the line `N passed, N failed`.

watchLaunchers();
installPackages();

const words = [process.execPath, "test", "--timeout", "60000", "--parallel=2", ...process.argv.slice(2)];
const tests = Bun.spawn(words, { cwd: join(import.meta.dir, "../.."), stdio: ["ignore", "pipe", "pipe"] });
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => tests.kill(signal));
const [said, complained] = await Promise.all([show(tests.stdout, process.stdout), show(tests.stderr, process.stderr)]);
const counts = countTests(`${said}\n${complained}`, await tests.exited);
console.log(summaryLine(counts));
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);

/** Passes a stream on as it comes, and keeps it for counting. */
async function show(stream: ReadableStream<Uint8Array>, screen: NodeJS.WriteStream): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stream) {
    screen.write(bytes);
    text += decoder.decode(bytes, { stream: true });
  }
  return text;
}
