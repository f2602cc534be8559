/** Which way a workspace's texts go now. */
import type { KernelContext } from "../context.ts";
import type { House } from "../house.ts";
import type { TextWay } from "./way.ts";

/** In development without a provider of its own a workspace has a telephone on a page. */
export async function textWay(house: House, _ctx: KernelContext): Promise<TextWay> {
  if (house.config.environment === "development") return { kind: "phone" };
  return { kind: "none", sentence: "No provider of text messages is in use here." };
}
