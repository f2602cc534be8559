/** Where each value goes, in the words of the service's own screens. Set up for one service of one institution. */
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Panel } from "@views/panel.tsx";

export const guides = {
  entra: "Microsoft Entra ID",
  okta: "Okta",
  shibboleth: "Shibboleth",
  google: "Google Workspace",
} as const;
export type Guide = keyof typeof guides;

export interface GuideView {
  readonly guide: Guide;
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  readonly facts: readonly { readonly term: string; readonly value: string }[];
  readonly kind: "saml" | "oidc";
}

type Step = string;

/** What the two sides call the same thing, and what usually goes wrong. */
const steps: Readonly<Record<Guide, Readonly<Record<"saml" | "oidc", readonly Step[]>>>> = {
  entra: {
    saml: [
      "In the Entra admin centre choose Enterprise applications, New application, Create your own application, and take “Integrate any other application you don't find in the gallery”.",
      "Under Single sign-on choose SAML. In “Basic SAML Configuration” enter Identifier (Entity ID), Reply URL and Logout URL as they stand beside this, or upload our metadata.",
      "Under “Attributes & Claims” let the Unique User Identifier be user.objectid with the format Persistent. A user principal name changes with a marriage; an object does not.",
      "Leave emailaddress, givenname and surname among the claims. To have a second factor given at Microsoft count here, add authnmethodsreferences.",
      "Under “SAML Certificates” open the Token signing certificate, set Signing Option to “Sign SAML assertion” (or response and assertion) and the algorithm to SHA-256. Download the Federation Metadata XML and paste it here.",
      "Under Users and groups assign who may come. Whoever is not assigned is stopped at Microsoft.",
    ],
    oidc: [
      "In the Entra admin centre choose App registrations, New registration, accounts in this directory only, and the platform Web with the redirect address that stands beside this.",
      "Under Certificates & secrets make a client secret and copy its value now: it is shown once. Write down when it ends.",
      "The issuer is https://login.microsoftonline.com/<your tenant's id>/v2.0; “common” and “organizations” do not work, since anybody's tenant could sign in by them.",
      "Under Token configuration add the optional claim email to the ID token.",
      "The front of Entra sends no back-channel logout; a session here ends by its own limits.",
    ],
  },
  okta: {
    saml: [
      "In the Okta admin console choose Applications, Create App Integration, SAML 2.0.",
      "Single sign-on URL is our answer address, Audience URI is our entity ID. Let Name ID format be Persistent and the application username Okta user id (or an employee number that never changes).",
      "Under Show Advanced Settings: Response Signed, Assertion Signed, RSA-SHA256, SHA256. For logout enable Single Logout, with the logout address as both Single Logout URL and the entity ID as SP Issuer, and upload our certificate.",
      "As attribute statements add email (user.email), firstName (user.firstName) and lastName (user.lastName).",
      "On the tab Sign On open the metadata URL, and paste what it shows here.",
      "Under Assignments let in who may come.",
    ],
    oidc: [
      "Choose Applications, Create App Integration, OIDC, Web Application. Grant type Authorization Code; Sign-in redirect URI as it stands beside this; require PKCE.",
      "Copy client ID and client secret. The issuer is https://<your domain>.okta.com (or your own authorization server's).",
      "Under Logout enter the back-channel logout address, with user session included.",
      "Under Assignments let in who may come.",
    ],
  },
  shibboleth: {
    saml: [
      "Save our metadata (the address beside this) on the identity provider as metadata/cairn.xml and add a MetadataProvider of the type FilesystemMetadataProvider for it in conf/metadata-providers.xml.",
      'In conf/relying-party.xml sign assertions (p:signAssertions="true"); SHA-256 is the default since version 3. Encryption is used by itself, since our metadata holds a key for it.',
      "In conf/saml-nameid.properties make the persistent NameID available (idp.persistentId.sourceAttribute: an attribute that never changes, such as eduPersonUniqueId). A transient NameID is refused here, since nobody could be recognised by it.",
      "In conf/attribute-filter.xml release mail, displayName, givenName and sn to our entity ID.",
      "Paste the identity provider's metadata here: /idp/shibboleth, without the commented parts. The logout endpoint with the binding HTTP-Redirect has to be among them.",
      "For a second factor answer with https://refeds.org/profile/mfa.",
    ],
    oidc: [
      'With the OIDC OP plugin register us as a static client in metadata/oidc-client.json: client_id, client_secret, the redirect address beside this as redirect_uris, response_types ["code"], scope "openid profile email".',
      "Let the subject be public or pairwise; both stay the same for a person.",
      "The issuer is what /idp/profile/oidc/configuration says.",
    ],
  },
  google: {
    saml: [
      "In the Google Admin console choose Apps, Web and mobile apps, Add app, Add custom SAML app. Download the metadata on the second page and paste it here.",
      "ACS URL is our answer address, Entity ID our entity ID; tick Signed response. Google signs the assertion only when it is left unticked in older consoles: what we need is a signed assertion.",
      "Let Name ID be Basic Information, Primary email, format PERSISTENT. Google has no other stable name by SAML; give nobody an address that somebody else has had.",
      "Map Primary email to email, First name to firstName, Last name to lastName.",
      "Google offers no single logout by SAML: leaving here does not leave Google. Switch the app on for the organisational units that may come.",
    ],
    oidc: [
      "In the Google Cloud console choose APIs & Services, Credentials, Create credentials, OAuth client ID, Web application, with the redirect address beside this. Let the consent screen's user type be Internal: otherwise anybody with a Google account could come this far.",
      "Copy client ID and client secret. The issuer is https://accounts.google.com.",
      "A person is recognised by sub, which never changes; the address may.",
    ],
  },
};

export const guidePage = (view: GuideView): Html => (
  <Page
    title={`${guides[view.guide]}: what goes where`}
    crumbs={view.crumbs}
    lead={`For ${view.title}, by ${view.kind === "saml" ? "SAML 2.0" : "OpenID Connect"}. Names are those of the service's own screens; they change them now and then.`}
    aside={
      <Panel title="What to enter there">
        <Facts
          stacked
          facts={view.facts.map(({ term, value }) => ({ term, value: <span class="mono break">{value}</span> }))}
        />
      </Panel>
    }
  >
    <Panel>
      <div class="stack">
        <ol class="steps-plain">
          {steps[view.guide][view.kind].map((step) => (
            <li>{step}</li>
          ))}
        </ol>
        <p class="muted">
          Then try it in a private window with your own account before you close any other way in. What went wrong is
          listed on the service's page here, with its reason.
        </p>
      </div>
    </Panel>
  </Page>
);
