/** The part of the vocabulary that speaks of the dossier: gates, approvals, sites, amendments and documents. */
const all = {
  study_administrator: "workspace",
  investigator: "workspace",
  study_coordinator: "workspace",
  data_entry: "workspace",
  study_monitor: "workspace",
  data_manager: "workspace",
  statistician: "workspace",
  unblinded_statistician: "workspace",
  sponsor: "workspace",
  research_office: "workspace",
  approver: "workspace",
  pharmacist: "workspace",
} as const;
/** An investigator with a grant for the whole study, such as the principal one; not one of a site. */
const keepers = { study_administrator: "workspace", research_office: "workspace", investigator: "site" } as const;

export const dossierPermissions = {
  "studies.dossier.read": { title: "See what the study is and where it stands", roles: all },
  "studies.dossier.write": { title: "Keep the study's dossier and amendments", roles: keepers },
  "studies.gates.pass": {
    title: "Lead the study through its gates, with a signature",
    roles: { research_office: "workspace", investigator: "site" },
  },
  "studies.approvals.read": {
    title: "See who was asked for an approval",
    roles: { ...keepers, study_monitor: "workspace" },
  },
  "studies.approvals.ask": { title: "Ask for approvals and withdraw requests", roles: keepers },
  "studies.approvals.decide": {
    title: "Decide on requests addressed to oneself",
    roles: {
      approver: "mine",
      research_office: "mine",
      investigator: "mine",
      pharmacist: "mine",
      study_administrator: "mine",
    },
  },
  "studies.sites.prepare": {
    title: "Note what a site has ready",
    roles: {
      study_administrator: "workspace",
      research_office: "workspace",
      investigator: "site",
      study_coordinator: "site",
    },
  },
  "studies.sites.activate": {
    title: "Activate and close sites, with a signature",
    roles: { study_administrator: "workspace", research_office: "workspace" },
  },
  "studies.documents.study": {
    title: "Read the study's documents, and confirm that one has",
    roles: {
      study_administrator: "workspace",
      investigator: "workspace",
      study_coordinator: "workspace",
      data_entry: "workspace",
      study_monitor: "workspace",
      data_manager: "workspace",
      research_office: "workspace",
      pharmacist: "workspace",
    },
  },
  "studies.documents.read": {
    title: "Read the documents of sites",
    roles: {
      study_administrator: "workspace",
      research_office: "workspace",
      investigator: "site",
      study_coordinator: "site",
      study_monitor: "site",
    },
  },
  "studies.documents.file": {
    title: "File documents",
    roles: {
      study_administrator: "workspace",
      research_office: "workspace",
      investigator: "site",
      study_coordinator: "site",
    },
  },
  "studies.documents.sign": {
    title: "Sign documents",
    roles: { study_administrator: "mine", research_office: "mine", investigator: "mine" },
  },
} as const;

export const dossierEvents = {
  "studies.dossier_saved": {
    title: "Dossier saved",
    says: "{actor} saved revision {revision} of the dossier",
    personal: "none",
  },
  "studies.gate_passed": {
    title: "Gate passed",
    says: "{actor} led the study from {was} to {status} (snapshot SHA-256 {sha256})",
    signature: { meaning: "I have checked each point of this gate and answer for the study going through it." },
    personal: "none",
  },
  "studies.approval_asked": {
    title: "Approval asked for",
    says: "{actor} asked {person} for the approval of {approver}",
    personal: "person-name",
  },
  "studies.approval_decided": {
    title: "Approval decided",
    says: "{actor} decided on the approval of {approver}: {decision}",
    signature: { meaning: "This is my decision on the request addressed to me." },
    personal: "none",
  },
  "studies.approval_withdrawn": {
    title: "Request withdrawn",
    says: "{actor} withdrew the request to {approver}",
    personal: "none",
  },
  "studies.site_step": { title: "Site prepared", says: "{actor} noted for site {site}: {step}", personal: "none" },
  "studies.site_contact_added": {
    title: "Contact at a site entered",
    says: "{actor} entered a contact at site {site}: {duty}",
    personal: "none",
  },
  "studies.site_contact_ended": {
    title: "Contact at a site ended",
    says: "{actor} ended a contact at site {site}: {duty}",
    personal: "none",
  },
  "studies.site_activated": {
    title: "Site activated",
    says: "{actor} activated site {site}",
    signature: { meaning: "Everything this site needs is there: it may take participants in." },
    personal: "none",
  },
  "studies.site_closed": { title: "Site closed", says: "{actor} closed site {site}", personal: "none" },
  "studies.amendment_moved": { title: "Amendment", says: "{actor} noted amendment {number}: {step}", personal: "none" },
  "studies.document_filed": {
    title: "Document filed",
    says: "{actor} filed version {version} of {document}",
    personal: "none",
  },
  "studies.document_signed": {
    title: "Document signed",
    says: "{actor} signed version {version} of {document}",
    signature: { meaning: "I have read this version, it is right, and I approve it." },
    personal: "none",
  },
  "studies.document_read": {
    title: "Document read and understood",
    says: "{actor} read and understood version {version} of {document}",
    signature: { meaning: "I have read and understood this version." },
    personal: "none",
  },
} as const;

export const dossierFieldClasses = {
  "studies.document": { title: "An essential document", key: "workspace", opensWith: "studies.documents.study" },
} as const;

export const dossierExports = {
  "studies.document": { title: "An essential document", format: "pdf", needs: "studies.documents.study" },
} as const;
