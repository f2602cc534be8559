/** The inbox, and one conversation with everything a coach needs beside it. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, Hidden, PostButton } from "@views/button.tsx";
import { Conversation, Inbox, type Message, type Thread } from "@views/conversation.tsx";
import { Empty } from "@views/empty.tsx";
import { Checkbox, Form, type FormState, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Note, Panel, ProgressBar } from "@views/panel.tsx";
import { Filters, Pager } from "@views/table.tsx";
import { Tabs } from "@views/tabs.tsx";
import { Time } from "@views/time.tsx";
import { Timeline } from "@views/timeline.tsx";
import type { InboxLine, ThreadView } from "../routes/thread.ts";
import { tierInWords } from "../tier.ts";
import { conversationInWords, deliveryInWords, incidentInWords, isBadDelivery, taskInWords, toneOf } from "../words.ts";
import { Standing } from "./members.tsx";
import { TrendPanel } from "./trend.tsx";

export const UnsignedRules = ({ href }: { href: string }): Html => (
  <Note tone="warn">
    <p>
      No clinician has signed the safety rules as they are now. They still watch every message; nothing but fixed texts
      and people answers. <a href={href}>Read and sign the rules</a>
    </p>
  </Note>
);

const threadsOf = (lines: readonly InboxLine[]): Thread[] =>
  lines.map((line) => ({
    href: line.href,
    name: line.name,
    line: line.line,
    at: line.waitingSince ?? line.at,
    unread: line.waits,
    current: line.current,
    flag:
      line.status === "crisis-locked"
        ? { text: "Crisis", tone: "bad" }
        : line.waits && line.tier !== "none"
          ? { text: tierInWords[line.tier], tone: toneOf(line.tier) }
          : undefined,
  }));

interface InboxProps {
  readonly show: "waiting" | "all";
  readonly find: string;
  readonly risk: string;
  readonly whose: string;
  readonly from: number;
  readonly size: number;
  readonly base: string;
  readonly waiting: number;
  readonly total: number;
  readonly threads: readonly InboxLine[];
  readonly isSigned: boolean;
  readonly rulesHref: string;
  readonly phoneHref: string | null;
  readonly handovers: readonly {
    readonly takeHref: string;
    readonly member: string;
    readonly from: string;
    readonly text: string;
    readonly at: Date;
  }[];
}

export const InboxPage = (props: InboxProps): Html => {
  const { show, base, waiting, total, threads, isSigned, rulesHref, phoneHref, handovers } = props;
  const { find, risk, whose, from, size } = props;
  const filters = { ...(find && { find }), ...(risk && { risk }), ...(whose && { whose }) };
  const isFiltered = Object.keys(filters).length > 0;
  const href = (over: Record<string, string>) => `${base}?${new URLSearchParams({ show, ...filters, ...over })}`;
  const all = show === "waiting" ? waiting : total;
  return (
    <Page
      title="Inbox"
      lead="The most urgent first, and then who has waited longest."
      actions={phoneHref && <ButtonLink href={phoneHref}>Play a telephone</ButtonLink>}
      tabs={
        <Tabs
          label="Conversations"
          tabs={[
            { label: "Waiting", href: href({ show: "waiting" }), current: show === "waiting", count: waiting },
            { label: "All", href: href({ show: "all" }), current: show === "all", count: total },
          ]}
        />
      }
    >
      {!isSigned && <UnsignedRules href={rulesHref} />}
      {handovers.map((one) => (
        <Note>
          <p>
            {one.from} hands {one.member} over to you: {one.text}
          </p>
          <PostButton action={one.takeHref} about={one.member}>
            Take
          </PostButton>
        </Note>
      ))}
      <Filters action={base} keep={{ show }} clear={isFiltered ? href({ find: "", risk: "", whose: "" }) : undefined}>
        <TextField name="find" label="Name, code or number" value={find} width="m" />
        <Select
          name="risk"
          label="What the rules found"
          empty="Anything"
          value={risk}
          options={[
            { value: "danger", label: "Danger: a low value or worse" },
            { value: "look", label: "Anything a person should look at" },
          ]}
        />
        <Select
          name="whose"
          label="Who has it"
          empty="Anybody"
          value={whose}
          options={[
            { value: "mine", label: "I have" },
            { value: "nobody", label: "Nobody, a person is asked for" },
            { value: "bot", label: "The bot" },
          ]}
        />
      </Filters>
      {threads.length === 0 ? (
        <Panel>
          <Empty
            title={isFiltered ? "No conversation fits" : show === "waiting" ? "Nobody waits" : "No conversations yet"}
          >
            {isFiltered
              ? "Look for another name, clear the filters, or look at all conversations."
              : show === "waiting"
                ? "Everybody has an answer. New messages that need a person come here by themselves."
                : "A conversation begins when a member is invited."}
          </Empty>
        </Panel>
      ) : (
        <>
          <Inbox threads={threadsOf(threads)}>
            <Panel>
              <Empty title="Choose a conversation">
                The flag says what the safety rules found. Times are since when somebody waits.
              </Empty>
            </Panel>
          </Inbox>
          <Pager
            from={from}
            to={from + threads.length - 1}
            total={all}
            size={size}
            previous={from > 1 ? href({ from: String(Math.max(1, from - size)) }) : undefined}
            next={from + threads.length <= all ? href({ from: String(from + size) }) : undefined}
          />
        </>
      )}
    </Page>
  );
};

const authorOf = (message: ThreadView["messages"][number]): string | undefined => {
  if (message.direction === "in") return undefined;
  if (message.kind === "human") return message.by ?? "A person";
  if (message.kind === "model")
    return message.reviewer
      ? `Model, read by ${message.reviewer}${message.licensed ? " (licensed)" : ""}`
      : "Model (said to be a computer’s)";
  return message.kind === "journey" ? "Journey" : `Fixed text “${message.template ?? ""}”`;
};

const asMessage = (message: ThreadView["messages"][number]): Message => {
  const state =
    message.direction === "in"
      ? [
          message.tier && message.tier !== "none" ? tierInWords[message.tier] : null,
          message.media > 0 ? "with a picture that is not read" : null,
        ]
          .filter(Boolean)
          .join(", ")
      : message.status
        ? `${deliveryInWords[message.status]}${message.why && message.status !== "delivered" ? `: ${message.why}` : ""}`
        : "";
  return {
    from: message.direction === "in" ? "them" : "us",
    text: message.text,
    at: message.at,
    ...(state !== "" && { state }),
    failed: message.status !== null && isBadDelivery(message.status),
    by: authorOf(message),
  };
};

export const ThreadPage = (props: ThreadView & { readonly form?: FormState | undefined }): Html => {
  const { name, code, base, inboxHref, settingsHref, consent, conversation, owner, isMine, mayWrite, form } = props;
  const [standing, tone] = conversationInWords[conversation.status];
  return (
    <Page
      title={name}
      crumbs={[{ label: "Inbox", href: inboxHref }]}
      badge={
        <>
          <Standing status={consent} /> <Badge tone={tone}>{standing}</Badge>
        </>
      }
      lead={`${code}. ${props.member.locale === "es" ? "Writes Spanish" : "Writes English"}; it is now ${clockIn(props.member.zone, props.now)} there.`}
      actions={<ButtonLink href={settingsHref}>Settings and consent</ButtonLink>}
      form={form}
      aside={
        <>
          {props.incidents.some(({ status }) => status !== "resolved" && status !== "reviewed") && (
            <Panel title="Incidents">
              <ul class="choices">
                {props.incidents
                  .filter(({ status }) => status !== "resolved" && status !== "reviewed")
                  .map((incident) => (
                    <li>
                      <a href={incident.href}>{tierInWords[incident.tier]}</a>
                      <Badge tone={incidentInWords[incident.status][1]}>{incidentInWords[incident.status][0]}</Badge>
                    </li>
                  ))}
              </ul>
            </Panel>
          )}
          {props.tasks.length > 0 && (
            <Panel title="Tasks">
              {props.tasks.map((task) => (
                <Form action={`${props.tasksBase}/${task.id}/done`}>
                  <TextField
                    name="outcome"
                    label={taskInWords[task.kind]}
                    hint={
                      <>
                        Due <Time at={task.dueAt} />. Say what was done.
                      </>
                    }
                    width="full"
                  />
                  <Button>Settle</Button>
                </Form>
              ))}
            </Panel>
          )}
          {props.trend && <TrendPanel trend={props.trend} more={props.importHref} />}
          <Panel title="Notes">
            {mayWrite && (
              <Form action={`${base}/notes`}>
                <TextArea name="note" label="New note" rows={2} maxlength={4000} form={form} />
                <Button>Keep</Button>
              </Form>
            )}
            {props.notes.length > 0 && (
              <Timeline happenings={props.notes.map((note) => ({ at: note.at, what: `${note.by}: ${note.text}` }))} />
            )}
          </Panel>
          {(props.enrolment.running || (mayWrite && props.enrolment.choices.length > 0)) && (
            <Panel title="Journey">
              {props.enrolment.running ? (
                <>
                  <ProgressBar
                    label={props.enrolment.running.title}
                    value={props.enrolment.running.done}
                    max={props.enrolment.running.of}
                  />
                  <p>{props.enrolment.running.title}. It waits while a person has the conversation.</p>
                  <PostButton action={`${base}/journey/end`} tone="quiet">
                    End the journey
                  </PostButton>
                </>
              ) : (
                <Form action={`${base}/journey`}>
                  <Select name="journeyId" label="Start" empty="Choose" options={props.enrolment.choices} form={form} />
                  <Button>Start</Button>
                </Form>
              )}
            </Panel>
          )}
          {mayWrite && (
            <Panel title="Hand over">
              <Form action={`${base}/hand-over`}>
                <Select name="colleagueId" label="To" empty="Choose" options={props.colleagues} form={form} />
                <TextArea name="handover" label="What the next one must know" rows={2} maxlength={2000} form={form} />
                <Button>Hand over</Button>
              </Form>
              {props.handovers.length > 0 && (
                <Timeline
                  happenings={props.handovers.map((one) => ({
                    at: one.at,
                    what: `${one.from} to ${one.to}${one.taken ? ", taken" : ", waits"}`,
                  }))}
                />
              )}
            </Panel>
          )}
        </>
      }
    >
      <Panel>
        {props.messages.length === 0 ? (
          <Empty title="Nothing was said yet">The first message will stand here.</Empty>
        ) : (
          <>
            {props.earlierHref && (
              <p>
                <a href={props.earlierHref}>Earlier messages</a>
              </p>
            )}
            <Conversation label={`Conversation with ${name}`} messages={props.messages.map(asMessage)} />
            {props.laterHref && (
              <p>
                <a href={props.laterHref}>Later messages</a>
              </p>
            )}
          </>
        )}
        {mayWrite && props.modelDraft && (
          <Form action={`${base}/draft`}>
            <Hidden fields={{ draftId: props.modelDraft.id }} />
            <TextArea
              name="text"
              label="A model’s draft"
              hint="Nobody has read it yet. Change what you like; what you send is yours to answer for."
              rows={3}
              maxlength={400}
              value={props.modelDraft.text}
              form={form}
            />
            <Checkbox
              name="licensed"
              label="I am a licensed provider and have read it"
              hint="Then it goes out without the sentence that a computer wrote it."
              form={form}
            />
            <div class="row">
              <Button tone="primary" name="act" value="send">
                Send
              </Button>
              <Button name="act" value="refuse">
                Refuse
              </Button>
            </div>
          </Form>
        )}
        {mayWrite && isMine && (
          <Form action={`${base}/write`} guard>
            <Hidden fields={{ once: props.once }} />
            <TextArea
              name="text"
              label="Message"
              hint={`Sent at once within ten minutes of the member’s own message; otherwise between ${props.member.windowFrom} and ${props.member.windowUntil} of the member’s day. 160 letters are one message.`}
              rows={3}
              maxlength={640}
              value={props.draft}
              form={form}
            />
            <div class="row">
              <Button tone="primary">Send</Button>
              <Button action={`${base}/hand-back`} name="seen" value={String(conversation.epoch)}>
                Hand back to the bot
              </Button>
              {conversation.waitingSince && (
                <Button action={`${base}/answered`} tone="quiet">
                  Needs no answer
                </Button>
              )}
            </div>
            {props.macros.length > 0 && (
              <p class="muted">
                Ready answers:{" "}
                {props.macros.map((macro, place) => (
                  <>
                    {place > 0 && " · "}
                    <a href={macro.href}>{macro.title}</a>
                  </>
                ))}
              </p>
            )}
          </Form>
        )}
        {mayWrite && !isMine && conversation.status !== "closed" && (
          <Note tone={conversation.status === "crisis-locked" ? "bad" : "info"}>
            <p>
              {owner
                ? `${owner} has this conversation.`
                : conversation.status === "bot-active"
                  ? "The bot answers here. Nothing can be written until you take over."
                  : "A person is waited for. Take over to write."}
            </p>
            <PostButton action={`${base}/take-over`} tone="primary" fields={{ seen: conversation.epoch }}>
              Take over
            </PostButton>
          </Note>
        )}
      </Panel>
    </Page>
  );
};

const clockIn = (zone: string, now: Date): string =>
  Temporal.Instant.fromEpochMilliseconds(now.getTime())
    .toZonedDateTimeISO(zone)
    .toPlainTime()
    .toString({ smallestUnit: "minute" });
