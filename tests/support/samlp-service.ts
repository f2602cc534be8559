/** A real SAML identity provider of another maker (auth0's samlp), in this process, on a port of its own. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { makeOwnCertificate, type OwnCertificate } from "@core/vault/certificate.ts";
import express from "express";

export interface SamlpUser {
  readonly id: string;
  readonly displayName: string;
  readonly emails: readonly { readonly value: string }[];
  readonly name: { readonly givenName: string; readonly familyName: string };
}
export interface SamlpService {
  readonly url: string;
  readonly metadata: string;
  /** Who is signed in there. */
  user: SamlpUser;
  /** What the next answers are like. */
  options: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

type Handler = (request: unknown, response: unknown, next: (error?: unknown) => void) => void;
interface Samlp {
  auth(options: Readonly<Record<string, unknown>>): Handler;
}

export async function openSamlp(acs: () => string): Promise<SamlpService> {
  const own: OwnCertificate = await makeOwnCertificate("samlp.invented.example");
  // The package brings no types.
  const samlp = (await import("samlp" as string)).default as Samlp;
  const app = express();
  const service: { -readonly [K in keyof SamlpService]: SamlpService[K] } = {
    url: "",
    metadata: "",
    user: {
      id: "u-1",
      displayName: "Ines Invented",
      emails: [{ value: "ines.invented@northfield.example" }],
      name: { givenName: "Ines", familyName: "Invented" },
    },
    options: {},
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  app.get("/sso", (request, response, next) => {
    const handler = samlp.auth({
      issuer: `${service.url}/metadata`,
      cert: own.certificate,
      key: own.privateKey,
      destination: acs(),
      recipient: acs(),
      lifetimeInSeconds: 300,
      getUserFromRequest: () => service.user,
      getPostURL: (_audience: string, _dom: unknown, _request: unknown, done: (error: null, url: string) => void) =>
        done(null, acs()),
      ...service.options,
    });
    handler(request, response, next);
  });
  const server: Server = createServer(app as never);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const certificate = own.certificate.replace(/-----[A-Z ]+-----|\s/g, "");
  service.metadata = `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${service.url}/metadata"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${service.url}/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`;
  return service;
}
