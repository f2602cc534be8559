/** Which way a workspace's texts go now: by the provider whose entry is in force here, or not at all. */
import type { KernelContext } from "../context.ts";
import type { House } from "../house.ts";
import type { TextWay } from "./way.ts";

/** In development without a provider of its own a workspace has a telephone on a page. */
export async function textWay(house: House, ctx: KernelContext): Promise<TextWay> {
  const standing = await ctx.provider("text");
  if (!standing.on) {
    if (standing.why === "off" && house.config.environment === "development") return { kind: "phone" };
    return { kind: "none", sentence: standing.sentence };
  }
  const { kind, config, region, endpoint, id } = standing;
  const secret = (await ctx.providerSecret(id)) ?? {};
  if (kind === "twilio") {
    const { accountSid = "", keySid = "", from = "" } = config;
    const { keySecret = "", authToken = "" } = secret;
    const callback = `${await homeOf(house, ctx)}/hooks/${ctx.workspace?.slug}/${ctx.situation.module?.id}/twilio`;
    return { kind, accountSid, keySid, keySecret, authTokens: [authToken], from, statusCallback: callback, endpoint };
  }
  const { originationIdentity = "", configurationSet, topicArns = "", accessKeyId } = config;
  const { secretAccessKey } = secret;
  return {
    kind: "aws-sms",
    region,
    originationIdentity,
    configurationSet: configurationSet ?? null,
    topicArns: topicArns.split(/\s+/).filter(Boolean),
    endpoint,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : null,
  };
}

/** Where the institution answers from outside: a job has no request whose host would tell. The first one answers on the base address. */
async function homeOf(house: House, { tenant }: KernelContext): Promise<string> {
  const base = new URL(house.config.baseUrl);
  const first = await house.door.findTenant(null);
  return first?.id === tenant.id ? base.origin : `${base.protocol}//${tenant.slug}.${base.host}`;
}
