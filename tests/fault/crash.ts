/** `bun run fault crash [--rounds 20]`: kills the app, a connection and the whole database server in turn, under load. */
import { parseArgs } from "node:util";
import { setDrill, victims } from "./drill.ts";

const { values, positionals } = parseArgs({
  options: { rounds: { type: "string", default: "20" } },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
if (positionals[0] !== "crash" || !Number.isInteger(rounds) || rounds < 1) {
  console.error("usage: bun run fault crash [--rounds 20]");
  process.exit(2);
}

const drill = await setDrill();
let broken = 0;
try {
  for (let i = 0; i < rounds; i += 1) {
    const victim = victims[i % victims.length] ?? "app";
    const { acknowledged, ...wrong } = await drill.round(victim);
    broken += Object.values(wrong).reduce((sum, count) => sum + count, 0);
    const said = Object.entries(wrong).map(([what, count]) => `${what} ${count}`);
    console.log(`round ${i + 1}: killed ${victim.padEnd(10)} acknowledged ${acknowledged}, ${said.join(", ")}`);
  }
} finally {
  await drill.stop();
}
console.log(broken === 0 ? `${rounds} rounds, nothing lost` : `${rounds} rounds, ${broken} wrong`);
process.exit(broken === 0 ? 0 : 1);
