/** The release gate's page. */
import { Badge } from "@views/badge.tsx";
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, Select } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import type { Lowered } from "../release-gate.ts";
import { tierInWords } from "../tier.ts";

interface Run {
  readonly what: string;
  readonly at: Date;
  readonly by: string;
  readonly cases: number;
  readonly replayed: number;
  readonly lowered: readonly Lowered[];
  readonly passed: boolean;
}
interface GateProps {
  readonly crumbs: readonly Crumb[];
  readonly action: string;
  readonly mayRun: boolean;
  readonly cases: number;
  readonly sets: readonly { readonly value: string; readonly label: string }[];
  readonly runs: readonly Run[];
}

export const GatePage = ({ crumbs, action, mayRun, cases, sets, runs }: GateProps): Html => (
  <Page
    title="Release gate"
    crumbs={crumbs}
    lead={`A version is tried on ${cases} messages written to break the rules, and on what members wrote in the last thirty days. One message that would be answered less urgently keeps it from being signed.`}
  >
    {mayRun && sets.length > 0 && (
      <Form action={action} panel>
        <Select name="ruleSetId" label="Version" options={sets} />
        <Button tone="primary">Try it</Button>
      </Form>
    )}
    <DataTable
      caption="Runs, the newest first"
      columns={[
        { key: "what", head: "What", cell: (run: Run) => run.what },
        {
          key: "passed",
          head: "Result",
          cell: (run) => <Badge tone={run.passed ? "ok" : "bad"}>{run.passed ? "Passed" : "Not passed"}</Badge>,
        },
        { key: "cases", head: "Cases", align: "end", cell: (run) => run.cases },
        { key: "replayed", head: "Past messages", align: "end", cell: (run) => run.replayed },
        {
          key: "lowered",
          head: "Answered less urgently",
          wrap: true,
          cell: (run) =>
            run.lowered
              .slice(0, 5)
              .map(({ name, expected, got }) => `${name}: ${tierInWords[got]} instead of ${tierInWords[expected]}`)
              .join("; ") || "None",
        },
        { key: "at", head: "When", cell: (run) => <Time at={run.at} /> },
        { key: "by", head: "Who", cell: (run) => run.by },
      ]}
      rows={runs}
      empty={<Empty title="Nothing was tried yet">Try a version here before a clinician signs it.</Empty>}
    />
  </Page>
);
