/** What can be heard, seen and kept beside a text: the builder's form, and the player with its words. */
import { Button, ButtonLink } from "@views/button.tsx";
import { FileField, Form, FormFoot, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Note } from "@views/panel.tsx";
import type { Language } from "../document.ts";
import { type Medium, type MediumKind, sizeInWords } from "../medium.ts";
import type { PartProps } from "./documents.tsx";
import { FullText } from "./full-text.tsx";

export const mediumKindsInWords: Readonly<Record<MediumKind, string>> = {
  audio: "Recording",
  video: "Video",
  pdf: "PDF",
};

export const MediumPage = ({ title, crumbs, here, content, ordinal, part, form }: PartProps): Html => {
  const medium = content.media?.find(({ id }) => id === part);
  return (
    <Page
      title={medium ? `${mediumKindsInWords[medium.kind]}: ${medium.title}` : "A recording, video or PDF"}
      crumbs={crumbs}
      lead={`${title}. It is part of what is signed: another file is another version.`}
      form={form}
    >
      <Form action={`${here}/media/${part}`} upload hidden={{ ordinal }}>
        <FileField
          name="file"
          label={medium ? "Another file in its place" : "File"}
          hint={`MP4 or WebM up to 32 MB, MP3, M4A, OGG or WAV up to 16 MB, PDF up to 8 MB.${
            medium ? ` Now: ${sizeInWords(medium.file.bytes)}.` : ""
          }`}
          accept=".mp4,.webm,.mp3,.m4a,.ogg,.wav,.pdf"
          optional={medium !== undefined}
          form={form}
        />
        <TextField
          name="title"
          label="Title"
          hint="As participants read it: “How the blood sample is taken”."
          value={medium?.title}
          width="full"
          form={form}
        />
        <Select
          name="section"
          label="Where it stands"
          empty="Beside the whole document"
          options={content.sections.map(({ id, title: label }, at) => ({ value: id, label: `${at + 1}. ${label}` }))}
          value={medium?.section ?? ""}
          form={form}
        />
        <TextArea
          name="transcript"
          label="Transcript"
          hint="Everything that is said, and what is shown where it matters. A PDF needs none."
          optional
          value={medium?.transcript}
          rows={8}
          form={form}
        />
        <FileField
          name="captions"
          label="Captions of a video (.vtt)"
          hint={medium?.captions ? "There are captions; choose a file to replace them." : "A video needs them."}
          accept=".vtt"
          optional
          form={form}
        />
        <FormFoot>
          <Button tone="primary" name="act" value="save">
            Save
          </Button>
          {medium && (
            <Button tone="danger" name="act" value="remove">
              Take it out
            </Button>
          )}
          <ButtonLink href={here} tone="quiet">
            Back
          </ButtonLink>
        </FormFoot>
      </Form>
    </Page>
  );
};

export interface PlayerProps {
  readonly medium: Medium;
  /** Where its file is; its captions lie beside it. */
  readonly at: string;
  /** Where pressing play is told, once. */
  readonly played?: string;
  readonly language: Language;
  readonly words: { readonly transcript: string; readonly captions: string };
}

/** The browser's own player: it works without any script, by keyboard, and loads nothing before it is told to play. */
export const Player = ({ medium, at, played, language, words }: PlayerProps): Html => (
  <figure class="player">
    {medium.kind === "video" ? (
      // biome-ignore lint/a11y/useMediaCaption: no version is put forward while a video lacks its captions
      <video src={`${at}/file`} controls preload="none" aria-label={medium.title} data-played={played}>
        {medium.captions && (
          <track kind="captions" src={`${at}/captions`} srclang={language} label={words.captions} default />
        )}
      </video>
    ) : (
      // biome-ignore lint/a11y/useMediaCaption: sound alone has its words below it (WCAG 1.2.1)
      <audio src={`${at}/file`} controls preload="none" aria-label={medium.title} data-played={played} />
    )}
    <figcaption>{medium.title}</figcaption>
    {medium.transcript && (
      <details>
        <summary>{words.transcript}</summary>
        <FullText text={medium.transcript} />
      </details>
    )}
  </figure>
);

/** In the builder: everything as participants meet it. */
export const MediumPreview = ({
  medium,
  here,
  language,
}: {
  medium: Medium;
  here: string;
  language: Language;
}): Html => {
  const at = `${here}/media/${medium.id}`;
  return medium.kind === "pdf" ? (
    <p>
      <a href={`${at}/file`} download>
        {medium.title} (PDF, {sizeInWords(medium.file.bytes)})
      </a>
    </p>
  ) : (
    <div lang={language}>
      <Player medium={medium} at={at} language={language} words={{ transcript: "Transcript", captions: "Captions" }} />
      {!medium.transcript && <Note tone="warn">No transcript yet.</Note>}
    </div>
  );
};
