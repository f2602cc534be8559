import type { DemoStage } from "@core/module.ts";
export async function demo(_: DemoStage): Promise<void> {}
