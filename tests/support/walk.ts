/**
 * A walk over everything a person can reach: each page of the catalogue that has no parameter, and every link and search
 * field on what is shown, to so many examples of each page. New pages are walked by themselves.
 */
import type { MountedRoute } from "@core/kernel.ts";
import type { Answer, Client, TestWorkspace, World } from "./world.ts";

export interface Seen {
  /** "/w/study-1/studies/kits?state=site" */
  readonly path: string;
  /** "/w/:workspace/studies/kits" */
  readonly pattern: string;
  readonly answer: Answer;
}
export interface Walk {
  /** Patterns that were answered with a page or a file. */
  readonly seen: ReadonlySet<string>;
  /** Patterns that this person is refused. */
  readonly refused: ReadonlySet<string>;
  readonly pages: number;
}

export async function walk(
  world: World,
  client: Client,
  workspace: TestWorkspace,
  look: (seen: Seen) => void,
  { examples = 2, words = "Zz" } = {},
): Promise<Walk> {
  const routes = world.house.kernel.catalogue.filter(({ route }) => route.method === "GET");
  const matchers = routes
    .map((one) => ({ one, matcher: matcherOf(one) }))
    .sort((a, b) => parametersIn(a.one) - parametersIn(b.one));
  const seen = new Set<string>();
  const refused = new Set<string>();
  const asked = new Map<string, Set<string>>();
  const done = new Set<string>();
  const waiting = routes
    .map(({ pattern }) => pattern.replace(":workspace", workspace.slug))
    .filter((path) => !path.includes(":"));
  let pages = 0;
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const [bare = "", query = ""] = path.split("?");
    const found = matchers.find(({ matcher }) => matcher.test(bare));
    if (!found || done.has(path)) continue;
    done.add(path);
    const { pattern } = found.one;
    // Another filter of a list is another example of the page, and another row is one too.
    const kind = `${pattern}?${[...new URLSearchParams(query).keys()].sort()}`;
    const before = asked.get(kind) ?? new Set();
    if (before.size >= (query ? 1 : examples)) continue;
    asked.set(kind, before.add(path));
    const answer = await client.get(path);
    if (answer.status === 403) refused.add(pattern);
    if (answer.status !== 200) continue;
    pages += 1;
    seen.add(pattern);
    look({ path, pattern, answer });
    if (answer.headers.get("content-type")?.startsWith("text/html")) waiting.push(...linksOf(answer.text, bare, words));
  }
  return { seen, refused, pages };
}

const parametersIn = ({ pattern }: MountedRoute): number => pattern.split(":").length;
const matcherOf = ({ pattern }: MountedRoute): RegExp =>
  new RegExp(`^${pattern.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:[A-Za-z]+/g, "[^/]+")}$`);

/** Where links lead, and what search fields ask when `words` stand in them. */
function linksOf(html: string, here: string, words: string): string[] {
  const plain = (text: string) => text.replaceAll("&amp;", "&");
  const links = [...html.matchAll(/<a [^>]*href="([^"#]+)/g)].map(([, href = ""]) => plain(href));
  const searches = [...html.matchAll(/<form[^>]*method="get"[^>]*>[\s\S]*?<\/form>/g)].flatMap(([form]) => {
    const action = plain(/action="([^"]+)"/.exec(form)?.[1] ?? here);
    return [...form.matchAll(/<input[^>]*type="(?:text|search)"[^>]*>/g)].flatMap(([field]) => {
      const name = /name="([^"]+)"/.exec(field)?.[1];
      return name ? [`${action.split("?")[0]}?${new URLSearchParams({ [name]: words })}`] : [];
    });
  });
  return [...links, ...searches]
    .map((href) => href.replace(/^https?:\/\/[^/]+/, ""))
    .filter((href) => href.startsWith("/"));
}
