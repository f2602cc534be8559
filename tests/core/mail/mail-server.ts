/** A real mail server on the loopback interface, which remembers what it took. */
import { SMTPServer } from "smtp-server";
import type { Certificate } from "../../support/certificate.ts";

export interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly message: string;
}

export interface MailServer {
  readonly port: number;
  readonly taken: Taken[];
  stop(): Promise<void>;
}

export async function mailServer(
  certificate: Certificate | null,
  login: { readonly user: string; readonly password: string },
): Promise<MailServer> {
  const taken: Taken[] = [];
  const server = new SMTPServer({
    ...(certificate ? certificate : { hideSTARTTLS: true, allowInsecureAuth: true }),
    authMethods: ["PLAIN", "LOGIN"],
    logger: false,
    onAuth({ username, password }, _session, done) {
      if (username === login.user && password === login.password) done(null, { user: username });
      else done(new Error("no"));
    },
    onRcptTo({ address }, _session, done) {
      const code = address.startsWith("gone@") ? 550 : address.startsWith("full@") ? 452 : null;
      done(code === null ? null : Object.assign(new Error("not taken"), { responseCode: code }));
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        taken.push({
          from: envelope.mailFrom ? envelope.mailFrom.address : "",
          to: envelope.rcptTo.map(({ address }) => address),
          message: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
  });
  server.on("error", () => {}); // a client that turns away from a certificate is what some tests are about
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new Error("the mail server has no port");
  return {
    port: address.port,
    taken,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
