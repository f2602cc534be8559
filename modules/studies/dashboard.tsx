/** What waits for me in a study, on the workspace's first page and in the list over all of them. */
import type { Context, Due, Panel } from "@core/module.ts";
import type { Html } from "@views/html.ts";
import type { permissions, Studies } from "./names.ts";
import { workOf } from "./routes/cleaning.ts";

async function waiting(ctx: Context<Studies>): Promise<Html | null> {
  const parts = (await workOf(ctx, false)).filter(({ lines }) => lines.length > 0);
  if (parts.length === 0) return null;
  return (
    <>
      <ul>
        {parts.map((part) => (
          <li>
            {part.title}: {part.lines.length}
          </li>
        ))}
      </ul>
      <p>
        <a href={ctx.url("/work")}>See what waits</a>
      </p>
    </>
  );
}

export const dashboard: readonly Panel<keyof typeof permissions & string>[] = [
  { title: "Data", needs: "studies.data.read", render: waiting as Panel["render"] },
];

/** Counts, no codes: the list is shown beside other places, also over somebody's shoulder. */
export async function agenda(ctx: Context<Studies>): Promise<readonly Due[]> {
  if (!ctx.may("studies.data.read")) return [];
  return (await workOf(ctx, false))
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => ({ title: `${title}: ${lines.length}`, on: null, href: ctx.url("/work") }));
}
