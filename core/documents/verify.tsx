/**
 * /verify: whoever holds a file that was downloaded here can ask whether it is the one that was made, to the last byte.
 * The file is hashed and forgotten; the answer names no person.
 */
import { Type as t } from "@sinclair/typebox";
import { Button } from "@views/button.tsx";
import { FileField, Form, type FormState } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { PlainPage } from "@views/page.tsx";
import { Facts, Note } from "@views/panel.tsx";
import { Time } from "@views/time.tsx";
import type { OwnContext } from "../context.ts";
import { upload } from "../http/input.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { requireTurn } from "../identity/pace.ts";
import type { KernelRoutes } from "../kernel.ts";
import { anyone } from "../module.ts";
import { sha256 } from "../vault/primitives.ts";

const LARGEST = 25_000_000;

interface Known {
  readonly name: string;
  readonly format: string;
  readonly at: string;
}

const askPage = (form?: FormState): Html => (
  <PlainPage title="Is this file genuine?" form={form}>
    <p>
      Choose a file that was downloaded here, for example a signed consent. You are told whether it is the one that was
      made, or whether a single letter was changed since. The file is not kept.
    </p>
    <Form action="/verify" upload guard={false}>
      <FileField name="file" label="File" form={form} />
      <Button tone="primary">Check</Button>
    </Form>
  </PlainPage>
);

const answerPage = (found: (Known & { readonly title: string }) | null, digest: string, institution: string): Html => (
  <PlainPage title={found ? "Genuine" : "Not known here"}>
    {found ? (
      <Note>This file was made by {institution}, and nothing in it was changed since.</Note>
    ) : (
      <Note tone="bad">
        This is no file that {institution} made: it was changed after it was downloaded, or it comes from elsewhere.
        Opening a file and saving it again changes it too; try the file as it was downloaded.
      </Note>
    )}
    <Facts
      facts={[
        ...(found
          ? [
              { term: "What it is", value: found.title },
              { term: "Made", value: <Time at={new Date(found.at)} show="full" /> },
            ]
          : []),
        { term: "SHA-256", value: <span class="mono">{digest.replace(/(.{8})/g, "$1 ")}</span> },
      ]}
    />
    <p>
      <a href="/verify">Check another file</a>
    </p>
  </PlainPage>
);

export const verifyRoutes: KernelRoutes = {
  place: "institution",
  routes: [
    ownGet("/verify", { needs: anyone, run: async () => askPage() }),
    ownPost("/verify", {
      needs: anyone,
      bodyLimit: LARGEST,
      body: t.Object({ file: upload({ title: "a file" }) }),
      before: async ({ body }, knock) => {
        await requireTurn(knock, "link");
        return sha256(body.file.bytes);
      },
      refused: async (_, problems) =>
        askPage({ errors: Object.fromEntries(problems.map(({ field, sentence }) => [field, sentence])) }),
      run: async ({ prepared }, ctx) => {
        const known = await find(ctx, prepared);
        ctx.audit("core.file_checked", { answer: known ? "genuine" : "not known" });
        return answerPage(known, prepared.toString("hex"), ctx.tenant.name);
      },
    }),
  ],
};

async function find(ctx: OwnContext, digest: Buffer): Promise<(Known & { title: string }) | null> {
  const [row] = await ctx.lease.rows("select core.find_file($1::bytea)", [digest]);
  const known = row?.[0] as Known | null | undefined;
  if (!known) return null;
  for (const module of ctx.house.kernel.modules) {
    const declared = (module.exports as Readonly<Record<string, { title: string }>> | undefined)?.[known.name];
    if (declared) return { ...known, title: declared.title };
  }
  return { ...known, title: "A file of the institution's record" };
}
