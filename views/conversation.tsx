/** Text messages: the inbox and one thread. */
import { Badge, type Tone } from "./badge.tsx";
import type { Child, Html } from "./html.ts";
import { Time } from "./time.tsx";

export interface Thread {
  readonly href: string;
  /** How staff know the person: a code or a name that was opened for them. */
  readonly name: string;
  readonly line: string;
  readonly at: string | Date;
  readonly unread?: boolean | undefined;
  readonly current?: boolean | undefined;
  readonly flag?: { readonly text: string; readonly tone: Tone } | undefined;
}

/** The list to the left, the thread to the right; above one another where it is narrow. */
export const Inbox = ({ threads, children }: { threads: readonly Thread[]; children?: Child }): Html => (
  <div class="inbox">
    <ul class="inbox-list">
      {threads.map((thread) => (
        <li class={thread.unread ? "inbox-unread" : null}>
          <a href={thread.href} aria-current={thread.current ? "page" : null}>
            <span class="inbox-name">
              {thread.unread && <span class="hidden-text">Unread: </span>}
              {thread.name}
            </span>
            <Time at={thread.at} />
            <span class="inbox-line">{thread.line}</span>
            {thread.flag && <Badge tone={thread.flag.tone}>{thread.flag.text}</Badge>}
            {thread.unread && !thread.flag && <Badge tone="info">New</Badge>}
          </a>
        </li>
      ))}
    </ul>
    <div>{children}</div>
  </div>
);

export interface Message {
  readonly from: "them" | "us";
  readonly text: string;
  readonly at: string | Date;
  /** "delivered", "not delivered: number unknown" */
  readonly state?: string | undefined;
  readonly failed?: boolean | undefined;
  readonly by?: string | undefined;
}

export const Conversation = ({ label, messages }: { label: string; messages: readonly Message[] }): Html => (
  <div class="conversation" role="log" aria-label={label} tabindex="0">
    {messages.map(({ from, text, at, state, failed, by }) => (
      <div class={`message${from === "us" ? " message-out" : ""}${failed ? " message-failed" : ""}`}>
        <p>{text}</p>
        <small>
          {by && `${by}, `}
          <Time at={at} />
          {state && `, ${state}`}
        </small>
      </div>
    ))}
  </div>
);
