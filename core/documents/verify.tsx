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
import { type PlainLanguage, plainLanguageOf } from "@views/plain-words.ts";
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

/** Whoever holds a consent reads it in his own language, and so he asks about it. */
const words = {
  en: {
    ask: "Is this file genuine?",
    lead: "Choose a file that was downloaded here, for example a signed consent. You are told whether it is the one that was made, or whether a single letter was changed since. The file is not kept.",
    file: "File",
    check: "Check",
    genuine: "Genuine",
    isGenuine: (institution: string) => `This file was made by ${institution}, and nothing in it was changed since.`,
    unknown: "Not known here",
    isUnknown: (institution: string) =>
      `This is no file that ${institution} made: it was changed after it was downloaded, or it comes from elsewhere. Opening a file and saving it again changes it too; try the file as it was downloaded.`,
    what: "What it is",
    made: "Made",
    another: "Check another file",
  },
  es: {
    ask: "¿Es auténtico este archivo?",
    lead: "Elija un archivo que se descargó aquí, por ejemplo un consentimiento firmado. Se le dirá si es el que se hizo o si después se cambió una sola letra. El archivo no se guarda.",
    file: "Archivo",
    check: "Comprobar",
    genuine: "Auténtico",
    isGenuine: (institution: string) => `Este archivo lo hizo ${institution} y nada en él ha cambiado desde entonces.`,
    unknown: "Aquí no se conoce",
    isUnknown: (institution: string) =>
      `Este archivo no lo hizo ${institution}: se cambió después de descargarlo o viene de otro sitio. Abrir un archivo y guardarlo de nuevo también lo cambia; pruebe con el archivo tal como se descargó.`,
    what: "Qué es",
    made: "Hecho",
    another: "Comprobar otro archivo",
  },
  nl: {
    ask: "Is dit bestand echt?",
    lead: "Kies een bestand dat hier is gedownload, bijvoorbeeld een ondertekende toestemming. U hoort of het is zoals het is gemaakt, of dat er daarna ook maar één letter is veranderd. Het bestand wordt niet bewaard.",
    file: "Bestand",
    check: "Controleren",
    genuine: "Echt",
    isGenuine: (institution: string) =>
      `Dit bestand is gemaakt door ${institution}, en sindsdien is er niets in veranderd.`,
    unknown: "Hier niet bekend",
    isUnknown: (institution: string) =>
      `Dit bestand is niet zo door ${institution} gemaakt: het is na het downloaden veranderd, of het komt ergens anders vandaan. Een bestand openen en opnieuw opslaan verandert het ook; probeer het zoals het is gedownload.`,
    what: "Wat het is",
    made: "Gemaakt",
    another: "Nog een bestand controleren",
  },
} as const;

const askPage = (lang: PlainLanguage, form?: FormState): Html => (
  <PlainPage title={words[lang].ask} lang={lang} form={form}>
    <p>{words[lang].lead}</p>
    <Form action="/verify" upload guard={false}>
      <FileField name="file" label={words[lang].file} form={form} />
      <Button tone="primary">{words[lang].check}</Button>
    </Form>
  </PlainPage>
);

const answerPage = (
  lang: PlainLanguage,
  found: (Known & { readonly title: string }) | null,
  digest: string,
  institution: string,
): Html => {
  const say = words[lang];
  return (
    <PlainPage title={found ? say.genuine : say.unknown} lang={lang}>
      {found ? <Note>{say.isGenuine(institution)}</Note> : <Note tone="bad">{say.isUnknown(institution)}</Note>}
      <Facts
        facts={[
          ...(found
            ? [
                { term: say.what, value: <span lang="en">{found.title}</span> },
                { term: say.made, value: <Time at={new Date(found.at)} show="full" /> },
              ]
            : []),
          { term: "SHA-256", value: <span class="mono">{digest.replace(/(.{8})/g, "$1 ")}</span> },
        ]}
      />
      <p>
        <a href="/verify">{say.another}</a>
      </p>
    </PlainPage>
  );
};

const languageOf = ({ incoming }: Pick<OwnContext, "incoming">): PlainLanguage =>
  plainLanguageOf(incoming.request.headers.get("accept-language"));

export const verifyRoutes: KernelRoutes = {
  place: "institution",
  routes: [
    ownGet("/verify", { needs: anyone, run: async (_, ctx) => askPage(languageOf(ctx)) }),
    ownPost("/verify", {
      needs: anyone,
      bodyLimit: LARGEST,
      body: t.Object({ file: upload({ title: "a file" }) }),
      before: async ({ body }, knock) => {
        await requireTurn(knock, "link");
        return sha256(body.file.bytes);
      },
      refused: async (_, problems, ctx) =>
        askPage(languageOf(ctx), {
          errors: Object.fromEntries(problems.map(({ field, sentence }) => [field, sentence])),
        }),
      run: async ({ prepared }, ctx) => {
        const known = await find(ctx, prepared);
        ctx.audit("core.file_checked", { answer: known ? "genuine" : "not known" });
        return answerPage(languageOf(ctx), known, prepared.toString("hex"), ctx.tenant.name);
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
