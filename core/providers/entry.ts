/** When something may leave the house: the rules of the provider registry, without a world. */

export type ProviderService = "model" | "text";
export type ProviderKind = "azure-openai" | "openai-compatible" | "twilio" | "aws-sms";

export const providerKinds: Readonly<
  Record<ProviderKind, { readonly service: ProviderService; readonly title: string }>
> = {
  "azure-openai": { service: "model", title: "Azure OpenAI" },
  "openai-compatible": { service: "model", title: "A server of your own that speaks OpenAI's protocol" },
  twilio: { service: "text", title: "Twilio" },
  "aws-sms": { service: "text", title: "AWS End User Messaging" },
};
/** What an entry of each kind has to say besides; secrets are sealed and never shown again. */
export interface KindField {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly secret?: true;
  readonly optional?: true;
}
const tokensPerDay: KindField = {
  name: "tokensPerDay",
  label: "Most tokens a day",
  hint: "When they are used up, nothing more is sent until midnight (UTC). Left empty: a million.",
  optional: true,
};
export const kindFields: Readonly<Record<ProviderKind, readonly KindField[]>> = {
  "azure-openai": [
    { name: "model", label: "Deployment", hint: "The name that was given to the deployment, not the model's." },
    { name: "apiVersion", label: "API version", hint: "Left empty: v1.", optional: true },
    { name: "apiKey", label: "Key", secret: true },
    tokensPerDay,
  ],
  "openai-compatible": [
    { name: "model", label: "Model", hint: "As the server calls it." },
    { name: "apiKey", label: "Key", hint: "Left empty where the server asks for none.", secret: true, optional: true },
    tokensPerDay,
  ],
  twilio: [
    { name: "accountSid", label: "Account SID", hint: "Begins with AC." },
    { name: "keySid", label: "API key SID", hint: "Begins with SK." },
    { name: "keySecret", label: "API key secret", secret: true },
    { name: "authToken", label: "Auth token", hint: "Proves that incoming texts are Twilio's.", secret: true },
    { name: "from", label: "Sender", hint: "A number like +15550100, or a messaging service (MG…)." },
  ],
  "aws-sms": [
    { name: "originationIdentity", label: "Origination identity", hint: "A pool or a phone number's ARN." },
    { name: "configurationSet", label: "Configuration set", optional: true },
    { name: "topicArns", label: "SNS topics", hint: "Those that bring incoming texts and reports, parted by spaces." },
    {
      name: "accessKeyId",
      label: "Access key ID",
      hint: "Left empty where the server's own role is used.",
      optional: true,
    },
    { name: "secretAccessKey", label: "Secret access key", secret: true, optional: true },
  ],
};

export const serviceTitles: Readonly<Record<ProviderService, string>> = {
  model: "Text written by a model",
  text: "Text messages",
};

/** What only the provider and we may know, by name: `apiKey`, `keySecret`, `authToken` … */
export type ProviderSecret = Readonly<Record<string, string>>;

/** A provider as a workspace meets it: never with its secret. */
export interface ProviderEntry {
  readonly id: string;
  readonly service: ProviderService;
  readonly kind: ProviderKind;
  readonly title: string;
  /** The only address that is spoken to. */
  readonly endpoint: string;
  readonly region: string;
  /** What is no secret: a model, a deployment, an account's number, a sender. */
  readonly config: Readonly<Record<string, string>>;
  readonly agreement: string;
  /** Days, "2026-11-02": the first and the last on which the agreement holds. */
  readonly agreedFrom: string;
  readonly agreedUntil: string;
  readonly noTraining: boolean;
  readonly endedAt: Date | null;
}

/** What a workspace has: a provider in force, or the sentence why there is none. */
export type ProviderStanding =
  | ({ readonly on: true } & ProviderEntry)
  | { readonly on: false; readonly why: "off" | "not-in-force"; readonly sentence: string };

/** Why nothing may be sent to it on this day; null when it is in force (security.md R9). */
export function whyNotInForce(
  entry: Omit<ProviderEntry, "config" | "region" | "kind">,
  now: Date,
  environment: "development" | "production",
): string | null {
  const day = now.toISOString().slice(0, 10);
  if (entry.endedAt !== null && entry.endedAt <= now) return `The entry of ${entry.title} was ended.`;
  if (day < entry.agreedFrom) return `The agreement with ${entry.title} begins on ${entry.agreedFrom}.`;
  if (day > entry.agreedUntil) return `The agreement with ${entry.title} ended on ${entry.agreedUntil}.`;
  if (entry.service === "model" && !entry.noTraining)
    return `${entry.title} has not promised that nothing it is sent trains a model.`;
  return whyNotAddress(entry.endpoint, environment);
}

/** Why an address may not be spoken to; null when it may. Text travels encrypted, except to this very machine while trying things out. */
export function whyNotAddress(endpoint: string, environment: "development" | "production"): string | null {
  if (!URL.canParse(endpoint)) return "The address cannot be read. Write one like https://models.example.org/v1.";
  const { protocol, hostname, username, password, search, hash } = new URL(endpoint);
  if (username || password || search || hash) return "The address has more than a host and a path.";
  if (protocol === "https:") return null;
  const here = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
  if (protocol === "http:" && here && environment === "development") return null;
  return "The address does not begin with https://; people's data may not travel in the clear.";
}

/** Days until the agreement ends, counting today as 0; negative when it has ended. */
export function daysLeft(agreedUntil: string, now: Date): number {
  return Math.round((Date.parse(agreedUntil) - Date.parse(now.toISOString().slice(0, 10))) / 86_400_000);
}
