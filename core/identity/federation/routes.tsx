/** The ways to a sign-in service and back. */
import type { Knock } from "@core/context.ts";
import type { House } from "@core/house.ts";
import { requireSameOrigin } from "@core/http/headers.ts";
import { Unreachable } from "@core/http/outbound.ts";
import { answeredBefore, ownGet, ownPost } from "@core/http/own-route.ts";
import { Published } from "@core/http/published.ts";
import type { OwnRoute } from "@core/kernel.ts";
import { anyone, Redirect, signedIn } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { openLocally, sealLocally } from "@core/vault/local-seal.ts";
import { randomToken, sha256 } from "@core/vault/primitives.ts";
import { Type } from "@sinclair/typebox";
import { Button, ButtonLink } from "@views/button.tsx";
import { Form } from "@views/form.tsx";
import { PlainPage } from "@views/page.tsx";
import { Facts } from "@views/panel.tsx";
import type { Tenant } from "../door.ts";
import { addressOf } from "../link-letters.ts";
import { requireTurn } from "../pace.ts";
import { allowsWay } from "../policies.ts";
import { returnPath } from "../return-path.ts";
import { arrive, BROWSER_SECONDS, browserFor, browserOf, hashOfTicket } from "./arriving.ts";
import { saidBySaml } from "./claims.ts";
import type { StoredProvider } from "./door.ts";
import { checkOidcAnswer, newOidcSecrets, readLogoutToken, wayOutOfOidc, wayToOidc } from "./oidc.ts";
import { oidcPartyOf, requireProvider, samlPartyOf } from "./provider.ts";
import {
  checkSamlAnswer,
  newRequestId,
  ownMetadata,
  readLogoutRequest,
  readSamlAnswer,
  wayOutOfSaml,
  wayToSaml,
} from "./saml.ts";
import { Refused } from "./xml.ts";

const ANSWER_LIMIT = 400_000;
const oneProvider = Type.Object({ provider: Type.String({ format: "uuid" }) });
const to = Type.Optional(Type.String({ maxLength: 4_000 }));

export const federationRoutes: OwnRoute[] = [
  // A link, not a form: a form would be held by the page's policy to this very site.
  ownGet("/sign-in/with/:provider", {
    needs: anyone,
    params: oneProvider,
    query: Type.Object({ to }),
    before: async ({ params, query }, knock) => {
      await requireTurn(knock, "sign-in");
      const { house, visit, incoming } = knock;
      const provider = await requireProvider(house, visit.tenant, params.provider);
      const { request, browser } = await begin(knock, provider, "sign-in", returnPath(query.to));
      const url = await wayTo(knock, provider, request, incoming.url.hostname);
      await knock.record({ event: "core.federated_begun", names: { provider: provider.title }, person: null });
      const way = new Redirect(url);
      way.cookies.push({ name: "sso", value: browser, maxAge: BROWSER_SECONDS });
      return way;
    },
    run: answeredBefore,
  }),

  // An invitation from a mail: the institution's own service first, a password of one's own beside it.
  ownGet("/sign-in/invitation/:token", {
    needs: anyone,
    params: Type.Object({ token: Type.String({ maxLength: 200 }) }),
    before: async ({ params }, knock) => {
      await requireTurn(knock, "link");
      const { house, visit } = knock;
      const invited = await house.federation.invitation(visit.tenant.id, sha256(params.token));
      if (!invited) throw new Problem("gone", INVITATION_OVER);
      const { policies } = visit.tenant;
      const listed = await house.federation.list(visit.tenant.id);
      return { ...invited, services: listed.filter(({ kind }) => allowsWay(policies, kind)) };
    },
    run: async ({ params, prepared }, ctx) => {
      const token = encodeURIComponent(params.token);
      return (
        <PlainPage title={`Welcome to ${ctx.tenant.name}`}>
          <p>{`This invitation is for ${prepared.name}, ${prepared.email}. If that is not you, close this page.`}</p>
          {prepared.services.map(({ id, title }) => (
            <p>
              <ButtonLink
                href={`/sign-in/invitation/${token}/${id}`}
                tone="primary"
              >{`That is me: sign in by ${title}`}</ButtonLink>
            </p>
          ))}
          {allowsWay(ctx.visit.tenant.policies, "password") && (
            <p>
              <a href={`/sign-in/password/${token}`}>Choose a password instead</a>
            </p>
          )}
        </PlainPage>
      );
    },
  }),
  // A link for the same reason as above; followed from our own page only, so that nobody is sent into it unawares.
  ownGet("/sign-in/invitation/:token/:provider", {
    needs: anyone,
    params: Type.Object({ token: Type.String({ maxLength: 200 }), provider: Type.String({ format: "uuid" }) }),
    before: async ({ params }, knock) => {
      const { house, visit, incoming } = knock;
      requireSameOrigin(incoming.request, incoming.url.host);
      await requireTurn(knock, "sign-in");
      const provider = await requireProvider(house, visit.tenant, params.provider);
      const browser = browserFor(knock);
      const request = requestFor(provider);
      const isOpen = await house.federation.beginInvited(
        visit.tenant.id,
        { request: request.id, ...request.secrets, provider: provider.id, browserHash: browser.hash },
        sha256(params.token),
      );
      if (!isOpen) throw new Problem("gone", INVITATION_OVER);
      const url = await wayTo(knock, provider, askedIn(request), incoming.url.hostname);
      await knock.record({ event: "core.federated_begun", names: { provider: provider.title }, person: null });
      const way = new Redirect(url);
      way.cookies.push({ name: "sso", value: browser.value, maxAge: BROWSER_SECONDS });
      return way;
    },
    run: answeredBefore,
  }),

  ownPost("/sign-in/saml/:provider/acs", {
    needs: anyone,
    fromElsewhere: true,
    bodyLimit: ANSWER_LIMIT,
    params: oneProvider,
    body: Type.Object({ SAMLResponse: Type.String({ title: "The answer", maxLength: ANSWER_LIMIT }) }),
    before: async ({ params, body }, knock) => {
      await requireTurn(knock, "sign-in");
      const { house, visit, incoming } = knock;
      const { tenant } = visit;
      const provider = await requireProvider(house, tenant, params.provider, "saml");
      const party = samlPartyOf(house, tenant, incoming.url.hostname, provider);
      return accepting(knock, provider, async () => {
        const { inResponseTo, openedBy } = await readSamlAnswer(party, body.SAMLResponse);
        const waiting = await house.federation.waiting(tenant.id, inResponseTo, provider.id, null);
        if (!waiting) throw new Refused("it answers no request that waits");
        const asked = { id: inResponseTo, madeAt: waiting.madeAt };
        const vouched = await checkSamlAnswer(party, body.SAMLResponse, asked, openedBy);
        const ticket = randomToken(32);
        const isFirst = await house.federation.answer(tenant.id, {
          request: inResponseTo,
          provider: provider.id,
          assertionId: vouched.assertionId,
          until: vouched.until,
          ticketHash: hashOfTicket(ticket),
          said: saidBySaml(vouched),
        });
        if (!isFirst) throw new Refused("it was used before");
        await knock.record({ event: "core.federated_answered", names: { provider: provider.title }, person: null });
        // The browser brings its own cookie to the next page only: this one came from another site.
        return new Redirect(`/sign-in/arrived?ticket=${ticket}`);
      });
    },
    run: answeredBefore,
  }),

  ownGet("/sign-in/arrived", {
    needs: anyone,
    query: Type.Object({ ticket: Type.String({ maxLength: 100 }) }),
    before: async ({ query }, knock) => {
      await requireTurn(knock, "sign-in");
      return arrive(knock, query.ticket);
    },
    run: answeredBefore,
  }),

  ownGet("/sign-in/oidc/:provider/callback", {
    needs: anyone,
    params: oneProvider,
    query: Type.Object({ state: Type.String({ maxLength: 200 }) }),
    before: async ({ params, query }, knock) => {
      await requireTurn(knock, "sign-in");
      const { house, visit, incoming } = knock;
      const { tenant } = visit;
      const provider = await requireProvider(house, tenant, params.provider, "oidc");
      const ticket = await accepting(knock, provider, async () => {
        const browser = browserOf(knock);
        const waiting = browser && (await house.federation.waiting(tenant.id, query.state, provider.id, browser.hash));
        if (!waiting?.verifier || !waiting.nonce) throw new Refused("it answers no request that waits in this browser");
        const party = oidcPartyOf(house, tenant, incoming.url.hostname, provider);
        const asked = { id: query.state, verifier: waiting.verifier, nonce: waiting.nonce };
        const { said, tokenId, until } = await checkOidcAnswer(party, incoming.url.search, asked);
        const made = randomToken(32);
        const isFirst = await house.federation.answer(tenant.id, {
          request: query.state,
          provider: provider.id,
          assertionId: tokenId,
          until,
          ticketHash: hashOfTicket(made),
          said,
        });
        if (!isFirst) throw new Refused("it was used before");
        return made;
      });
      return arrive(knock, ticket);
    },
    run: answeredBefore,
  }),
  // Back-channel: the service's server speaks to ours, and reads nothing but the status.
  ownPost("/sign-in/oidc/:provider/logout", {
    needs: anyone,
    fromElsewhere: true,
    bodyLimit: 40_000,
    params: oneProvider,
    body: Type.Object({ logout_token: Type.String({ title: "The token", maxLength: 20_000 }) }),
    before: async ({ params, body }, knock) => {
      await requireTurn(knock, "sign-in");
      const { house, visit, incoming } = knock;
      const provider = await requireProvider(house, visit.tenant, params.provider, "oidc");
      return accepting(knock, provider, async () => {
        const party = oidcPartyOf(house, visit.tenant, incoming.url.hostname, provider);
        const { subject, sessionIndex } = await readLogoutToken(party, body.logout_token);
        const count = await house.federation.endSessions(visit.tenant.id, provider.id, subject, sessionIndex);
        return { title: provider.title, count };
      });
    },
    run: async ({ prepared }, ctx) => {
      ctx.audit("core.federated_ended", { provider: prepared.title, count: prepared.count });
      return new Published("application/json; charset=utf-8", "{}");
    },
  }),

  ownGet("/sign-in/saml/:provider/metadata", {
    needs: anyone,
    params: oneProvider,
    before: async ({ params }, knock) => {
      // Also before it is switched on: the service has to know us first.
      const { house, visit, incoming } = knock;
      const provider = await house.federation.find(visit.tenant.id, params.provider);
      if (provider?.kind !== "saml") throw Problem.notFound();
      return ownMetadata(samlPartyOf(house, visit.tenant, incoming.url.hostname, provider));
    },
    run: async ({ prepared }) => new Published("application/samlmetadata+xml; charset=utf-8", prepared),
  }),

  // Leaving, from there (a request) or coming back from leaving there (an answer).
  ownGet("/sign-in/saml/:provider/slo", {
    needs: anyone,
    params: oneProvider,
    query: Type.Object({
      SAMLRequest: Type.Optional(Type.String({ maxLength: 20_000 })),
      SAMLResponse: Type.Optional(Type.String({ maxLength: 20_000 })),
    }),
    before: async ({ params, query }, knock) =>
      query.SAMLRequest === undefined
        ? undefined
        : leaveFromThere(knock, params.provider, { query: knock.incoming.url.search.slice(1) }),
    // An answer says nothing that matters here: the session was ended before the question was asked.
    run: async () => new Redirect("/sign-in", "You are signed out, here and there."),
  }),
  ownPost("/sign-in/saml/:provider/slo", {
    needs: anyone,
    fromElsewhere: true,
    bodyLimit: 40_000,
    params: oneProvider,
    body: Type.Object({
      SAMLRequest: Type.Optional(Type.String({ title: "The request", maxLength: 20_000 })),
      SAMLResponse: Type.Optional(Type.String({ maxLength: 20_000 })),
    }),
    before: async ({ params, body }, knock) => {
      if (body.SAMLRequest !== undefined) return leaveFromThere(knock, params.provider, { base64: body.SAMLRequest });
      if (body.SAMLResponse === undefined)
        throw Problem.invalid({ SAMLRequest: "Neither a request nor an answer came." });
    },
    // Okta sends its answer by POST.
    run: async () => new Redirect("/sign-in", "You are signed out, here and there."),
  }),

  ownGet("/sign-out/there", {
    needs: anyone,
    query: Type.Object({ way: Type.String({ maxLength: 12_000 }) }),
    run: async ({ query }, ctx) => {
      const { url, title } = openWayOut(ctx.house, ctx.visit.tenant, query.way);
      return (
        <PlainPage title="You are signed out here">
          <p>{`You may still be signed in at ${title}, where the next person at this computer could come in as you.`}</p>
          <p>
            <ButtonLink href={url} tone="primary" follow>{`Sign out of ${title}, too`}</ButtonLink>
          </p>
          <p>
            <a href="/sign-in">Back to the sign-in page</a>
          </p>
        </PlainPage>
      );
    },
  }),

  // Linking begins with a form of our own page, so that no other site can begin it in somebody's name.
  ownPost("/account/links/:provider", {
    needs: signedIn,
    bodyLimit: 16_384,
    params: oneProvider,
    before: async ({ params }, knock) => {
      const { house, visit } = knock;
      await requireTurn(knock, "sign-in");
      const provider = await requireProvider(house, visit.tenant, params.provider);
      const { request, browser } = await begin(knock, provider, "link", "/account");
      await knock.record({ event: "core.federated_begun", names: { provider: provider.title }, person: null });
      const way = new Redirect(`/account/links/${provider.id}?request=${request.id}`);
      way.cookies.push({ name: "sso", value: browser, maxAge: BROWSER_SECONDS });
      return way;
    },
    run: answeredBefore,
  }),
  ownGet("/account/links/:provider", {
    needs: signedIn,
    params: oneProvider,
    query: Type.Object({ request: Type.String({ maxLength: 200 }) }),
    before: async ({ params, query }, knock) => {
      const { house, visit, incoming } = knock;
      const provider = await requireProvider(house, visit.tenant, params.provider);
      const browser = browserOf(knock);
      const waiting =
        browser && (await house.federation.waiting(visit.tenant.id, query.request, provider.id, browser.hash));
      if (!waiting) throw new Problem("gone");
      const request = { ...waiting, id: query.request };
      return { title: provider.title, url: await wayTo(knock, provider, request, incoming.url.hostname) };
    },
    run: async ({ prepared }, ctx) => (
      <PlainPage title={`Link ${prepared.title}`}>
        <p>{`Sign in there with your own account. After that, it opens your account here: ${ctx.actor.name}.`}</p>
        <p>
          <ButtonLink href={prepared.url} tone="primary">{`Go on to ${prepared.title}`}</ButtonLink>
        </p>
        <p>
          <a href="/account">Back to your account</a>
        </p>
      </PlainPage>
    ),
  }),

  ownGet("/sign-in/linking", {
    needs: anyone,
    run: async () => (
      <PlainPage title="Look into your mail">
        <p>
          There is an account here with your address. To show that it is yours, follow the link in the letter that is on
          its way to you. From then on you sign in as you just did.
        </p>
        <p>
          Nothing came? Look among unwanted mail. Three letters in a quarter of an hour are sent at most; then{" "}
          <a href="/sign-in">sign in again</a>.
        </p>
      </PlainPage>
    ),
  }),
  ownGet("/sign-in/linking/:token", {
    needs: anyone,
    params: Type.Object({ token: Type.String({ maxLength: 200 }) }),
    before: async ({ params }, { house, visit }) => {
      const found = await house.federation.lookAtLetterLink(visit.tenant.id, sha256(params.token));
      if (!found) throw new Problem("gone");
      return found;
    },
    run: async ({ params, prepared }) => (
      <PlainPage title="Is this you?">
        <Form action={`/sign-in/linking/${encodeURIComponent(params.token)}`} guard={false}>
          <p>{`Somebody signed in at ${prepared.provider} with your address and wants to come into your account here.`}</p>
          <Facts
            facts={[
              { term: "Your account", value: `${prepared.name}, ${prepared.email}` },
              { term: `At ${prepared.provider}`, value: <span class="mono">{prepared.subject}</span> },
            ]}
          />
          <p>If that was you a moment ago, go on. If it was not, close this page and tell an administrator.</p>
          <Button tone="primary">It was me: link it</Button>
        </Form>
      </PlainPage>
    ),
  }),
  ownPost("/sign-in/linking/:token", {
    needs: anyone,
    bodyLimit: 16_384,
    params: Type.Object({ token: Type.String({ maxLength: 200 }) }),
    before: async ({ params }, knock) => {
      const { house, visit } = knock;
      await requireTurn(knock, "link");
      const linked = await house.federation.useLetterLink(visit.tenant.id, sha256(params.token));
      if (!linked) throw new Problem("gone");
      const provider = await house.federation.find(visit.tenant.id, linked.provider);
      const title = provider?.title ?? "the sign-in service";
      await knock.record({ event: "core.identity_linked", names: { provider: title }, person: linked });
      return new Redirect("/sign-in", `Linked. Sign in by ${title} now.`);
    },
    run: answeredBefore,
  }),
];

/** Kept until the service answers. The way there is the same for everybody who begins. */
async function begin(
  knock: Knock,
  provider: StoredProvider,
  purpose: "sign-in" | "link",
  back: string,
): Promise<{ readonly request: Asked; readonly browser: string }> {
  const { house, visit } = knock;
  const browser = browserFor(knock);
  const request = requestFor(provider);
  await house.federation.begin(visit.tenant.id, {
    request: request.id,
    ...request.secrets,
    provider: provider.id,
    browserHash: browser.hash,
    purpose,
    personId: purpose === "link" ? (visit.arrival?.person.id ?? null) : null,
    to: back,
  });
  return { request: askedIn(request), browser: browser.value };
}

const requestFor = ({ kind }: StoredProvider) => ({
  id: newRequestId(),
  secrets: kind === "oidc" ? newOidcSecrets() : null,
});
const askedIn = ({ id, secrets }: ReturnType<typeof requestFor>): Asked => ({
  id,
  verifier: secrets?.verifier ?? null,
  nonce: secrets?.nonce ?? null,
});
const INVITATION_OVER =
  "This invitation was used, or has expired. Sign in as usual; if you never could, ask the person who invited you for a new one.";

interface Asked {
  readonly id: string;
  readonly verifier: string | null;
  readonly nonce: string | null;
}

async function wayTo(
  { house, visit }: Knock,
  provider: StoredProvider,
  { id, verifier, nonce }: Asked,
  askedAt: string,
): Promise<string> {
  if (provider.kind === "saml") return wayToSaml(samlPartyOf(house, visit.tenant, askedAt, provider), id);
  try {
    const party = oidcPartyOf(house, visit.tenant, askedAt, provider);
    return await wayToOidc(party, { id, verifier: verifier ?? "", nonce: nonce ?? "" });
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
    throw new Problem("busy", `${provider.title} cannot be reached now: ${error.message}. Try again in a minute.`);
  }
}

/** What a service says and is not believed is counted with its reason, where an administrator looks for it. */
async function accepting<T>(knock: Knock, provider: StoredProvider, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { house, visit, incoming } = knock;
    await house.refusals.note(visit.tenant.id, incoming.peer, `${provider.id}: ${error.message}`, 422);
    // The reason is the administrator's: told to whoever delivers answers, it would help to find out what is sealed in one.
    throw Problem.refused(
      `What ${provider.title} answered was not accepted. Go back to the sign-in page and begin again. If it stays so, tell an administrator: the reason stands on the page of this sign-in service.`,
    );
  }
}

async function leaveFromThere(
  knock: Knock,
  providerId: string,
  message: { readonly query: string } | { readonly base64: string },
): Promise<Redirect> {
  const { house, visit, incoming } = knock;
  await requireTurn(knock, "sign-in");
  const provider = await requireProvider(house, visit.tenant, providerId, "saml");
  return accepting(knock, provider, async () => {
    const wish = await readLogoutRequest(samlPartyOf(house, visit.tenant, incoming.url.hostname, provider), message);
    const count = await house.federation.endSessions(visit.tenant.id, provider.id, wish.nameId, wish.sessionIndex);
    await knock.record({ event: "core.federated_ended", names: { provider: provider.title, count }, person: null });
    return new Redirect(wish.answerAt);
  });
}

/** After a session was ended here: a page of ours that leads on to leaving there. Null: there is nothing to leave. */
export async function wayOutThere(
  house: House,
  tenant: Tenant,
  askedAt: string,
  token: string,
): Promise<string | null> {
  const there = await house.federation.sessionThere(tenant.id, sha256(token));
  const provider = there && (await house.federation.find(tenant.id, there.provider));
  if (!there || !provider?.isOn) return null;
  const url =
    provider.kind === "saml"
      ? await wayOutOfSaml(samlPartyOf(house, tenant, askedAt, provider), there)
      : await wayOutOfOidc(
          oidcPartyOf(house, tenant, askedAt, provider),
          `${addressOf(house.config.baseUrl, tenant, askedAt)}/sign-in`,
        );
  if (!url) return null;
  const sealed = sealLocally(
    house.config.secretKey,
    ["way out", tenant.id],
    new TextEncoder().encode(JSON.stringify({ url, title: provider.title })),
  );
  return `/sign-out/there?way=${sealed}`;
}

/** Sealed by ourselves, so that nobody else chooses where this page leads. */
function openWayOut(house: House, tenant: Tenant, sealed: string): { readonly url: string; readonly title: string } {
  try {
    const bytes = openLocally(house.config.secretKey, ["way out", tenant.id], sealed);
    return JSON.parse(new TextDecoder().decode(bytes)) as { url: string; title: string };
  } catch {
    throw Problem.notFound();
  }
}
