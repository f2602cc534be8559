/** A telephone on a page, for development. */
import { Button, ButtonLink } from "@views/button.tsx";
import { Conversation } from "@views/conversation.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, TextArea } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { DataTable, Pager, type PagerProps } from "@views/table.tsx";
import type { Locale } from "../reading-grade.ts";

interface PhonesProps {
  readonly pager: PagerProps;
  readonly members: readonly {
    readonly href: string;
    readonly name: string;
    readonly code: string;
    readonly locale: Locale;
  }[];
}
export const PhonesPage = ({ members, pager }: PhonesProps): Html => (
  <Page title="Telephones" lead="In development each member has a telephone here. Nothing leaves this machine.">
    <DataTable
      caption="Members"
      columns={[
        {
          key: "name",
          head: "Member",
          cell: (row: PhonesProps["members"][number]) => <a href={row.href}>{row.name}</a>,
        },
        { key: "code", head: "Code", cell: (row) => row.code },
        { key: "language", head: "Writes", cell: (row) => (row.locale === "es" ? "Spanish" : "English") },
      ]}
      rows={members}
      empty={<Empty title="No members yet">Invite one first.</Empty>}
    />
    {pager.total > members.length && <Pager {...pager} />}
  </Page>
);

interface PhoneProps {
  readonly name: string;
  readonly action: string;
  readonly crumbs: readonly Crumb[];
  readonly threadHref: string | null;
  readonly messages: readonly { readonly isMine: boolean; readonly text: string; readonly at: Date }[];
}
export const PhonePage = ({ name, action, crumbs, threadHref, messages }: PhoneProps): Html => (
  <Page
    title={`Telephone of ${name}`}
    crumbs={crumbs}
    actions={
      <>
        <ButtonLink href={action}>Reload</ButtonLink>
        {threadHref && <ButtonLink href={threadHref}>As the coach sees it</ButtonLink>}
      </>
    }
  >
    <Note>What is typed here goes through the same stages as a text from a provider.</Note>
    <Panel>
      {messages.length === 0 ? (
        <Empty title="No texts yet">The invitation comes first.</Empty>
      ) : (
        <Conversation
          label="Texts"
          messages={messages.map(({ isMine, text, at }) => ({ from: isMine ? "us" : "them", text, at }))}
        />
      )}
      <Form action={action}>
        <TextArea name="text" label="Text" rows={2} maxlength={1600} />
        <Button tone="primary">Send</Button>
      </Form>
    </Panel>
  </Page>
);
