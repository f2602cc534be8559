/** What the kernel itself writes into the record, in sentences. */
import type { AuditEvent } from "./module.ts";

export const kernelEvents = {
  "core.calendar_opened": {
    title: "Calendar's address made",
    says: "{actor} made an address for a calendar; earlier ones lead nowhere",
    personal: "person-name",
  },
  "core.calendar_ended": {
    title: "Calendar's address ended",
    says: "{actor} ended the address of a calendar",
    personal: "person-name",
  },
  "core.signed_in": { title: "Signed in", says: "{actor} signed in by {method}", personal: "person-name" },
  "core.sign_in_refused": {
    title: "Sign-in refused",
    says: "Somebody tried to sign in as {person}: {why}",
    personal: "person-name",
  },
  "core.link_asked": {
    title: "Link to sign in asked for",
    says: "Somebody asked for a link to sign in, and none was sent",
    personal: "none",
  },
  "core.link_sent": {
    title: "Link to sign in sent",
    says: "Somebody asked for a link to sign in as {person}, and it was posted",
    personal: "person-name",
  },
  "core.password_link_asked": {
    title: "Link to a new password asked for",
    says: "Somebody asked for a link to a new password, and none was sent",
    personal: "none",
  },
  "core.password_link_sent": {
    title: "Link to a new password sent",
    says: "Somebody asked for a link to a new password for {person}, and it was posted",
    personal: "person-name",
  },
  "core.password_set_by_link": {
    title: "Password set by a link",
    says: "{actor} set a password by a link from a mail, and every session ended",
    personal: "person-name",
  },
  "core.second_given": {
    title: "Second factor given",
    says: "{actor} gave {what}",
    personal: "person-name",
  },
  "core.second_set": {
    title: "Second factor set up",
    says: "{actor} set up an authenticator app, and {count} other sessions ended",
    personal: "person-name",
  },
  "core.second_removed": {
    title: "Second factor taken off",
    says: "{actor} took off the second factor of {person}: {reason}",
    personal: "person-name",
  },
  "core.recovery_codes_made": {
    title: "Recovery codes made",
    says: "{actor} made new recovery codes; the old ones are void",
    personal: "person-name",
  },
  "core.passkey_added": {
    title: "Passkey set up",
    says: "{actor} set up the passkey {label}, and {count} other sessions ended",
    personal: "person-name",
  },
  "core.passkey_removed": {
    title: "Passkey taken off",
    says: "{actor} took off a passkey",
    personal: "person-name",
  },
  "core.session_ended": {
    title: "Session ended",
    says: "{actor} ended a session of {person}",
    personal: "person-name",
  },
  "core.federated_answered": {
    title: "Sign-in service answered",
    says: "{provider} said who somebody is, for a request that was made here",
    personal: "none",
  },
  "core.federated_begun": {
    title: "Sign-in service asked",
    says: "Somebody went to {provider} to sign in",
    personal: "none",
  },
  "core.federated_refused": {
    title: "Sign-in refused",
    says: "{provider} vouched for somebody, who was not let in: {why}",
    personal: "person-name",
  },
  "core.federated_admitted": {
    title: "Account waits for approval",
    says: "{actor} came by {provider} for the first time; the account waits for approval",
    personal: "person-name",
  },
  "core.federated_ended": {
    title: "Signed out at the sign-in service",
    says: "{provider} said that somebody signed out there, and {count} sessions ended",
    personal: "none",
  },
  "core.identity_linked": {
    title: "Sign-in linked",
    says: "{actor} linked {provider} to the account of {person}",
    personal: "person-name",
  },
  "core.identity_unlinked": {
    title: "Sign-in unlinked",
    says: "{actor} took {provider} off the account of {person}",
    personal: "person-name",
  },
  "core.provider_added": {
    title: "Sign-in service added",
    says: "{actor} added the sign-in service {provider}",
    personal: "none",
  },
  "core.provider_changed": {
    title: "Sign-in service changed",
    says: "{actor} changed the sign-in service {provider}: {what}",
    personal: "none",
  },
  "core.signed_out": { title: "Signed out", says: "{actor} signed out", personal: "person-name" },
  "core.signed_out_everywhere": {
    title: "Ended all sessions",
    says: "{actor} ended {count} sessions of {person}",
    personal: "person-name",
  },
  "core.password_set": { title: "Password set", says: "{actor} set a password", personal: "person-name" },
  "core.signing_password_set": {
    title: "Signing password set",
    says: "{actor} set a signing password",
    personal: "person-name",
  },
  "core.person_added": {
    title: "Account added",
    says: "{actor} added an account for {person}",
    personal: "person-name",
  },
  "core.person_changed": {
    title: "Account changed",
    says: "{actor} changed the account of {person}",
    personal: "person-name",
  },
  "core.person_suspended": { title: "Account suspended", says: "{actor} suspended {person}", personal: "person-name" },
  "core.person_restored": { title: "Account restored", says: "{actor} restored {person}", personal: "person-name" },
  "core.grant_given": {
    title: "Access given",
    says: "{actor} made {person} {role} in {place}",
    personal: "person-name",
  },
  "core.grant_revoked": {
    title: "Access revoked",
    says: "{actor} revoked {role} in {place} from {person}: {reason}",
    personal: "person-name",
  },
  "core.role_composed": {
    title: "Role composed",
    says: "{actor} composed the role {role} for {place}: {what}",
    personal: "none",
  },
  "core.role_changed": {
    title: "Role changed",
    says: "{actor} changed the role {role} ({what}): {reason}",
    personal: "none",
  },
  "core.role_put_away": { title: "Role put away", says: "{actor} put the role {role} away", personal: "none" },
  "core.role_restored": {
    title: "Role taken up again",
    says: "{actor} took the role {role} up again",
    personal: "none",
  },
  "core.hours_asked": {
    title: "Access for some hours asked for",
    says: "{actor} asked to be {role} in {place} for {hours} hours: {reason}",
    personal: "person-name",
  },
  "core.hours_given": {
    title: "Access for some hours given",
    says: "{actor} made {person} {role} in {place} for {hours} hours",
    personal: "person-name",
  },
  "core.hours_refused": {
    title: "Access for some hours refused",
    says: "{actor} refused {person} to be {role} in {place} for some hours: {reason}",
    personal: "person-name",
  },
  "core.hours_given_back": {
    title: "Access for some hours given back",
    says: "{actor} gave back what was given for some hours in {place}",
    personal: "none",
  },
  "core.hours_withdrawn": {
    title: "Request for some hours withdrawn",
    says: "{actor} withdrew the request for some hours in {place}",
    personal: "none",
  },
  "core.who_asked": {
    title: "Asked who can see a record",
    says: "{actor} asked who can see {code} in {place}",
    personal: "subject-code",
  },
  "core.emergency_opened": {
    title: "Opened in an emergency",
    says: "{actor} opened {code} in an emergency, for four hours: {reason}",
    personal: "subject-code",
  },
  "core.emergency_reviewed": {
    title: "Emergency reviewed",
    says: "{actor} reviewed how {person} opened {code} in an emergency: {finding}",
    personal: "subject-code",
  },
  "core.grants_confirmed": {
    title: "Access confirmed",
    says: "{actor} confirmed that {count} people still need what they were given in {place}",
    personal: "none",
  },
  "core.workspace_added": { title: "Workspace added", says: "{actor} added the {kind} {workspace}", personal: "none" },
  "core.workspace_archived": { title: "Workspace archived", says: "{actor} archived {workspace}", personal: "none" },
  "core.workspace_restored": { title: "Workspace restored", says: "{actor} restored {workspace}", personal: "none" },
  "core.site_added": {
    title: "Site added",
    says: "{actor} added the site {site} to {workspace}",
    personal: "none",
  },
  "core.invited": { title: "Invited", says: "{actor} sent {person} an invitation", personal: "person-name" },
  "core.module_switched_on": {
    title: "Module switched on",
    says: "{actor} switched {module} on in {workspace}",
    personal: "none",
  },
  "core.module_switched_off": {
    title: "Module switched off",
    says: "{actor} switched {module} off in {workspace}",
    personal: "none",
  },
  "core.settings_changed": {
    title: "Settings changed",
    says: "{actor} changed the settings of {module} in {workspace}: {what}",
    personal: "none",
  },
  "core.tenant_changed": {
    title: "Institution changed",
    says: "{actor} changed the institution's {what}",
    personal: "none",
  },
  "core.policies_changed": {
    title: "Sign-in policies changed",
    says: "{actor} changed how people sign in to {place}: {what}",
    personal: "none",
  },
  "core.registered": { title: "Registered", says: "An account was asked for by {person}", personal: "person-name" },
  "core.access_asked": {
    title: "Access asked for",
    says: "{actor} asked for access, and the administrators were told",
    personal: "person-name",
  },
  "core.registration_approved": {
    title: "Registration approved",
    says: "{actor} approved the registration of {person}",
    personal: "person-name",
  },
  "core.registration_refused": {
    title: "Registration refused",
    says: "{actor} refused the registration of {person}: {reason}",
    personal: "person-name",
  },
  "core.subject_added": { title: "Subject added", says: "{actor} added {code}", personal: "subject-code" },
  "core.subject_changed": {
    title: "Identity changed",
    says: "{actor} changed who {code} is",
    personal: "subject-code",
  },
  "core.assigned": {
    title: "Assigned",
    says: "{actor} assigned {person} to {code} as {kind}",
    personal: "subject-code",
  },
  "core.unassigned": {
    title: "Assignment ended",
    says: "{actor} ended the assignment of {person} to {code} as {kind}",
    personal: "subject-code",
  },
  "core.opened": {
    title: "Protected fields opened",
    says: "{actor} opened {count} protected fields: {why}",
    personal: "none",
  },
  "core.export_asked": {
    title: "File asked for",
    says: "{actor} asked to take out {title}: {reason}",
    signature: { meaning: "I take this file out for the reason I gave, and answer for what becomes of it." },
    personal: "none",
  },
  "core.program_key_given": {
    title: "Key for a program given",
    says: "{actor} gave {person} the key “{title}” for a program: {permissions}, until {until}",
    personal: "person-name",
  },
  "core.program_key_taken": {
    title: "Key for a program taken",
    says: "{actor} took the key “{title}” for a program{before}",
    personal: "none",
  },
  "core.program_key_ended": {
    title: "Key for a program ended",
    says: "{actor} ended the key “{title}” of a program",
    personal: "none",
  },
  "core.exported": { title: "File downloaded", says: "{actor} downloaded {title} ({filename})", personal: "none" },
  "core.file_checked": {
    title: "File checked",
    says: "Somebody checked whether a file is genuine: {answer}",
    personal: "none",
  },
  "core.traced": {
    title: "Leaked file traced",
    says: "{actor} looked for whoever took out a file that was found; {count} downloads fit",
    personal: "none",
  },
  "core.alarm_raised": { title: "Alarm raised", says: "{actor} raised an alarm: {what}", personal: "person-name" },
  "core.checkpoint_mailed": {
    title: "Seal mailed",
    says: "{actor} mailed today's seal to {count} people",
    personal: "none",
  },
  "core.alarm_taken": { title: "Alarm taken", says: "{actor} took an alarm: {what}", personal: "none" },
  "core.alarm_noted": { title: "Alarm noted", says: "{actor} wrote on an alarm: {what}", personal: "none" },
  "core.alarm_closed": { title: "Alarm closed", says: "{actor} closed an alarm ({what}): {outcome}", personal: "none" },
  "core.alarm_reopened": {
    title: "Alarm opened again",
    says: "{actor} opened an alarm again: {what}",
    personal: "none",
  },
  "core.canary_placed": {
    title: "Watched record placed",
    says: "{actor} placed a watched record in {workspace}",
    personal: "none",
  },
  "core.key_destroyed": {
    title: "Key destroyed",
    says: "{actor} destroyed the key of {code}: {reason}",
    personal: "subject-code",
  },
  "core.keys_destroyed": {
    title: "All keys of a workspace destroyed",
    says: "{actor} destroyed all {count} keys of {workspace}: {reason}",
    personal: "none",
  },
  "core.protection_on": {
    title: "Extra protection put on",
    says: "{actor} put extra protection on {title}: {reason}",
    personal: "none",
  },
  "core.protection_off": {
    title: "Extra protection taken off",
    says: "{actor} took the extra protection off {title}: {reason}",
    personal: "none",
  },
  "core.key_granted": {
    title: "Named for protected fields",
    says: "{actor} named {person} to {operation} {title} at {place}",
    personal: "person-name",
  },
  "core.key_revoked": {
    title: "No longer named for protected fields",
    says: "{actor} ended that {person} may {operation} {title}",
    personal: "person-name",
  },
  "core.withheld": {
    title: "Protected fields withheld",
    says: "{actor} was not shown protected fields ({title}): not named for them",
    personal: "none",
  },
  "core.provider_entered": {
    title: "Provider entered",
    says: "{actor} entered {provider} ({kind}, {region}) with an agreement until {until}",
    personal: "none",
  },
  "core.provider_ended": { title: "Provider ended", says: "{actor} ended {provider}: {reason}", personal: "none" },
  "core.provider_chosen": {
    title: "Provider chosen",
    says: "{actor} chose {provider} for {service} in {workspace}: {reason}",
    personal: "none",
  },
  "core.model_asked": {
    title: "Sent to a model",
    says: "{actor} sent {bytes} bytes without names to {provider} ({region}) for {purpose}",
    personal: "none",
  },
  "core.model_answered": { title: "Model answered", says: "{provider} answered {actor}: {outcome}", personal: "none" },
  "core.preferences_changed": {
    title: "Preferences changed",
    says: "{actor} changed the look of pages",
    personal: "none",
  },
} as const satisfies Readonly<Record<string, AuditEvent>>;

export type KernelEvent = keyof typeof kernelEvents;
