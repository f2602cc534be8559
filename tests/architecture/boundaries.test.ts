/** The laws of import (style-anchors §3.5). Each law shows a breach that it would notice, and the scan proves it read something. */
import { describe, expect, test } from "bun:test";
import { dirname, join, relative } from "node:path";

const root = join(import.meta.dir, "../..");
const SPECIFIER =
  /(?:^|[^.\w])(?:import|export)\s*(?:type\s+)?(?:[^'"();]*?\sfrom\s*)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** A path below the root ("core/vault/aead.ts"), or the package's name. */
  readonly target: string;
}

function importsOf(file: string, text: string): Import[] {
  return [...text.matchAll(SPECIFIER)].map((match) => {
    const specifier = match[1] ?? match[2] ?? "";
    return { from: file, specifier, target: targetOf(file, specifier) };
  });
}

function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith("@core/")) return specifier.replace("@core/", "core/");
  if (specifier.startsWith("@views/")) return specifier.replace("@views/", "views/");
  if (specifier.startsWith(".")) return relative(root, join(root, dirname(file), specifier));
  return specifier;
}

const packageOf = (target: string) =>
  target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/");
const within = (path: string, ...folders: readonly string[]) =>
  folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
const moduleOf = (path: string) => /^modules\/([^/]+)\//.exec(path)?.[1] ?? null;

interface Law {
  readonly says: string;
  readonly breaks: (one: Import) => boolean;
  /** A file and a line that must be noticed. */
  readonly example: readonly [file: string, line: string];
}

/** Only these places may import this package. */
const onlyIn = (name: string, ...places: readonly string[]): Law => ({
  says: `${name} is imported only by ${places.join(", ")}`,
  breaks: ({ from, target }) => packageOf(target) === name && !within(from, ...places),
  example: ["modules/milestones/store.ts", `import type x from "${name}";`],
});

const laws: readonly Law[] = [
  {
    says: "a module never imports another module, not even its types",
    breaks: ({ from, target }) => {
      const [own, other] = [moduleOf(from), moduleOf(`${target}/`)];
      return own !== null && other !== null && own !== other;
    },
    example: ["modules/studies/routes.ts", 'import type { Level } from "../milestones/level.ts";'],
  },
  {
    says: "core never imports a module",
    breaks: ({ from, target }) => within(from, "core") && within(target, "modules"),
    example: ["core/kernel.ts", 'import { modules } from "../modules/index.ts";'],
  },
  {
    says: "views import nothing but views and the renderer",
    breaks: ({ from, target }) =>
      within(from, "views") &&
      !within(target, "views") &&
      !["preact", "preact-render-to-string"].includes(packageOf(target)),
    example: ["views/page.tsx", 'import type { Sealed } from "@core/vault/sealed.ts";'],
  },
  {
    says: "a module's views never see the store, the tables or the database",
    breaks: ({ from, target }) =>
      /^modules\/[^/]+\/views(\/|\.tsx$)/.test(from) &&
      (/\/(store|tables)(\/|\.ts)/.test(target) ||
        within(target, "core/db", "core/tenancy") ||
        ["drizzle-orm", "postgres"].includes(packageOf(target))),
    example: ["modules/milestones/views/trainee.tsx", 'import { trainees } from "../store/trainees.ts";'],
  },
  {
    says: "nothing but tests imports tests",
    breaks: ({ from, target }) => !within(from, "tests") && within(target, "tests"),
    example: ["core/serve.ts", 'import { testWorld } from "../tests/support/world.ts";'],
  },
  {
    says: "a folder is left by @core or @views, never by climbing out of it",
    breaks: ({ from, specifier }) => specifier.startsWith("../../") && !within(from, "tests"),
    example: ["modules/milestones/views/trainee.tsx", 'import { x } from "../../../core/problem.ts";'],
  },
  onlyIn("elysia", "core/http"),
  onlyIn("@elysiajs/jwt", "core/http"),
  onlyIn("lucia", "core/identity"),
  onlyIn("ai", "core/ai"),
  onlyIn("postgres", "core/db", "core/tenancy", "core/demo.ts", "core/jobs", "tests"),
  onlyIn("pg-boss", "core/jobs", "tests"),
  onlyIn("node:crypto", "core/vault", "tests"),
  onlyIn("libsodium-wrappers-sumo", "core/vault"),
  onlyIn("@aws-sdk/client-kms", "core/vault"),
  onlyIn("@aws-sdk/client-pinpoint-sms-voice-v2", "core/sms"),
  onlyIn("pdfkit", "core/documents"),
  onlyIn("nodemailer", "core/mail"),
  onlyIn("libpg-query", "core/db"),
];

async function scan(): Promise<Import[]> {
  const found: Import[] = [];
  for (const folder of ["core", "modules", "views", "tests"]) {
    for await (const file of new Bun.Glob(`${folder}/**/*.{ts,tsx}`).scan({ cwd: root })) {
      found.push(...importsOf(file, await Bun.file(join(root, file)).text()));
    }
  }
  return found;
}

describe("boundaries", async () => {
  const imports = await scan();
  test("the scan read the house", () => {
    expect(imports.length).toBeGreaterThan(400);
    expect(
      imports.some(({ from, target }) => from === "core/http/endpoint.ts" && target.startsWith("core/context")),
    ).toBe(true);
  });
  test.each(laws.map((law) => [law.says, law] as const))("%s", (_says, law) => {
    const [file, line] = law.example;
    expect(importsOf(file, line).some(law.breaks)).toBe(true);
    expect(imports.filter(law.breaks).map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([]);
  });
  test("no file is called by an empty name", async () => {
    const names: string[] = [];
    for await (const file of new Bun.Glob("{core,modules,views}/**/*.{ts,tsx}").scan({ cwd: root })) names.push(file);
    expect(names.filter((name) => /\/(utils?|helpers?|managers?|services?|types)\.tsx?$/.test(name))).toEqual([]);
  });
});
