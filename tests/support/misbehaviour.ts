/** The ways a remote service goes wrong, shared by the stand-ins. */
export type Misbehaviour = "ok" | "hang" | "drip" | "500" | "throttle" | "denied";

/** Accepts the request and never answers, until the caller hangs up. */
export function never(hungUp: AbortSignal): Promise<Response> {
  return new Promise((answer) => {
    hungUp.addEventListener("abort", () => answer(new Response(null, { status: 499 })), { once: true });
  });
}

/** Answers at once and then sends one byte now and then, for ever: a slow loris from the server's side. */
export function drip(): Response {
  let timer: ReturnType<typeof setInterval>;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      timer = setInterval(() => {
        try {
          controller.enqueue(new Uint8Array([0x20]));
        } catch {
          clearInterval(timer);
        }
      }, 100);
    },
    cancel: () => clearInterval(timer),
  });
  return new Response(body, { headers: { "content-type": "application/json" } });
}
