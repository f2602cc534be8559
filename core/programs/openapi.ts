/** What programs can ask of a module, as an OpenAPI 3.1 document: made from the routes themselves, so that it cannot lag. */
import type { TSchema } from "@sinclair/typebox";
import type { MountedProgramRoute } from "../kernel.ts";

const problem = {
  type: "object",
  required: ["status", "code", "title"],
  properties: {
    type: { type: "string" },
    status: { type: "integer" },
    code: { type: "string" },
    title: { type: "string", description: "A sentence that says what is wrong and what would help." },
    reference: { type: "string" },
    fields: {
      type: "array",
      items: { type: "object", properties: { field: { type: "string" }, sentence: { type: "string" } } },
    },
  },
};

const refusals: Readonly<Record<string, string>> = {
  "401": "No key, or one that is not in force here",
  "403": "The key, or its holder, does not have the permission",
  "404": "Nothing here that this key reaches",
  "409": "Somebody else changed it meanwhile",
  "422": "A rule or the description says no",
  "429": "More than ten requests a second",
};

export function openApi(routes: readonly MountedProgramRoute[], address: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { module, route, pattern } of routes) {
    const path = pattern.replace(/:([A-Za-z]+)/g, "{$1}");
    const at = paths[path] ?? {};
    paths[path] = at;
    at[route.method.toLowerCase()] = {
      operationId: `${route.method.toLowerCase()}${pattern.replace(/[^A-Za-z]+(.)/g, (_, letter: string) => letter.toUpperCase())}`,
      summary: route.summary,
      description: `Needs ${route.needs}.`,
      tags: [module.title],
      parameters: [...namesIn(pattern, route.params), ...fieldsOf("query", route.query)],
      ...(route.body
        ? { requestBody: { required: true, content: { "application/json": { schema: plain(route.body) } } } }
        : {}),
      responses: {
        "200": { description: "Done", content: { "application/json": { schema: plain(route.answer) } } },
        ...Object.fromEntries(
          Object.entries(refusals).map(([status, description]) => [
            status,
            {
              description,
              content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
            },
          ]),
        ),
      },
    };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Cairn",
      version: "1",
      description:
        "Requests of programs. A key acts for the person who holds it, narrowed to its permissions and its site; whatever that person may not see or do, it cannot either.",
    },
    servers: [{ url: address }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "ck_… as it was shown once to its holder" },
      },
      schemas: { Problem: problem },
    },
  };
}

/** A schema as JSON says it: without the compiler's own marks. */
const plain = (schema: TSchema): unknown => JSON.parse(JSON.stringify(schema));

function namesIn(pattern: string, params: TSchema | undefined): object[] {
  const known = (params?.properties ?? {}) as Record<string, TSchema>;
  return [...pattern.matchAll(/:([A-Za-z]+)/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: known[name] ? plain(known[name]) : { type: "string" },
  }));
}

function fieldsOf(place: "query", schema: TSchema | undefined): object[] {
  const required = new Set((schema?.required ?? []) as string[]);
  return Object.entries((schema?.properties ?? {}) as Record<string, TSchema>).map(([name, field]) => ({
    name,
    in: place,
    required: required.has(name),
    ...(typeof field.description === "string" ? { description: field.description } : {}),
    schema: plain(field),
  }));
}
