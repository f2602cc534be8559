/**
 * A provider's webhook, in the same order as a person's request: institution, place, module, body, judgement, begin, take,
 * record, commit, answer. No session and no form: who knocks proves himself by the provider's signature, before anything is
 * written, and may then do what the module's manifest names.
 */
import { type Act, Trail } from "../audit/trail.ts";
import { contextFor, type KernelContext, narrowed } from "../context.ts";
import { codeOf } from "../db/error-code.ts";
import type { House } from "../house.ts";
import type { Place } from "../jobs/desk.ts";
import { systemSituation } from "../jobs/system.ts";
import type { MountedHook } from "../kernel.ts";
import type { Module, TextDoor } from "../module.ts";
import { Problem } from "../problem.ts";
import { judgeKnock } from "../sms/knock.ts";
import { textWay } from "../sms/standing.ts";
import { channelOf, keepWish, type TextWish, wishIn } from "../sms/stops.ts";
import type { InboundText } from "../sms/text-message.ts";
import { findSubject } from "../subjects/subjects.ts";
import { decided, type Incoming } from "./endpoint.ts";
import { secure } from "./headers.ts";
import { readBounded } from "./input.ts";
import { tenantOf } from "./tenant.ts";

const BODY_LIMIT = 300_000;

export async function hook(house: House, { module, texts, provider, pattern }: MountedHook, incoming: Incoming) {
  const { request, url, peer } = incoming;
  const https = house.config.baseUrl.startsWith("https:");
  const act: Act = { requestId: Bun.randomUUIDv7(), name: `HOOK ${pattern}`, permission: null };
  const answer = (status: number, text = "") => {
    decided.add(request);
    const headers = new Headers({ "content-type": provider === "twilio" ? "text/xml" : "text/plain" });
    secure(headers, https);
    return new Response(text, { status, headers });
  };
  try {
    const tenant = await tenantOf(house, url.hostname);
    const place = await house.door.placeNamed(tenant.id, incoming.params.workspace ?? "");
    if (!place?.workspace || !Object.hasOwn(place.modules, module.id)) throw Problem.notFound();
    const body = new TextDecoder().decode(await readBounded(request, BODY_LIMIT));
    const name = `${module.id}.texts`;
    const situation = systemSituation(name, place, module, [...texts.permissions, "core.providers.use"]);
    const visitor = { name: `system:${name}`, sessionRef: null, ip: peer, agent: null };

    // The secrets by which it is judged are read in a transaction of their own, so that none waits for a certificate.
    const trail = new Trail();
    const way = await house.transactions.run(
      situation.standing,
      { readOnly: true },
      async (lease) => textWay(house, contextFor(house, situation, lease, trail)),
      async () => {},
    );
    const from = new URL(house.config.baseUrl);
    const judged = await judgeKnock(
      {
        provider,
        url: `${from.protocol}//${url.host}${url.pathname}${url.search}`,
        body,
        contentType: request.headers.get("content-type") ?? "",
        signature: request.headers.get("x-twilio-signature"),
        now: situation.now,
      },
      way,
      house.certificates,
    );
    if (!judged.genuine) {
      house.log("warn", "hook.refused", { module: module.id, provider, because: judged.because });
      await house.refusals.note(tenant.id, peer, act.name, 403);
      return answer(403, "");
    }
    if (judged.confirm !== null) await house.confirmTopic(judged.confirm);
    const { news } = judged;
    const wish = news?.kind === "inbound" ? wishIn(news.text) : null;
    const channel = await house.transactions.run(
      situation.standing,
      { readOnly: false },
      async (lease) => {
        const ctx = contextFor(house, situation, lease, trail);
        if (news?.kind === "inbound" && wish) await keepWish(ctx, news.text.from, wish);
        if (news) await texts.received(news, narrowed(ctx));
        return channelOf(await ctx.provider("text"), place.workspace?.id ?? "");
      },
      async (lease) => {
        const sentence = `${visitor.name} took ${news?.kind === "inbound" ? "a text message" : news ? "a delivery report" : "a notice"} in ${place.workspace?.title}`;
        await trail.write(lease, visitor, act, { outcome: "done", status: 200, sentence, detail: { provider } });
      },
    );
    house.prompts.begin(place, trail.soon);
    if (news?.kind === "inbound" && wish) await tellOthers(house, { place, module, channel, text: news.text, wish });
    // Twilio would send what stands between the tags as a text: nothing does.
    return answer(200, provider === "twilio" ? "<Response/>" : "");
  } catch (error) {
    if (error instanceof Problem) return answer(error.status, "");
    house.log("error", "hook.failed", { module: module.id, provider, code: codeOf(error) });
    // Not kept: the provider will bring it again.
    return answer(503, "");
  }
}

interface Said {
  readonly place: Place;
  readonly module: Module;
  readonly channel: string;
  readonly text: InboundText;
  readonly wish: TextWish;
}

/**
 * The other places that send by the same number hear it too, each in a transaction of its own. What was said holds without
 * them already, so that nothing is lost when one of them fails; the first that knows the person confirms, if nobody did.
 */
async function tellOthers(house: House, { place, module, channel, text, wish }: Said): Promise<void> {
  const inPlace = <T>(
    at: Place,
    one: Module,
    door: TextDoor,
    readOnly: boolean,
    work: (ctx: KernelContext) => Promise<T>,
  ) => {
    const name = `${one.id}.texts`;
    const permissions = [...new Set([...door.permissions, "core.providers.use", "core.identities.open"])];
    const situation = systemSituation(name, at, one, permissions);
    const trail = new Trail();
    const visitor = { name: `system:${name}`, sessionRef: null, ip: null, agent: null };
    const act: Act = { requestId: Bun.randomUUIDv7(), name: `HEARD ${wish.toUpperCase()}`, permission: null };
    return house.transactions
      .run(
        situation.standing,
        { readOnly },
        async (lease) => work(contextFor(house, situation, lease, trail)),
        async (lease) => {
          const sentence = `${visitor.name} heard in ${at.workspace?.title} that somebody said ${wish.toUpperCase()} to the number it shares`;
          await trail.write(lease, visitor, act, { outcome: "done", status: 200, sentence, detail: {} });
        },
      )
      .finally(() => house.prompts.begin(at, trail.soon));
  };
  const others = (await house.door.textPlaces(place.tenant.id)).flatMap((at) =>
    house.kernel.modules.flatMap((one) => {
      const isSelf = at.workspace?.id === place.workspace?.id && one.id === module.id;
      return one.texts?.heard && Object.hasOwn(at.modules, one.id) && !isSelf ? [{ at, one, door: one.texts }] : [];
    }),
  );
  if (others.length === 0) return;
  const own = module.texts as TextDoor;
  let confirms =
    text.handledByProvider !== wish &&
    (await inPlace(place, module, own, true, async (ctx) => findSubject(narrowed(ctx), "phone", text.from))) === null;
  for (const { at, one, door } of others) {
    try {
      const did = await inPlace(at, one, door, false, async (ctx) => {
        if (channelOf(await ctx.provider("text"), at.workspace?.id ?? "") !== channel) return false;
        return (await door.heard?.({ from: text.from, wish, confirms }, narrowed(ctx))) ?? false;
      });
      if (did) confirms = false;
    } catch (error) {
      house.log("error", "hook.unheard", { module: one.id, code: codeOf(error) });
    }
  }
}
