/** Which prompt and model may speak here: tried at the gate, signed, and still what they were then. */
import type { Context } from "@core/module.ts";
import type { Coaching } from "../names.ts";
import { promptHash, voiceHash } from "../prompt.ts";
import { newestVoice } from "../store/releases.ts";

export type VoiceStanding =
  | {
      readonly on: true;
      readonly id: string;
      readonly words: string;
      readonly version: string;
      readonly model: string;
      readonly signed: { readonly by: string; readonly credentials: string; readonly at: Date };
    }
  | { readonly on: false; readonly sentence: string };

export async function voiceInForce(ctx: Context<Coaching>): Promise<VoiceStanding> {
  const newest = await ctx.db.first(newestVoice, {});
  if (!newest) return off("No prompt and model have been tried and signed here yet, so no model is asked.");
  const prompt = promptHash(newest.words);
  if (prompt !== newest.promptSha256)
    return off("Cairn's own part of the prompt has changed since it was signed. Propose it again and try it.");
  const provider = await ctx.provider("model");
  if (!provider.on) return off(provider.sentence);
  const model = provider.config.model ?? "";
  if (voiceHash(prompt, { ...provider, model }) !== newest.sha256)
    return off("Another model serves here now than the one that was tried. Try the prompt with it.");
  const { id, words, version, name, credentials, madeAt } = newest;
  return { on: true, id, words, version, model, signed: { by: name, credentials, at: madeAt } };
}

const off = (sentence: string): VoiceStanding => ({ on: false, sentence });
