/** /admin/sign-in-services: sign-in services of the institution's own, for somebody who sets one up twice in a lifetime. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Checkbox, Form, FormFoot, type FormState, RadioGroup, TextArea, TextField } from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { type Guide, guides } from "./sign-in-service-guides.tsx";

export const crumb = { label: "Sign-in services", href: "/admin/sign-in-services" };
export const kinds = { saml: "SAML 2.0", oidc: "OpenID Connect" } as const;
export type Kind = keyof typeof kinds;

export interface CertificateLine {
  readonly subject: string;
  readonly until: Date;
  readonly fingerprint: string;
  /** Whole days; negative: over. */
  readonly days: number;
}

export interface ProviderLine {
  readonly id: string;
  readonly kind: Kind;
  readonly title: string;
  readonly isOn: boolean;
  readonly people: number;
  /** What wants attention, in a word. */
  readonly trouble: string | null;
}

export const servicesPage = (lines: readonly ProviderLine[], mayManage: boolean): Html => (
  <Page
    title="Sign-in services"
    lead="Where people sign in with the account they have at the institution already. An account here is opened by who somebody is there, never by an address alone."
    primary={
      mayManage && (
        <ButtonLink href="/admin/sign-in-services/new" tone="primary">
          Add a sign-in service
        </ButtonLink>
      )
    }
  >
    <DataTable
      caption={lines.length === 1 ? "1 sign-in service" : `${lines.length} sign-in services`}
      rows={lines}
      scroll={false}
      empty={
        <Empty
          title="None yet"
          action={mayManage && <ButtonLink href="/admin/sign-in-services/new">Add a sign-in service</ButtonLink>}
        >
          People sign in by the ways on the page How people sign in. Microsoft Entra, Okta, Shibboleth, Google and every
          other service that speaks SAML 2.0 or OpenID Connect can be added here.
        </Empty>
      }
      columns={[
        { key: "title", head: "Name", cell: (one) => <a href={`/admin/sign-in-services/${one.id}`}>{one.title}</a> },
        { key: "kind", head: "By", cell: ({ kind }) => kinds[kind] },
        { key: "people", head: "People linked", align: "end", cell: ({ people }) => people },
        {
          key: "state",
          head: "State",
          wrap: true,
          cell: ({ isOn, trouble }) => (
            <>
              {isOn ? <Badge tone="ok">On</Badge> : <Badge tone="none">Off</Badge>}{" "}
              {trouble && <Badge tone="warn">{trouble}</Badge>}
            </>
          ),
        },
      ]}
    />
  </Page>
);

export const newServicePage = (form?: FormState): Html => (
  <Page
    title="Add a sign-in service"
    crumbs={[crumb]}
    lead="First a name; then a page shows what to enter there and what to bring back."
    form={form}
  >
    <Form action="/admin/sign-in-services">
      <TextField
        name="title"
        label="Name on the button"
        hint="As people call it: Northfield staff account. The sign-in page says: Sign in by …"
        form={form}
        maxlength={80}
      />
      <RadioGroup
        name="kind"
        label="How it speaks"
        value="saml"
        form={form}
        options={[
          { value: "saml", label: "SAML 2.0", hint: "Shibboleth, Entra, Okta, ADFS: you paste its metadata." },
          {
            value: "oidc",
            label: "OpenID Connect",
            hint: "Entra, Okta, Google, Keycloak: you enter its address, a client ID and a secret.",
          },
        ]}
      />
      <FormFoot>
        <Button tone="primary">Go on</Button>
        <ButtonLink href="/admin/sign-in-services">Cancel</ButtonLink>
      </FormFoot>
    </Form>
  </Page>
);

export interface ProviderView {
  readonly id: string;
  readonly kind: Kind;
  readonly title: string;
  readonly isOn: boolean;
  readonly isComplete: boolean;
  readonly admits: boolean;
  readonly trustsSecond: boolean;
  readonly mayManage: boolean;
  /** What the service needs to know of us. */
  readonly ours: readonly { readonly term: string; readonly value: string }[];
  readonly ownCertificate: CertificateLine | null;
  readonly otherCertificate: (CertificateLine & { readonly is: "next" | "last" }) | null;
  /** What it has told us. */
  readonly theirs: readonly { readonly term: string; readonly value: string }[];
  readonly certificates: readonly CertificateLine[];
  readonly refusals:
    | readonly { readonly at: Date; readonly why: string; readonly times: number; readonly ip: string }[]
    | null;
}

const expiry = ({ days, until }: CertificateLine): Child => (
  <>
    <Time at={until} show="day" />{" "}
    {days < 0 ? (
      <Badge tone="bad">Over</Badge>
    ) : days <= 30 ? (
      <Badge tone="warn">{days === 1 ? "1 day left" : `${days} days left`}</Badge>
    ) : null}
  </>
);
/** Three steps, each said in words before it is done. */
const OwnKey = ({ base, other }: { base: string; other: ProviderView["otherCertificate"] }): Html => (
  <details open={other !== null}>
    <summary>Change our certificate</summary>
    <div class="stack">
      {other === null && (
        <>
          <p>A new one is made and named in our metadata beside this one. Nothing else changes yet.</p>
          <div class="row">
            <PostButton action={`${base}/own-key/prepare`}>Make the next one</PostButton>
          </div>
        </>
      )}
      {other?.is === "next" && (
        <>
          <p>
            Let the service read our metadata again, or upload the next certificate there. When it knows both, change to
            it: from then on our requests are signed with it.
          </p>
          <div class="row">
            <PostButton action={`${base}/own-key/switch`} tone="primary">
              The service knows it: change to it
            </PostButton>
            <PostButton action={`${base}/own-key/retire`}>Give it up</PostButton>
          </div>
        </>
      )}
      {other?.is === "last" && (
        <>
          <p>
            The former one is still named, and opens what the service encrypts for it. When people came in well for a
            day, take it out.
          </p>
          <div class="row">
            <PostButton action={`${base}/own-key/retire`} tone="primary">
              Take the former one out
            </PostButton>
          </div>
        </>
      )}
    </div>
  </details>
);
const long = (value: string): Html => <span class="mono break">{value}</span>;

export const servicePage = (view: ProviderView, form?: FormState): Html => {
  const base = `/admin/sign-in-services/${view.id}`;
  const which = typeof form?.values?.act === "string" ? form.values.act : "";
  const formFor = (act: string) => (which === act ? form : undefined);
  return (
    <Page
      title={view.title}
      crumbs={[crumb]}
      badge={view.isOn ? <Badge tone="ok">On</Badge> : <Badge tone="none">Off</Badge>}
      lead={`By ${kinds[view.kind]}.`}
      actions={
        view.mayManage &&
        view.isComplete &&
        (view.isOn ? (
          <PostButton action={`${base}/off`}>Switch off</PostButton>
        ) : (
          <PostButton action={`${base}/on`} tone="primary">
            Switch on
          </PostButton>
        ))
      }
      form={form}
      aside={
        <Panel title="Set-up, step by step">
          <ul class="choices">
            {(Object.keys(guides) as Guide[]).map((guide) => (
              <li>
                <a href={`${base}/guides/${guide}`}>{guides[guide]}</a>
              </li>
            ))}
          </ul>
        </Panel>
      }
    >
      <div class="stack">
        {!view.isComplete && (
          <Note>
            {view.kind === "saml"
              ? "Enter what stands under 1 at the service, then bring its metadata to 2. Nobody sees it before you switch it on."
              : "Register us there with what stands under 1, then enter what you got under 2. Nobody sees it before you switch it on."}
          </Note>
        )}
        <Panel title="1  What the service needs to know">
          <Facts
            stacked
            facts={[
              ...view.ours.map(({ term, value }) => ({ term, value: long(value) })),
              ...(view.ownCertificate
                ? [
                    { term: "Our certificate, SHA-256", value: long(view.ownCertificate.fingerprint) },
                    { term: "Good until", value: expiry(view.ownCertificate) },
                  ]
                : []),
              ...(view.otherCertificate
                ? [
                    {
                      term: view.otherCertificate.is === "next" ? "Our next, SHA-256" : "Our former, SHA-256",
                      value: long(view.otherCertificate.fingerprint),
                    },
                    { term: "Good until", value: expiry(view.otherCertificate) },
                  ]
                : []),
            ]}
          />
          {view.mayManage && view.ownCertificate && <OwnKey base={base} other={view.otherCertificate} />}
        </Panel>
        <Panel title="2  What it has told us">
          <div class="stack">
            {view.theirs.length > 0 && (
              <Facts stacked facts={view.theirs.map(({ term, value }) => ({ term, value: long(value) }))} />
            )}
            {view.certificates.length > 0 && (
              <DataTable
                caption="Its signing certificates: what it says is believed when one of these signed it"
                rows={view.certificates}
                scroll={false}
                named={false}
                columns={[
                  { key: "subject", head: "Name", wrap: true, cell: ({ subject }) => subject || "No name" },
                  {
                    key: "fingerprint",
                    head: "SHA-256",
                    wrap: true,
                    cell: ({ fingerprint }) => <span class="mono break">{fingerprint}</span>,
                  },
                  { key: "until", head: "Good until", cell: expiry },
                  {
                    key: "act",
                    head: "Act",
                    quiet: true,
                    cell: ({ fingerprint, subject }) =>
                      view.mayManage &&
                      view.certificates.length > 1 && (
                        <PostButton
                          action={`${base}/certificates/remove`}
                          fields={{ fingerprint }}
                          about={subject || fingerprint}
                        >
                          Take out
                        </PostButton>
                      ),
                  },
                ]}
              />
            )}
            {view.mayManage && view.kind === "saml" && (
              <details open={!view.isComplete || which === "metadata"}>
                <summary>{view.isComplete ? "It has new metadata" : "Paste its metadata"}</summary>
                <Form action={`${base}/metadata`} panel={false} hidden={{ act: "metadata" }}>
                  <TextArea
                    name="metadata"
                    label="Metadata"
                    hint="The whole XML file of the service. It is read here and never fetched from an address."
                    rows={8}
                    maxlength={350_000}
                    form={formFor("metadata")}
                  />
                  {view.certificates.length > 0 && (
                    <Checkbox
                      name="keep"
                      label="Keep the certificates that are here beside the new ones"
                      hint="While the service changes from one certificate to the next, both are believed. Take the old one out afterwards."
                      checked
                      form={formFor("metadata")}
                    />
                  )}
                  <div class="row">
                    <Button tone={view.isComplete ? "normal" : "primary"}>Read it</Button>
                  </div>
                </Form>
              </details>
            )}
            {view.mayManage && view.kind === "oidc" && (
              <details open={!view.isComplete || which === "client"}>
                <summary>{view.isComplete ? "Change the client" : "Enter the client"}</summary>
                <Form action={`${base}/client`} panel={false} hidden={{ act: "client" }}>
                  <TextField
                    name="issuer"
                    label="Issuer"
                    type="url"
                    hint="The address of the service, such as https://login.example.org. What it publishes there is read when you save."
                    value={view.theirs[0]?.value}
                    width="full"
                    spellcheck={false}
                    form={formFor("client")}
                  />
                  <TextField
                    name="client"
                    label="Client ID"
                    value={view.theirs[1]?.value}
                    width="full"
                    spellcheck={false}
                    autocomplete="off"
                    form={formFor("client")}
                  />
                  <TextField
                    name="secret"
                    type="password"
                    label="Client secret"
                    optional={view.isComplete}
                    hint={
                      view.isComplete
                        ? "Empty: it stays as it is. It is sealed, and never shown again."
                        : "It is sealed, and never shown again."
                    }
                    width="full"
                    autocomplete="off"
                    form={formFor("client")}
                  />
                  <div class="row">
                    <Button tone={view.isComplete ? "normal" : "primary"}>Save and ask the service</Button>
                  </div>
                </Form>
              </details>
            )}
          </div>
        </Panel>
        <Panel title="3  Who may come in by it">
          <Form action={`${base}/rules`} panel={false} hidden={{ act: "rules" }}>
            <TextField
              name="title"
              label="Name on the button"
              value={view.title}
              form={formFor("rules")}
              maxlength={80}
              disabled={!view.mayManage}
            />
            <Checkbox
              name="admits"
              label="Somebody who comes for the first time gets an account that waits for approval"
              hint="Off: only those whose account is linked already. Either way nobody sees anything before access is given."
              checked={view.admits}
              form={formFor("rules")}
              disabled={!view.mayManage}
            />
            <Checkbox
              name="second"
              label="A second factor given there counts here"
              hint="Where the service says that one was given (REFEDS MFA, Entra's multipleauthn, amr mfa), nobody is asked again. If it does not say so, ours is asked for."
              checked={view.trustsSecond}
              form={formFor("rules")}
              disabled={!view.mayManage}
            />
            {view.mayManage && (
              <div class="row">
                <Button>Save</Button>
              </div>
            )}
          </Form>
        </Panel>
        {view.refusals?.length === 0 && (
          <Panel title="What it said and was not believed">
            <p class="muted">Nothing so far. When an answer is not accepted, the reason stands here.</p>
          </Panel>
        )}
        {view.refusals && view.refusals.length > 0 && (
          <DataTable
            caption="What it said and was not believed, newest first"
            rows={view.refusals}
            scroll={false}
            named={false}
            columns={[
              { key: "at", head: "Last", cell: ({ at }) => <Time at={at} /> },
              { key: "why", head: "Why", wrap: true, cell: ({ why }) => why },
              { key: "times", head: "Times", align: "end", cell: ({ times }) => times },
              { key: "ip", head: "From address", cell: ({ ip }) => ip },
            ]}
          />
        )}
      </div>
    </Page>
  );
};
