/** What the committee has before it about one trainee: every number leads to its evaluation. */
import { ButtonLink, PrintButton } from "@views/button.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { counted } from "../counted.ts";
import { levelFrom, writeLevel } from "../level.ts";
import { type Packet, wordsOf } from "../packet.ts";

export interface PacketProps {
  readonly name: string;
  readonly packet: Packet;
  readonly gaps: readonly string[];
  /** Evaluations that came after it was frozen. */
  readonly late: number;
  readonly sha256: string;
  readonly version: number;
  readonly frozenAt: Date;
  readonly frozenBy: string;
  readonly reason: string | null;
  readonly others: readonly { readonly version: number; readonly href: string }[];
  readonly crumbs: readonly Crumb[];
  readonly evidenceHref: (id: string) => string;
  readonly sheetHref: string;
  readonly pdfHref: string | null;
}
type Item = Packet["subcompetencies"][number];

export const PacketPage = (props: PacketProps): Html => (
  <Page
    title={`Packet of ${props.name}`}
    crumbs={props.crumbs}
    lead={`${props.packet.period}, PGY ${props.packet.pgy}`}
    actions={
      <>
        <PrintButton />
        {props.pdfHref && (
          <ButtonLink href={props.pdfHref} download>
            Packet as PDF
          </ButtonLink>
        )}
        <ButtonLink href={props.sheetHref}>To the sheet</ButtonLink>
      </>
    }
    aside={<About {...props} />}
  >
    {props.late > 0 && (
      <Note tone="warn">
        {counted(props.late, "evaluation")} arrived after this packet was frozen and {props.late === 1 ? "is" : "are"}{" "}
        not in it.
      </Note>
    )}
    {props.gaps.length > 0 && (
      <Note tone="warn">
        <ul>
          {props.gaps.map((gap) => (
            <li>{gap}</li>
          ))}
        </ul>
      </Note>
    )}
    <DataTable
      caption={`${props.packet.subcompetencies.length} subcompetencies; a level leads to its evaluation`}
      columns={[
        { key: "title", head: "Subcompetency", wrap: true, cell: (item: Item) => `${item.code} ${item.title}` },
        { key: "before", head: "Period before", wrap: "narrow", cell: (item) => wordsOf(item.before) },
        { key: "self", head: "Own view", wrap: "narrow", cell: (item) => wordsOf(item.self) },
        { key: "observed", head: "Observed", wrap: true, cell: (item) => <Observed item={item} {...props} /> },
      ]}
      rows={props.packet.subcompetencies}
    />
    <Panel title="What evaluators wrote">
      {props.packet.evaluations.length === 0 && <p>No evaluation had arrived.</p>}
      {props.packet.evaluations.map(({ id, rotation, submittedAt, narrative, signedIn }) => (
        <>
          <h3>
            <a href={props.evidenceHref(id)}>{rotation}</a>
          </h3>
          <p class="hint">
            Submitted {submittedAt.slice(0, 10)}
            {signedIn === false && ", answered by link, not signed in"}
          </p>
          <p>{narrative || "Nothing was written."}</p>
        </>
      ))}
    </Panel>
  </Page>
);

const Observed = ({ item, packet, evidenceHref }: { item: Item } & PacketProps): Html => {
  if (item.observed.length === 0) return <span class="muted">Not observed</span>;
  const rotations = new Map(packet.evaluations.map(({ id, rotation }) => [id, rotation]));
  return (
    <>
      {item.observed.map((seen, at) => {
        const level = levelFrom(seen);
        return (
          <>
            {at > 0 && ", "}
            <a href={evidenceHref(seen.evaluation)}>
              {level ? writeLevel(level) : "–"}
              <span class="hidden-text"> on {rotations.get(seen.evaluation) ?? "an evaluation"}</span>
            </a>
          </>
        );
      })}
    </>
  );
};

const About = (props: PacketProps): Html => (
  <Panel title="Frozen">
    <Facts
      stacked
      facts={[
        { term: "Version", value: String(props.version) },
        { term: "By", value: props.frozenBy },
        { term: "At", value: <Time at={props.frozenAt} show="full" /> },
        { term: "Judged by", value: props.packet.framework },
        ...(props.reason ? [{ term: "Why again", value: props.reason }] : []),
        {
          term: "SHA-256",
          value: (
            <>
              <code class="mono">{props.sha256.match(/.{1,16}/g)?.join(" ")}</code>
              <br />
              Matches what was frozen.
            </>
          ),
        },
        ...(props.others.length > 0
          ? [
              {
                term: "Other versions",
                value: (
                  <>
                    {props.others.map(({ version, href }, at) => (
                      <>
                        {at > 0 && ", "}
                        <a href={href}>Version {version}</a>
                      </>
                    ))}
                  </>
                ),
              },
            ]
          : []),
      ]}
    />
  </Panel>
);
