/**
 * A provider's webhook, in the same order as a person's request: institution, place, module, body, judgement, begin, take,
 * record, commit, answer. No session and no form: who knocks proves himself by the provider's signature, before anything is
 * written, and may then do what the module's manifest names.
 */
import { type Act, Trail } from "../audit/trail.ts";
import { contextFor, narrowed } from "../context.ts";
import { codeOf } from "../db/error-code.ts";
import type { House } from "../house.ts";
import { systemSituation } from "../jobs/system.ts";
import type { MountedHook } from "../kernel.ts";
import { Problem } from "../problem.ts";
import { judgeKnock } from "../sms/knock.ts";
import { textWay } from "../sms/standing.ts";
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
    await house.transactions.run(
      situation.standing,
      { readOnly: false },
      async (lease) => {
        if (news) await texts.received(news, narrowed(contextFor(house, situation, lease, trail)));
      },
      async (lease) => {
        const sentence = `${visitor.name} took ${news?.kind === "inbound" ? "a text message" : news ? "a delivery report" : "a notice"} in ${place.workspace?.title}`;
        await trail.write(lease, visitor, act, { outcome: "done", status: 200, sentence, detail: { provider } });
      },
    );
    house.prompts.begin(place, trail.soon);
    // Twilio would send what stands between the tags as a text: nothing does.
    return answer(200, provider === "twilio" ? "<Response/>" : "");
  } catch (error) {
    if (error instanceof Problem) return answer(error.status, "");
    house.log("error", "hook.failed", { module: module.id, provider, code: codeOf(error) });
    // Not kept: the provider will bring it again.
    return answer(503, "");
  }
}
