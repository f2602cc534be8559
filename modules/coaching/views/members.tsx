/** Members: the list, the invitation, and one member's settings with the consent ledger. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import {
  CheckboxGroup,
  Fieldset,
  Form,
  FormFoot,
  type FormState,
  RadioGroup,
  Select,
  TextArea,
  TextField,
} from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable, Filters, Pager } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { Timeline } from "@views/timeline.tsx";
import type { MemberStatus } from "../consent.ts";
import type { ConversationStatus } from "../conversation.ts";
import { counted } from "../counted.ts";
import type { Locale } from "../reading-grade.ts";
import type { MemberSettings, MembersView } from "../routes/members.ts";
import { type Tier, tierInWords } from "../tier.ts";
import { consentInWords, conversationInWords, sourceInWords, statusInWords, toneOf } from "../words.ts";
import { zones } from "../zones.ts";

export interface MemberLine {
  readonly href: string;
  readonly name: string;
  readonly code: string;
  readonly locale: Locale;
  readonly status: MemberStatus;
  readonly coaches: readonly string[];
  readonly lastInAt: Date | null;
  readonly waitingSince: Date | null;
  readonly tier: Tier;
  readonly conversation: ConversationStatus;
}

export const Standing = ({ status }: { status: MemberStatus }): Html => {
  const [text, tone] = statusInWords[status];
  return <Badge tone={tone}>{text}</Badge>;
};

export const MembersPage = (props: MembersView): Html => {
  const { members, pager, inviteHref, action, find, status, coach, isFiltered } = props;
  return (
    <Page
      title="Members"
      primary={
        inviteHref && (
          <ButtonLink href={inviteHref} tone="primary">
            Invite a member
          </ButtonLink>
        )
      }
    >
      <Filters action={action} keep={{ order: props.order }} clear={isFiltered ? action : undefined}>
        <TextField name="find" label="Name, code or number" value={find} width="m" />
        <Select
          name="status"
          label="Standing"
          empty="All"
          value={status}
          options={Object.entries(statusInWords).map(([value, [label]]) => ({ value, label }))}
        />
        <Select
          name="coach"
          label="Coach"
          empty="Anybody"
          value={coach}
          options={[...props.coachChoices, { value: "nobody", label: "No coach" }]}
        />
      </Filters>
      <DataTable
        caption={isFiltered ? `${counted(pager.total, "member")} found` : counted(pager.total, "member")}
        sort={props.sort}
        sortHref={props.sortHref}
        columns={[
          { key: "name", head: "Member", cell: (line: MemberLine) => <a href={line.href}>{line.name}</a> },
          { key: "code", head: "Code", sortable: true, cell: (line) => line.code },
          { key: "status", head: "Standing", cell: (line) => <Standing status={line.status} /> },
          {
            key: "waiting",
            head: "Conversation",
            sortable: true,
            cell: (line) =>
              line.waitingSince ? (
                <Badge tone={toneOf(line.tier)}>{line.tier === "none" ? "Waits" : tierInWords[line.tier]}</Badge>
              ) : (
                conversationInWords[line.conversation][0]
              ),
          },
          {
            key: "coach",
            head: "Coach",
            cell: (line) => (line.coaches.length > 0 ? line.coaches.join(", ") : <Badge tone="warn">No coach</Badge>),
          },
          { key: "language", head: "Language", cell: (line) => (line.locale === "es" ? "Spanish" : "English") },
          {
            key: "heard",
            head: "Last heard",
            sortable: true,
            cell: (line) => (line.lastInAt ? <Time at={line.lastInAt} /> : "Never"),
          },
        ]}
        rows={members}
        empty={
          <Empty
            title={isFiltered ? "Nobody fits" : "No members yet"}
            action={
              !isFiltered &&
              inviteHref && (
                <ButtonLink href={inviteHref} tone="primary">
                  Invite a member
                </ButtonLink>
              )
            }
          >
            {isFiltered
              ? "Look for another name, or clear the filters."
              : "A member is invited with a name and a mobile number. The invitation asks for a YES, and nothing else is sent before it."}
          </Empty>
        }
      />
      {pager.total > 0 && <Pager {...pager} />}
    </Page>
  );
};

interface InviteProps {
  readonly action: string;
  readonly crumbs: readonly Crumb[];
  readonly coaches: readonly { readonly value: string; readonly label: string }[];
  readonly hasNumber: boolean;
  readonly numbersHref: string;
  readonly form?: FormState | undefined;
}

export const InvitePage = ({ action, crumbs, coaches, hasNumber, numbersHref, form }: InviteProps): Html => (
  <Page title="Invite a member" crumbs={crumbs} form={form}>
    {!hasNumber && (
      <Note tone="warn">
        <p>
          The service has no number of its own yet, so members cannot answer. <a href={numbersHref}>Add the number</a>{" "}
          first.
        </p>
      </Note>
    )}
    {coaches.length === 0 && <Note tone="warn">Nobody is a coach here yet. Give somebody the role Coach first.</Note>}
    <Form action={action} panel guard>
      <Fieldset legend="Who" hint="Names and numbers are stored sealed. In lists the member has a code.">
        <TextField name="name" label="Name" form={form} autocomplete="off" />
        <TextField
          name="phone"
          type="tel"
          label="Mobile number"
          hint="With its country, for example +1 555 010 0199."
          form={form}
          autocomplete="off"
        />
        <TextField name="email" type="email" label="E-mail" optional form={form} autocomplete="off" />
        <TextField name="recordNumber" label="Record number" optional form={form} width="m" />
      </Fieldset>
      <About form={form} />
      <Fieldset legend="Care">
        <Select name="coachId" label="Coach" empty="Choose" options={coaches} form={form} />
        <RadioGroup
          name="basis"
          label="How consent is given"
          value="text"
          form={form}
          options={[
            {
              value: "text",
              label: "By text message",
              hint: "The invitation asks for YES. Nothing else is sent before.",
            },
            {
              value: "paper",
              label: "On paper",
              hint: "The member has signed. The same words are kept in the ledger.",
            },
          ]}
        />
      </Fieldset>
      <FormFoot>
        <Button tone="primary">Invite</Button>
      </FormFoot>
    </Form>
  </Page>
);

const About = ({ form, member }: { form?: FormState | undefined; member?: MemberSettings["member"] }): Html => (
  <Fieldset legend="For the safety rules and the hours">
    <RadioGroup
      name="locale"
      label="Language"
      inline
      value={member?.locale ?? "en"}
      form={form}
      options={[
        { value: "en", label: "English" },
        { value: "es", label: "Spanish" },
      ]}
    />
    <Select
      name="zone"
      label="Time zone"
      value={member?.zone ?? "America/Chicago"}
      form={form}
      options={
        member && !zones.some(({ value }) => value === member.zone)
          ? [{ value: member.zone, label: member.zone }, ...zones]
          : zones
      }
    />
    <Select
      name="unit"
      label="Unit of the meter"
      empty="Not known"
      optional
      value={member?.unit ?? ""}
      form={form}
      options={["mg/dL", "mmol/L"]}
    />
    <CheckboxGroup
      name="risks"
      label="Risks"
      hint="With one of these a value from 240 counts as high already."
      form={form}
      value={[member?.type1 && "type1", member?.pump && "pump", member?.pregnant && "pregnant"].filter(
        (one): one is string => typeof one === "string",
      )}
      options={[
        { value: "type1", label: "Type 1 diabetes" },
        { value: "pump", label: "Insulin pump" },
        { value: "pregnant", label: "Pregnant" },
      ]}
    />
  </Fieldset>
);

export const MemberSettingsPage = (props: MemberSettings & { readonly form?: FormState | undefined }): Html => {
  const { name, code, member, status, base, crumbs, mayCare, mayManage, coaches, coachChoices, ledger, form } = props;
  return (
    <Page
      title={name}
      crumbs={crumbs}
      badge={<Standing status={status} />}
      lead={`${code}. Settings, consent and coaches.`}
      form={form}
      aside={
        <>
          <Panel title="Coaches">
            {coaches.length === 0 && <p>Nobody coaches this member.</p>}
            <ul class="choices">
              {coaches.map((coach) => (
                <li>
                  <span>{coach.name}</span>
                  {mayManage && (
                    <PostButton action={coach.endHref} tone="quiet" about={coach.name}>
                      End
                    </PostButton>
                  )}
                </li>
              ))}
            </ul>
            {mayManage && (
              <Form action={`${base}/coaches`}>
                <Select name="coachId" label="Add a coach" empty="Choose" options={coachChoices} form={form} />
                <Button>Add</Button>
              </Form>
            )}
          </Panel>
          {mayCare && (
            <Panel title="The member’s own page">
              <p>Consent, readings, and who looked at what. The link works for 30 days.</p>
              <PostButton action={`${base}/link`}>Make a link</PostButton>
            </Panel>
          )}
          {mayManage && (status === "invited" || status === "consent-pending") && (
            <Panel title="Invitation">
              <p>Nobody has answered YES yet.</p>
              <PostButton action={`${base}/invite-again`}>Send the invitation again</PostButton>
            </Panel>
          )}
          {mayManage && status !== "discharged" && status !== "deceased" && (
            <Panel title="Telephone number">
              <Form action={`${base}/phone`}>
                <TextField
                  name="phone"
                  type="tel"
                  label="New mobile number"
                  hint="A text asks there for a YES before anything else is sent. What still waits for the old number is withdrawn, and who writes from it is a stranger."
                  form={form}
                />
                <Button>Change the number</Button>
              </Form>
            </Panel>
          )}
          {mayManage && status !== "discharged" && (
            <Panel title="Remove from the service">
              <Form action={`${base}/remove`}>
                <TextField name="reason" label="Reason" form={form} hint="Kept in the ledger. No more texts go out." />
                <Button tone="danger">Remove</Button>
              </Form>
            </Panel>
          )}
        </>
      }
    >
      {mayCare ? (
        <Form action={`${base}/settings`} panel guard>
          <About form={form} member={member} />
          <Fieldset
            legend="Hours for texts that nobody asked for"
            hint="In the member's own time. Never before 08:00 or after 21:00; safety texts and direct answers go out at any hour."
          >
            <div class="row">
              <TextField name="windowFrom" label="Not before" width="s" value={member.windowFrom} form={form} />
              <TextField name="windowUntil" label="Not after" width="s" value={member.windowUntil} form={form} />
            </div>
          </Fieldset>
          <RadioGroup
            name="replies"
            label="How replies are made"
            value={member.replies}
            form={form}
            options={[
              { value: "off", label: "By people", hint: "The bot sends fixed texts only, and asks a coach to reply." },
              { value: "draft", label: "Drafts", hint: "A model writes, and a coach reads, changes and sends." },
              {
                value: "auto",
                label: "By a model, within the rules",
                hint: "Only where no rule speaks, checked before it is sent, and said to be a computer's.",
              },
            ]}
          />
          {!props.voice.on && (
            <Note>No model writes here at present, whatever is chosen: people do. {props.voice.sentence}</Note>
          )}
          <FormFoot>
            <Button tone="primary">Save</Button>
          </FormFoot>
        </Form>
      ) : (
        <Panel title="Settings">
          <Facts
            facts={[
              { term: "Language", value: member.locale === "es" ? "Spanish" : "English" },
              { term: "Time zone", value: member.zone },
              { term: "Hours", value: `${member.windowFrom} to ${member.windowUntil}` },
            ]}
          />
        </Panel>
      )}
      {mayCare && (
        <Panel title="Record what the member said">
          <Form action={`${base}/consent`}>
            <div class="row">
              <Select
                name="kind"
                label="What was said"
                empty="Choose"
                form={form}
                options={[
                  { value: "opted-out", label: "No more texts" },
                  { value: "paused", label: "A pause" },
                  { value: "resumed", label: "Go on after a pause" },
                  { value: "declined", label: "Does not want to take part" },
                  { value: "number-invalid", label: "The number is somebody else's" },
                  { value: "number-verified", label: "The number is right" },
                  { value: "deceased", label: "The member has died" },
                ]}
              />
              <Select
                name="source"
                label="How"
                empty="Choose"
                form={form}
                options={[
                  { value: "voice", label: "By telephone" },
                  { value: "coach", label: "In person" },
                  { value: "email", label: "By e-mail" },
                  { value: "paper", label: "On paper" },
                ]}
              />
            </div>
            <TextArea name="words" label="In his or her words" optional rows={2} maxlength={300} form={form} />
            <Button>Record</Button>
          </Form>
        </Panel>
      )}
      <Panel title="Consent ledger">
        <Timeline
          happenings={[...ledger].reverse().map((row) => ({
            at: row.at,
            what: (
              <>
                {consentInWords[row.kind]}, {sourceInWords[row.source]}
                {row.by && ` (${row.by})`}
                {row.words && <> – “{row.words}”</>}
                {row.text && (
                  <details>
                    <summary>The text that was shown</summary>
                    <p>{row.text}</p>
                    <p class="muted mono">SHA-256 {row.hash}</p>
                  </details>
                )}
              </>
            ),
          }))}
        />
      </Panel>
    </Page>
  );
};
