/** The frameworks of a program, and one framework with its level texts. */
import { Badge } from "@views/badge.tsx";
import { ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { counted } from "../counted.ts";

export interface FrameworkLine {
  readonly href: string;
  readonly name: string;
  readonly effectiveFrom: string;
  readonly effectiveTo: string | null;
  readonly subcompetencies: number;
  readonly trainees: number;
}

export const FrameworksPage = ({
  frameworks,
  importHref,
}: {
  frameworks: readonly FrameworkLine[];
  importHref: string | null;
}): Html => (
  <Page
    title="Subcompetencies"
    lead="What trainees are judged by. Each trainee's framework is pinned: a new version does not change who is under way."
    primary={
      importHref && (
        <ButtonLink href={importHref} tone="primary">
          Import subcompetencies
        </ButtonLink>
      )
    }
  >
    <DataTable
      caption={counted(frameworks.length, "framework")}
      columns={[
        {
          key: "name",
          head: "Specialty and version",
          cell: (line: FrameworkLine) => <a href={line.href}>{line.name}</a>,
        },
        { key: "from", head: "In effect from", cell: (line) => line.effectiveFrom },
        { key: "to", head: "Until", cell: (line) => line.effectiveTo ?? "–" },
        { key: "count", head: "Subcompetencies", align: "end", cell: (line) => line.subcompetencies },
        { key: "trainees", head: "Trainees", align: "end", cell: (line) => line.trainees },
      ]}
      rows={frameworks}
      empty={
        <Empty
          title="No subcompetencies yet"
          action={
            importHref && (
              <ButtonLink href={importHref} tone="primary">
                Import subcompetencies
              </ButtonLink>
            )
          }
        >
          The subcompetencies of your specialty belong here. They come from a CSV file with code and title.
        </Empty>
      }
    />
  </Page>
);

export interface FrameworkPageProps {
  readonly name: string;
  readonly crumbs: readonly Crumb[];
  readonly competencies: readonly {
    readonly title: string;
    readonly subcompetencies: readonly {
      readonly code: string;
      readonly title: string;
      readonly texts: readonly { readonly level: number; readonly text: string }[];
    }[];
  }[];
  /** "In force since 2025-07-01." */
  readonly effective: string;
  readonly crosswalkHref: string;
  readonly textsHref: string | null;
}

export const FrameworkPage = ({
  name,
  crumbs,
  competencies,
  effective,
  crosswalkHref,
  textsHref,
}: FrameworkPageProps): Html => {
  const hasTexts = competencies.some((one) => one.subcompetencies.some(({ texts }) => texts.length > 0));
  return (
    <Page
      title={name}
      crumbs={crumbs}
      lead={effective}
      actions={
        <>
          <ButtonLink href={crosswalkHref}>Crosswalk</ButtonLink>
          {textsHref && <ButtonLink href={textsHref}>Load level texts</ButtonLink>}
        </>
      }
    >
      {!hasTexts && (
        <Note>
          No level texts are loaded. They are the ACGME's, so each program loads its own; evaluators see them beside
          every choice.
        </Note>
      )}
      {competencies.map(({ title, subcompetencies }) => (
        <Panel title={title}>
          <ul>
            {subcompetencies.map(({ code, title: name, texts }) => (
              <li>
                <strong>{code}</strong> {name}{" "}
                {texts.length === 0 && hasTexts && <Badge tone="warn">No level texts</Badge>}
                {texts.length > 0 && (
                  <details>
                    <summary>Levels</summary>
                    <dl>
                      {texts.map(({ level, text }) => (
                        <>
                          <dt>Level {level}</dt>
                          <dd>{text}</dd>
                        </>
                      ))}
                    </dl>
                  </details>
                )}
              </li>
            ))}
          </ul>
        </Panel>
      ))}
    </Page>
  );
};
