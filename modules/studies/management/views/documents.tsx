/** The checklist of essential documents, and one of them with its versions and signatures. */
import type { GivenSignature, Signing } from "@core/module.ts";
import { SignatureField } from "@core/signature/signature-field.tsx";
import { Badge, type Tone } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
import { DateField, FileField, Form, FormFoot, type FormState, Select } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import type { DocumentState } from "../rules/documents.ts";
import type { Choice } from "./delegation.tsx";
import { type Happening, History } from "./history.tsx";

const tones: Readonly<Record<DocumentState, Tone>> = {
  missing: "bad",
  "waits for signature": "warn",
  valid: "ok",
  "expires soon": "warn",
  expired: "bad",
};
interface DocumentLine {
  readonly title: string;
  readonly needed: boolean;
  readonly href: string | null;
  readonly version: number | null;
  readonly expiresOn: string | null;
  readonly state: DocumentState;
  readonly readers: number;
  readonly toRead: boolean;
}
export interface DocumentsProps {
  readonly file: string | null;
  readonly kinds: readonly Choice[];
  readonly sites: readonly Choice[];
  readonly places: readonly { readonly label: string; readonly lines: readonly DocumentLine[] }[];
  readonly form?: FormState | undefined;
}
export const DocumentsPage = ({ file, kinds, sites, places, form }: DocumentsProps): Html => (
  <Page
    title="Documents"
    lead="What the study and each site must have. Every file is sealed: it may name people."
    form={form}
  >
    {places.map(({ label, lines }) => (
      <DataTable
        caption={`${label}: ${lines.filter(({ needed, state }) => needed && !["valid", "expires soon"].includes(state)).length} missing`}
        scroll={false}
        columns={[
          {
            key: "title",
            head: "Document",
            wrap: true,
            cell: (line: DocumentLine) => (line.href ? <a href={line.href}>{line.title}</a> : line.title),
          },
          { key: "version", head: "Version", align: "end", cell: (line) => line.version ?? "" },
          {
            key: "state",
            head: "State",
            cell: (line) =>
              line.state === "missing" && !line.needed ? (
                <span class="muted">when it applies</span>
              ) : (
                <Badge tone={tones[line.state]}>{line.state}</Badge>
              ),
          },
          { key: "expires", head: "Holds until", cell: (line) => line.expiresOn ?? "" },
          {
            key: "readers",
            head: "Read by",
            align: "end",
            cell: (line) => (line.toRead && line.version ? line.readers : ""),
          },
        ]}
        rows={lines}
      />
    ))}
    {file && (
      <Panel title="File a document">
        <Form action={file} panel={false} upload>
          <Select name="kind" label="Document" options={kinds} empty="Choose a document" form={form} />
          {sites.length > 0 && (
            <Select name="siteId" label="Site, for a site's document" options={sites} empty="None" form={form} />
          )}
          <DateField name="expiresOn" label="Holds until" optional form={form} />
          <FileField name="file" label="PDF file" accept="application/pdf" hint="At most 10 MB." form={form} />
          <FormFoot note="Filing another makes the next version; the earlier ones stay.">
            <Button tone="primary">File</Button>
          </FormFoot>
        </Form>
      </Panel>
    )}
  </Page>
);

interface Act {
  readonly action: string;
  readonly signing: Signing;
}
export interface DocumentProps {
  readonly row: {
    readonly version: number;
    readonly filename: string;
    readonly bytes: number;
    readonly expiresOn: string | null;
  };
  readonly crumbs: readonly Crumb[];
  readonly title: string;
  readonly place: string;
  readonly digest: string;
  readonly state: DocumentState;
  readonly isNewest: boolean;
  readonly download: string;
  readonly happened: readonly Happening[];
  readonly signatures: readonly GivenSignature[];
  readonly sign: Act | null;
  readonly read: Act | null;
  readonly others: readonly { readonly href: string; readonly version: number }[];
  readonly form?: FormState | undefined;
}
export const DocumentPage = ({ row, ...props }: DocumentProps): Html => (
  <Page
    title={`${props.title}, version ${row.version}`}
    crumbs={props.crumbs}
    badge={<Badge tone={tones[props.state]}>{props.state}</Badge>}
    form={props.form}
    actions={
      <ButtonLink href={props.download} download tone="primary">
        Open the file
      </ButtonLink>
    }
    aside={<History happened={props.happened} signatures={props.signatures} />}
  >
    {!props.isNewest && (
      <Note tone="warn">
        <p>There is a newer version.</p>
      </Note>
    )}
    <Panel>
      <Facts
        facts={[
          { term: "Belongs to", value: props.place },
          { term: "File", value: `${row.filename}, ${Math.ceil(row.bytes / 1024).toLocaleString("en")} kB` },
          { term: "Holds until", value: row.expiresOn ?? "no end" },
          { term: "SHA-256", value: <span class="mono">{props.digest}</span> },
          ...(props.others.length > 0
            ? [
                {
                  term: "Other versions",
                  value: (
                    <>
                      {props.others.map(({ href, version }) => (
                        <a href={href}>{version} </a>
                      ))}
                    </>
                  ),
                },
              ]
            : []),
        ]}
      />
    </Panel>
    {props.read && (
      <Form action={props.read.action} panel>
        <SignatureField signing={props.read.signing} form={props.form} />
        <FormFoot>
          <Button tone="primary">Read and understood</Button>
        </FormFoot>
      </Form>
    )}
    {props.sign && !props.read && (
      <Form action={props.sign.action} panel>
        <SignatureField signing={props.sign.signing} form={props.form} />
        <FormFoot>
          <Button tone="primary">Sign this version</Button>
        </FormFoot>
      </Form>
    )}
  </Page>
);
