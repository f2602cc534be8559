/** The supervisor's page. */
import { Badge } from "@views/badge.tsx";
import { ButtonLink } from "@views/button.tsx";
import { LineChart } from "@views/chart.tsx";
import { Empty } from "@views/empty.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Figures, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import type { DeliveryStatus } from "../delivery.ts";
import { deliveryInWords, isBadDelivery } from "../words.ts";
import { UnsignedRules } from "./thread.tsx";

interface CoachLine {
  readonly name: string;
  readonly members: number;
  readonly waiting: number;
  readonly late: number;
  readonly longest: Date | null;
  readonly tasks: number;
}
interface TeamProps {
  readonly isSigned: boolean;
  readonly rulesHref: string;
  readonly macrosHref: string;
  readonly dutyHref: string;
  readonly reportHref: string | null;
  readonly incidentsHref: string;
  readonly replyHours: number;
  readonly members: number;
  readonly uncoached: number;
  readonly waiting: number;
  readonly late: number;
  readonly openIncidents: number;
  readonly unanswered: number;
  readonly lateTasks: number;
  readonly medianMinutes: number | null;
  readonly inbound: readonly { readonly day: string; readonly count: number }[];
  readonly deliveries: readonly { readonly status: DeliveryStatus; readonly count: number }[];
  readonly coaches: readonly CoachLine[];
}

export const TeamPage = (props: TeamProps): Html => (
  <Page
    title="Team"
    lead={`Who waits, and for whom. A member counts as late after ${props.replyHours} hours.`}
    actions={
      <>
        <ButtonLink href={props.macrosHref}>Ready answers</ButtonLink>
        <ButtonLink href={props.dutyHref}>On duty</ButtonLink>
        {props.reportHref && (
          <ButtonLink href={props.reportHref} download>
            Outcome report
          </ButtonLink>
        )}
      </>
    }
  >
    {!props.isSigned && <UnsignedRules href={props.rulesHref} />}
    {props.unanswered > 0 && (
      <Note tone="bad">
        <p>
          Nobody has answered {props.unanswered === 1 ? "an open incident" : `${props.unanswered} open incidents`}.{" "}
          <a href={props.incidentsHref}>Look at them now</a>
        </p>
      </Note>
    )}
    <Figures
      figures={[
        { label: "Members", value: props.members },
        { label: "Waiting", value: props.waiting },
        { label: "Late", value: props.late },
        { label: "Open incidents", value: props.openIncidents },
        { label: "Late tasks", value: props.lateTasks },
        {
          label: "Incidents answered after, median",
          value: props.medianMinutes === null ? "–" : `${Math.max(1, Math.round(props.medianMinutes))} min`,
        },
      ]}
    />
    {props.uncoached > 0 && (
      <Note tone="warn">{`${props.uncoached === 1 ? "One member has" : `${props.uncoached} members have`} no coach.`}</Note>
    )}
    <div class="stack">
      <DataTable
        caption="Coaches and their load"
        columns={[
          { key: "name", head: "Coach", cell: (line: CoachLine) => line.name },
          { key: "members", head: "Members", align: "end", cell: (line) => line.members },
          { key: "waiting", head: "Waiting", align: "end", cell: (line) => line.waiting },
          {
            key: "late",
            head: "Late",
            align: "end",
            cell: (line) => (line.late > 0 ? <Badge tone="bad">{String(line.late)}</Badge> : "0"),
          },
          { key: "longest", head: "Longest since", cell: (line) => (line.longest ? <Time at={line.longest} /> : "") },
          { key: "tasks", head: "Open tasks", align: "end", cell: (line) => line.tasks },
        ]}
        rows={props.coaches}
        empty={<Empty title="No coaches yet">Give somebody the role Coach under Access.</Empty>}
      />
      <Panel title="Texts of the last 14 days">
        {props.inbound.length > 1 ? (
          <LineChart
            title="Messages from members"
            summary={`${props.inbound.reduce((sum, one) => sum + one.count, 0)} messages came in over ${props.inbound.length} days.`}
            periods={props.inbound.map(({ day }) => day.slice(5))}
            series={[{ name: "Messages", values: props.inbound.map(({ count }) => count) }]}
            min={0}
            max={Math.max(5, ...props.inbound.map(({ count }) => count))}
            step={Math.max(1, Math.ceil(Math.max(...props.inbound.map(({ count }) => count)) / 5))}
          />
        ) : (
          <p>
            {props.inbound[0] ? `${props.inbound[0].count} messages came in on one day.` : "Nothing has come in yet."}
          </p>
        )}
        <ul>
          {props.deliveries.map(({ status, count }) => (
            <li>
              {count} {deliveryInWords[status]} {isBadDelivery(status) && <Badge tone="warn">Look</Badge>}
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  </Page>
);
