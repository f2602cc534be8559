/** The door: e-mail and password, and the way out. */
import { Type } from "@sinclair/typebox";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Form, type FormState, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { PlainPage } from "@views/page.tsx";
import { Panel } from "@views/panel.tsx";
import type { Config } from "../config.ts";
import type { Knock, OwnContext } from "../context.ts";
import { isEmail } from "../http/formats.ts";
import { answeredBefore, ownGet, ownPost } from "../http/own-route.ts";
import type { OwnRoute } from "../kernel.ts";
import { anyone, Redirect, type Typed } from "../module.ts";
import { Problem } from "../problem.ts";
import { hashPassword, isOutdatedHash, verifyPassword } from "../vault/password.ts";
import { sha256 } from "../vault/primitives.ts";
import { isKnownDevice, nameOfDevice } from "./device.ts";
import type { Door } from "./door.ts";
import { deviceCookie, enter, leave } from "./entering.ts";
import type { ListedProvider } from "./federation/door.ts";
import { wayOutThere } from "./federation/routes.tsx";
import type { Lane } from "./lanes.ts";
import { hasTurnOfDevice, requireTurn, requireTurnOfAll } from "./pace.ts";
import { allowsWay } from "./policies.ts";
import { isOpen } from "./register.tsx";
import { returnPath } from "./return-path.ts";

/** The same words for an unknown address, a wrong password and a locked account: which of them it was is nobody's business. */
const NOT_IN =
  "That address and password do not belong together. After ten wrong tries an account does not listen for a quarter of an hour.";

const FORM_LIMIT = 16_384;
const MAX_PASSWORD = 1_000;

interface Person {
  readonly id: string;
  readonly name: string;
}

export const signInRoutes = (config: Pick<Config, "environment">): OwnRoute[] => [
  ownGet("/sign-in", {
    needs: anyone,
    query: Type.Object({ to: Type.Optional(Type.String({ maxLength: 4_000 })) }),
    run: async ({ query }, ctx) => {
      const to = returnPath(query.to);
      if (ctx.visit.arrival) return new Redirect(to);
      return signInPage(config, ctx, { to });
    },
  }),

  ownPost("/sign-in", {
    needs: anyone,
    bodyLimit: FORM_LIMIT,
    body: Type.Object({
      email: Type.String({ title: "Your e-mail", minLength: 1, maxLength: 254 }),
      password: Type.String({ title: "Your password", minLength: 1, writeOnly: true }),
      to: Type.Optional(Type.String({ maxLength: 4_000 })),
    }),
    before: async ({ body }, knock) => {
      if (!allowsWay(knock.visit.tenant.policies, "password")) throw Problem.notFound();
      const { password } = knock.visit.typed;
      const person = await recognise(knock, body.email.toLowerCase(), typeof password === "string" ? password : "");
      if (!person) throw new Problem("invalid", NOT_IN, [{ field: "", sentence: NOT_IN }]);
      return enter(knock, person, "password", returnPath(body.to));
    },
    refused: (typed, problems, ctx) =>
      signInPage(config, ctx, {
        to: returnPath(textOf(typed, "to")),
        form: {
          values: { email: textOf(typed, "email") },
          errors: Object.fromEntries(problems.map(({ field, sentence }) => [field, sentence])),
        },
      }),
    run: answeredBefore,
  }),

  ownPost("/sign-out", {
    // Also for those whose account still waits for approval, and for a cookie that is no session any more.
    needs: anyone,
    bodyLimit: FORM_LIMIT,
    // A sign-in service may have to be asked where one leaves it: not while a connection is held.
    before: async (_, { house, visit, incoming }) =>
      visit.token ? wayOutThere(house, visit.tenant, incoming.url.hostname, visit.token) : null,
    run: async ({ prepared }, ctx) => {
      const { arrival, token, tenant } = ctx.visit;
      if (arrival && token) {
        await ctx.house.sessions.end(tenant.id, token);
        ctx.audit("core.signed_out", {});
        if (prepared) return leave(prepared);
      }
      return leave("/sign-in", "You are signed out.");
    },
  }),
];

/**
 * The person whose password this is, or null. Who shows a device on which he signed in before has a pace and a lane of his
 * own: neither a flood nor a neighbour in his network keeps him out. Everybody else is a stranger until the end.
 */
async function recognise(knock: Knock, address: string, password: string): Promise<Person | null> {
  const { house, visit } = knock;
  const { id: tenantId } = visit.tenant;
  const find = async (door: Door) => (isEmail(address) ? await door.findPassword(tenantId, address) : null);
  const cookie = deviceCookie(knock);
  const device = nameOfDevice(house.config.secretKey, cookie);
  if (device !== null && (await hasTurnOfDevice(knock, device))) {
    const found = await find(house.door);
    const side: Side = { bucket: "known", door: house.door, lane: house.signIns.known };
    if (found && isKnownDevice(house.config.secretKey, cookie, { tenantId, personId: found.personId }))
      return side.lane.whole(() => tried(knock, side, address, found, password));
  }
  await requireTurn(knock, "sign-in");
  await requireTurnOfAll(knock, "sign-in");
  const side: Side = { bucket: "unknown", door: house.porch, lane: house.signIns.strange };
  return side.lane.whole(async () => tried(knock, side, address, await find(side.door), password));
}

/** From where somebody tries: a device known to be his, or any other. */
interface Side {
  readonly bucket: "known" | "unknown";
  readonly door: Door;
  readonly lane: Lane;
}

/**
 * The attempt is counted before anything is checked, by account and by whether the device is known; one check of a
 * password runs in every case, so that the time says nothing either.
 */
async function tried(
  knock: Knock,
  { bucket: side, door, lane }: Side,
  address: string,
  found: Awaited<ReturnType<Door["findPassword"]>>,
  password: string,
): Promise<Person | null> {
  const { house, visit, incoming } = knock;
  const { tenant } = visit;
  const bucket = `${found?.personId ?? sha256(address).toString("hex").slice(0, 32)}:${side}`;
  const mayTry = await door.beginAttempt(tenant.id, bucket);
  const isUsable = mayTry && found !== null && found.status !== "suspended" && password.length <= MAX_PASSWORD;
  const secret = isUsable ? found.secret : null;
  const isRight = await lane.check(() => verifyPassword(password.slice(0, MAX_PASSWORD), secret));
  if (!isRight || !found) {
    // One more write in every case. Only tries at a real account that were listened to are on the record, ten at most
    // before it locks; all others are counted.
    if (found && mayTry) {
      await knock.record({
        event: "core.sign_in_refused",
        names: { why: found.status === "suspended" ? "the account is suspended" : "wrong password" },
        person: { id: found.personId, name: found.name },
        outcome: "refused",
        status: 422,
      });
    } else {
      const why = found ? "locked" : "no such account";
      await house.refusals.note(tenant.id, incoming.peer, `POST /sign-in (${why})`, 422);
    }
    return null;
  }
  await door.clearAttempts(tenant.id, bucket);
  if (found.secret && isOutdatedHash(found.secret)) {
    await door.setPassword(tenant.id, found.personId, await hashPassword(password));
  }
  return { id: found.personId, name: found.name };
}

export const textOf = (typed: Typed, name: string): string => {
  const value = typed[name];
  return typeof value === "string" ? value : "";
};

/** Those who have a sign-in of their institution look for it first. */
const Providers = ({ providers, to }: { providers: readonly ListedProvider[]; to: string }): Html | null =>
  providers.length === 0 ? null : (
    <Panel>
      <div class="stack">
        {providers.map(({ id, title }) => (
          <ButtonLink
            href={`/sign-in/with/${id}${to === "/" ? "" : `?to=${encodeURIComponent(to)}`}`}
            tone="primary"
          >{`Sign in by ${title}`}</ButtonLink>
        ))}
      </div>
    </Panel>
  );

interface SignInPageProps {
  readonly to: string;
  readonly form?: FormState;
}

async function signInPage(
  config: Pick<Config, "environment">,
  ctx: OwnContext,
  { to, form }: SignInPageProps,
): Promise<Html> {
  const { tenant } = ctx.visit;
  const isDemo = config.environment === "development" && tenant.demo;
  const people = isDemo ? await ctx.house.door.demoPeople(tenant.id) : [];
  const hidden = to === "/" ? {} : { to };
  const hasPasswords = allowsWay(tenant.policies, "password");
  const { federation } = ctx.house;
  const listed = await (form ? federation.listLately(tenant.id) : federation.list(tenant.id));
  const providers = listed.filter(({ kind }) => allowsWay(tenant.policies, kind));
  return (
    <PlainPage title="Sign in" form={form}>
      <Providers providers={providers} to={to} />
      {hasPasswords && (
        <Form action="/sign-in" guard={false} hidden={hidden}>
          <TextField
            name="email"
            type="email"
            label="Work e-mail"
            autocomplete="username"
            width="full"
            spellcheck={false}
            form={form}
          />
          <TextField
            name="password"
            type="password"
            label="Password"
            autocomplete="current-password"
            width="full"
            form={form}
          />
          <Button tone="primary">Sign in</Button>
        </Form>
      )}
      {hasPasswords && (
        <p>
          <a href="/sign-in/password">Forgot your password?</a>
        </p>
      )}
      {allowsWay(tenant.policies, "passkey") && (
        <p>
          <a href={`/sign-in/passkey${to === "/" ? "" : `?to=${encodeURIComponent(to)}`}`}>Sign in by passkey</a>
        </p>
      )}
      {isOpen(tenant) && (
        <p>
          No account yet? <a href="/register">Ask for one</a>
        </p>
      )}
      {tenant.profile === "pilot" && allowsWay(tenant.policies, "link") && (
        <p>
          <a href="/sign-in/link">Send me a link instead</a>
        </p>
      )}
      {people.length > 0 && (
        <Panel title="Look around as">
          <p class="muted">Everyone here is invented. One click signs you in.</p>
          <ul class="choices">
            {people.map(({ id, name, roles }) => (
              <li>
                <div>
                  <strong>{name}</strong>
                  {roles && <p class="muted">{roles}</p>}
                </div>
                <PostButton action="/sign-in/demo" fields={{ person: id, ...hidden }} about={`as ${name}`}>
                  Sign in
                </PostButton>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </PlainPage>
  );
}
