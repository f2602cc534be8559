/** The looks at one subject as a table with a way to older ones: for a subject's own page, in any module. */
import { ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import type { Html } from "@views/html.ts";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import type { Looks } from "./looks.ts";

const hows = { saw: "Saw", changed: "Changed", "took out": "Took out as a file" } as const;

/** `href` makes the address of the page that begins before an entry. */
export const LooksTable = ({ looks, older, href }: Looks & { readonly href: (before: string) => string }): Html => (
  <div class="stack">
    <DataTable
      caption="Who looked at this record, newest first"
      rows={looks}
      empty={<Empty title="Nobody">Everyone who opens this record is listed here, also by accident.</Empty>}
      columns={[
        { key: "at", head: "Time", cell: ({ at }) => <Time at={at} /> },
        { key: "who", head: "Who", cell: ({ who }) => who },
        { key: "how", head: "How", cell: ({ how }) => hows[how] },
        { key: "what", head: "What", cell: ({ what }) => what, wrap: true },
      ]}
    />
    {older !== null && (
      <p>
        <ButtonLink href={href(older)}>Older</ButtonLink>
      </p>
    )}
  </div>
);
