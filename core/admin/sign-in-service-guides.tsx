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

interface Instructions {
  readonly steps: readonly string[];
  /** Pages of the vendor's public documentation that the steps were compared with. */
  readonly comparedWith: string;
}

/** When the steps were last compared with what the vendors publish. */
const COMPARED = "November 2026";

/** What the two sides call the same thing, and what usually goes wrong. */
const instructions: Readonly<Record<Guide, Readonly<Record<"saml" | "oidc", Instructions>>>> = {
  entra: {
    saml: {
      steps: [
        "In the Entra admin centre choose Entra ID, Enterprise apps, New application, Create your own application, and take “Integrate any other application you don't find in the gallery (Non-gallery)”.",
        "Under Manage open Single sign-on and choose SAML. In “Basic SAML Configuration” enter Identifier (Entity ID), Reply URL (Assertion Consumer Service URL) and Logout URL as they stand beside this, or choose Upload metadata file with ours.",
        "Under “Attributes & Claims” let the Unique User Identifier (Name ID) be user.objectid with the name identifier format Persistent. A user principal name changes with a marriage; an object ID does not.",
        "Leave emailaddress, givenname and surname among the claims. Entra says by itself whether a second factor was given (authnmethodsreferences); nothing has to be added for that.",
        "Under “SAML Certificates” edit the token signing certificate: Signing Option “Sign SAML assertion” (the default; “Sign SAML response and assertion” will do, “Sign SAML response” alone will not) and Signing Algorithm SHA-256. Download the Federation Metadata XML and paste it here.",
        "Under Users and groups assign who may come. Whoever is not assigned is stopped at Microsoft.",
      ],
      comparedWith:
        "Microsoft Learn: Enable single sign-on for an enterprise application; Advanced certificate signing options in a SAML token",
    },
    oidc: {
      steps: [
        "In the Entra admin centre choose Entra ID, App registrations, New registration, “Accounts in this organizational directory only”. Under Authentication add the platform Web with the redirect address that stands beside this.",
        "Under Certificates & secrets, Client secrets, choose New client secret and copy its Value now: it is shown once. It lives two years at most; write down when it ends.",
        "The client ID is the Application (client) ID of the overview. The issuer is https://login.microsoftonline.com/<your Directory (tenant) ID>/v2.0; “common” and “organizations” do not work, since anybody's tenant could sign in by them.",
        "Under Token configuration add the optional claim email to the ID token.",
        "Entra tells nobody through the back channel that somebody left, so a session here ends by its own limits. The logout address beside this stays unused.",
      ],
      comparedWith: "Microsoft Learn: Register an application in a Microsoft Entra tenant",
    },
  },
  okta: {
    saml: {
      steps: [
        "In the Okta Admin Console choose Applications, Applications, Create App Integration, SAML 2.0.",
        "Single sign-on URL is our answer address, Audience URI (SP Entity ID) is our entity ID. Let Name ID format be Persistent, and Application username the Okta user ID or an employee number that never changes.",
        "Under Show Advanced Settings: Response Signed, Assertion Signature Signed, RSA-SHA256, SHA256.",
        "To leave there, too: upload our certificate as Signature Certificate, tick “Allow application to initiate Single Logout”, and enter the logout address as Single Logout URL and our entity ID as SP Issuer. Okta never asks us to end a session; what ends there goes on here until its own limits.",
        "As attribute statements add email (user.email), firstName (user.firstName) and lastName (user.lastName).",
        "On the tab Sign On open the metadata URL, and paste what it shows here.",
        "Under Assignments let in who may come.",
      ],
      comparedWith: "help.okta.com: Okta Integration Wizard: SSO settings; Configure Single Logout in app integrations",
    },
    oidc: {
      steps: [
        "Choose Applications, Applications, Create App Integration, OIDC - OpenID Connect, Web Application. Grant type Authorization Code; Sign-in redirect URI as it stands beside this.",
        "On the tab General, under Client Credentials, leave Client secret chosen and tick “Require PKCE as additional verification”. Copy client ID and client secret.",
        "The issuer is https://<your domain>.okta.com, or that of your own authorization server.",
        "Okta tells applications that somebody left through the browser only, which is not listened to here: a session ends by its own limits. The logout address beside this stays unused.",
        "Under Assignments let in who may come. Mind that “Allow everyone in your organization to access” is offered first.",
      ],
      comparedWith: "help.okta.com: Okta Integration Wizard: SSO settings",
    },
  },
  shibboleth: {
    saml: {
      steps: [
        "Save our metadata (the address beside this) on the identity provider as metadata/cairn.xml and add a MetadataProvider of the type FilesystemMetadataProvider for it in conf/metadata-providers.xml.",
        'In conf/relying-party.xml override the profile SAML2.SSO for our entity ID with p:signAssertions="true": as it comes, only the response is signed. Encryption is used by itself, since our metadata holds a key for it.',
        "In conf/saml-nameid.properties set idp.persistentId.sourceAttribute to an attribute that never changes and is never given to somebody else, and idp.persistentId.salt; in conf/saml-nameid.xml take the comment off shibboleth.SAML2PersistentGenerator. A transient name, which is what Shibboleth sends as it comes, is refused here, since nobody could be recognised by it.",
        "In conf/attribute-filter.xml release mail, displayName, givenName and sn to our entity ID.",
        "Paste the identity provider's metadata here: /idp/shibboleth, without the commented parts. The logout endpoint with the binding HTTP-Redirect has to be among them.",
        "For a second factor answer with https://refeds.org/profile/mfa.",
      ],
      comparedWith:
        "wiki.shibboleth.net: NameIDGenerationConfiguration and PersistentNameIDGenerationConfiguration, for version 4; version 5 keeps these files",
    },
    oidc: {
      steps: [
        'With the OIDC OP plugin register us as a static client in metadata/oidc-client.json: client_id, client_secret, the redirect address beside this as redirect_uris, response_types ["code"], scope "openid profile email".',
        "Let the subject be public or pairwise; both stay the same for a person.",
        "The issuer is what /idp/profile/oidc/configuration says.",
      ],
      comparedWith: "nothing newer than the plugin's own example: its documentation was not at hand",
    },
  },
  google: {
    saml: {
      steps: [
        "In the Google Admin console choose Apps, Web and mobile apps, Add app, Add custom SAML app. On the page “Google Identity Provider details” download the metadata and paste it here.",
        "Under “Service provider details” ACS URL is our answer address, Entity ID our entity ID. Leave “Signed response” unticked: then Google signs the assertion, which is what is checked here. Ticked, it signs the response alone, and nobody gets in.",
        "Let Name ID format be PERSISTENT and Name ID be Basic Information, Primary email. Google has no other lasting name by SAML, so give nobody an address that somebody else has had; by OpenID Connect people are known by a number instead.",
        "Map Primary email to email, First name to firstName, Last name to lastName.",
        "Google offers no single logout by SAML: leaving here does not leave Google. Under User access switch the app on for the organisational units that may come.",
      ],
      comparedWith: "Google Workspace Admin Help: Set up your own custom SAML app, as others quote it",
    },
    oidc: {
      steps: [
        "In the Google Cloud console open Google Auth Platform. Under Audience let the user type be Internal: otherwise anybody with a Google account could come this far.",
        "Under Clients choose Create client, Web application, with the redirect address beside this under Authorized redirect URIs. (In an older console: APIs & Services, Credentials, Create credentials, OAuth client ID.)",
        "Copy client ID and client secret before you close the window: the secret is shown once. The issuer is https://accounts.google.com.",
        "A person is recognised by sub, which never changes; the address may.",
      ],
      comparedWith: "Google Cloud Help: Manage OAuth Clients, as others quote it",
    },
  },
};

export const guidePage = (view: GuideView): Html => (
  <Page
    title={`${guides[view.guide]}: what goes where`}
    crumbs={view.crumbs}
    lead={`For ${view.title}, by ${view.kind === "saml" ? "SAML 2.0" : "OpenID Connect"}. Names are those of the service's own screens, which change now and then.`}
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
          {instructions[view.guide][view.kind].steps.map((step) => (
            <li>{step}</li>
          ))}
        </ol>
        <p>
          Then try it in a private window with your own account before you close any other way in. What went wrong is
          listed on the service's page here, with its reason.
        </p>
        <p class="muted">
          {`Compared in ${COMPARED} with what the vendor publishes, not tried in its console. Source: ${instructions[view.guide][view.kind].comparedWith}.`}
        </p>
      </div>
    </Panel>
  </Page>
);
