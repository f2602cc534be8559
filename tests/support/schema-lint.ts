/**
 * Properties of the whole schema, asked of PostgreSQL's own catalogue (security.md §2.1, proof 1). Each lint answers with
 * the names of what breaks it; all of them together are the first proof that nothing escapes.
 */
export type Ask = <Row>(text: string) => Promise<Row[]>;

/** Tables without a tenant: what they hold is the same for every institution, and says nothing about any. */
const SHARED_TABLES = [
  "core.migrations",
  "core.context_keys",
  "core.roles",
  "core.role_permissions",
  "core.permissions_apart",
  "core.audit_state",
  "core.audit_checkpoints",
  "core.backups",
  "core.rotations",
  "core.purged",
  "core.witnesses",
];
/** Shared ones in which an institution has rows of its own: walled as if they were not shared. */
const PARTLY_SHARED = ["core.roles", "core.role_permissions"];
const UNWALLED = SHARED_TABLES.filter((table) => !PARTLY_SHARED.includes(table));
/** Definer functions: each was read for what it lets through. */
const DEFINERS = [
  "key_reach",
  "withheld_classes",
  "destroy_class_keys",
  "session_lives",
  "forget_tags",
  "guard_key",
  "context",
  "live_reach",
  "reaches",
  "reach_sites",
  "reach_mine",
  "reach_subjects",
  "reach_people",
  "note_refusals",
  "find_tenant",
  "arrive",
  "begin_attempt",
  "clear_attempts",
  "find_password",
  "declared_wording",
  "signing_of",
  "place_canary",
  "canary_codes",
  "alarm_keepers",
  "is_unassigned",
  "tenants_to_watch",
  "my_signing",
  "set_my_signing_password",
  "open_session",
  "end_session",
  "end_sessions",
  "end_sessions_of",
  "make_link",
  "use_link",
  "set_password",
  "record_at_door",
  "demo_people",
  "person_by_email",
  "end_sessions_of",
  "arrive_by_link",
  "find_file",
  "put_job",
  "enqueue",
  "fan_out",
  "place",
  "begin_run",
  "provider_here",
  "tokens_today",
  "provider_figures",
  "enqueue_asking",
  "is_done",
  "place_named",
  "text_places",
  "my_record",
  "enqueue_run",
  "delivers",
  "take_mail",
  "settle_mail",
  "demo_mails",
  "take_turn",
  "end_my_session",
  "end_my_sessions",
  "set_my_password",
  "has_password",
  "my_access",
  "register",
  "confirm",
  "ask_for_access",
  "my_answer",
  "preapprove",
  "look_at_link",
  "set_password_by_link",
  "make_invitation",
  "find_totp",
  "take_step",
  "take_recovery",
  "pass_second",
  "my_second",
  "end_second",
  "set_my_codes",
  "set_my_totp",
  "end_my_second",
  "second_of",
  "end_second_of",
  "list_providers",
  "find_provider",
  "begin_federated",
  "find_federated",
  "answer_federated",
  "finish_federated",
  "federated_person",
  "admit_federated",
  "people_keepers",
  "link_federated",
  "make_identity_link",
  "look_at_identity_link",
  "use_identity_link",
  "open_federated_session",
  "session_at_provider",
  "end_federated_sessions",
  "make_challenge",
  "take_challenge",
  "find_passkey",
  "passkeys_of",
  "use_passkey",
  "mark_second",
  "my_passkeys",
  "add_my_passkey",
  "end_my_passkey",
  "grant_keepers",
  "place_to_ask_for",
  "ask_for_hours",
  "decide_request",
  "break_glass",
  "who_reaches",
  "subject_called",
  "who_reaches_site",
  "my_hours",
  "give_back",
  "out_of_the_ordinary",
  "who_asked_here",
  "look_at_invitation",
  "begin_invited",
  "accept_invited",
  "take_overdue_reviews",
  "review_keepers",
  "holds_role",
  "role_in_use",
  "check_composed",
  "check_role_given",
  "check_giver",
  "reach_workspaces",
  "keep_card",
  "arrive_by_calendar",
  "arrive_by_key",
  "benchmark",
  "lacks_to_recruit",
  "kinds_here",
  "usual_deciders",
  "is_delegated",
];
/**
 * Walls that hold one rule of a table's own. Each is tried where its rule is tested; here it must stand, and a new one must
 * be entered, so that none is taken down unnoticed.
 */
const RULE_WALLS: Readonly<Record<string, string>> = {
  "coaching.consent_events wall_heard": "a YES by text is written down by the machinery that heard it",
  "coaching.inbound wall_phone": "a telephone on a page plays only where everybody is invented",
  "coaching.incidents wall_close": "no incident is closed without a disposition",
  "core.access_requests wall_place": "within a workspace, only its own",
  "core.audit_events wall_place": "within a workspace, only its own",
  "core.cards wall_place": "within a workspace, only its own",
  "core.emergencies wall_self": "nobody reviews his own emergency",
  "core.exports wall_place": "within a workspace, only its own",
  "core.grants wall_place": "within a workspace, only its own",
  "core.grants wall_self": "nobody gives access to himself",
  "core.grants wall_self_kept": "nobody confirms, lengthens or ends his own access",
  "core.keys wall_class": "the key of a class with extra protection is for those who are named",
  "core.key_grants wall_self": "nobody lets himself open what is sealed",
  "core.provider_uses wall_place": "within a workspace, only its own",
  "core.role_permissions wall_self": "nobody adds to a role that he holds",
  "core.role_permissions wall_self_less": "nor takes from it",
  "core.roles wall_use": "a role that is given is not put away",
  "core.refusals wall_place": "within a workspace, only its own",
  "core.registrations wall_self": "nobody approves himself",
  "core.settings wall_place": "within a workspace, only its own",
  "core.sites wall_place": "within a workspace, only its own",
  "core.switches wall_place": "within a workspace, only its own",
  "econsent.standings wall_gate": "by a link nothing is written about what stands before its code was given",
  "econsent.withdrawals wall_gate": "by a link nothing is taken back before its code was given",
  "studies.attachments wall_value": "a file is seen by whoever sees the answer it belongs to",
  "studies.deviation_marks wall_review": "who may write a deviation down does not review it by that",
  "studies.document_marks wall_self": "people mark what they themselves have read",
  "studies.field_values wall_closed_change": "a form that is closed to a person stays as it is",
  "studies.field_values wall_closed_entry": "a form that is closed to a person takes nothing",
  "studies.field_values wall_closed_form": "a form that is closed to a person is not read",
  "studies.field_values wall_second_entry": "who enters a form a second time does not meet the first entry",
  "studies.field_values wall_survey_link": "a participant's link reaches the answers of the form it was made for",
  "studies.queries wall_closed_form": "nor a question about it",
  "studies.query_messages wall_closed_form": "nor what was said to that",
  "studies.queries wall_candidate": "a question that is only drafted is not there for the site",
  "studies.query_messages wall_candidate": "nor what it would say",
  "studies.queries wall_closing": "a site never closes a query that a person asked",
  "studies.queries wall_second_entry": "nor a question that quotes it",
  "studies.query_messages wall_second_entry": "nor what was said to it",
  "studies.value_history wall_closed_form": "nor is its history",
  "studies.value_history wall_second_entry": "nor the history of a first entry",
};
/** A key not led by the tenant, and why it may be. */
const GLOBAL_KEYS = ["tenants_slug_key"];

const SCHEMAS = "n.nspname not in ('pg_catalog', 'information_schema', 'pgboss') and n.nspname !~ '^pg_'";

interface Lint {
  readonly says: string;
  readonly text: string;
}

const list = (names: readonly string[]) => names.map((name) => `'${name}'`).join(", ");

/** What every policy must say: of the whole schema, or of one table alone (what a change of one policy can break). */
const policyLints = (roles: Readonly<Record<string, string>>, table?: string): readonly Lint[] => {
  const there = table ? `c.oid = '${table}'::regclass` : SCHEMAS;
  const walls = Object.keys(RULE_WALLS).filter((wall) => !table || wall.startsWith(`${table} `));
  return [
    {
      says: "every table with a tenant has its restrictive wall, for all commands, with the check",
      text: `select format('%s.%s', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and ${there} and format('%s.%s', n.nspname, c.relname) not in (${list(UNWALLED)})
        and not exists (select from pg_policy p where p.polrelid = c.oid and not p.polpermissive and p.polcmd = '*'
          and pg_get_expr(p.polqual, p.polrelid) ~ 'tenant_id = \\( SELECT (core\\.)?tenant\\(\\)'
          and pg_get_expr(p.polwithcheck, p.polrelid) ~ 'tenant_id = \\( SELECT (core\\.)?tenant\\(\\)')`,
    },
    {
      says: "every table that lies in a workspace has its restrictive wall of the workspace",
      text: `select format('%s.%s', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and ${there} and n.nspname <> 'public'
        and (n.nspname <> 'core' or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and a.attnotnull))
        and not exists (select from pg_policy p where p.polrelid = c.oid and not p.polpermissive and p.polcmd = '*'
          and pg_get_expr(p.polqual, p.polrelid) ~ 'workspace_id = \\( SELECT (core\\.)?workspace\\(\\)'
          and pg_get_expr(p.polwithcheck, p.polrelid) ~ 'workspace_id = \\( SELECT (core\\.)?workspace\\(\\)')`,
    },
    {
      says: "every wall of a table's own rule stands, and is on the list",
      text: `select coalesce(w.name, l.name) as name from (
          select format('%s.%s %s', n.nspname, c.relname, p.polname) as name from pg_policy p
          join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
          where not p.polpermissive and ${there} and n.nspname not in ('sample', 'public') and p.polname not in ('wall_tenant', 'wall_workspace')
            and p.polroles @> array[(select oid from pg_roles where rolname = '${roles.app}')]) w
        full join (select unnest(array[${list(walls)}]::text[]) as name) l on l.name = w.name
        where w.name is null or l.name is null`,
    },
    {
      says: "every policy that lets the application do something asks who is asking",
      text: `select format('%s on %s', p.polname, p.polrelid::regclass) as name from pg_policy p
        join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
        where ${there} and p.polpermissive and p.polroles @> array[(select oid from pg_roles where rolname = '${roles.app}')]
        and exists (select from unnest(array[pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)]) e
          where e is not null and e !~ 'reach|actor\\(|workspace\\(|tenant\\(|context\\(')`,
    },
    {
      says: "every command the application may run on a table has a policy that allows it, and no policy allows what is not granted",
      text: `with may as (
          select c.oid, a.privilege_type as command from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
          where c.relkind = 'r' and ${there} and pg_get_userbyid(a.grantee) = '${roles.app}' and a.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
          union select att.attrelid, a.privilege_type from pg_attribute att join pg_class c on c.oid = att.attrelid and c.relkind = 'r' join pg_namespace n on n.oid = c.relnamespace, aclexplode(att.attacl) a
          where ${there} and pg_get_userbyid(a.grantee) = '${roles.app}'),
        allowed as (
          select p.polrelid as oid, case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else '*' end as command
          from pg_policy p where p.polpermissive and p.polroles @> array[(select oid from pg_roles where rolname = '${roles.app}')])
        select m.oid::regclass || ' ' || m.command || ' without a policy' as name from may m join pg_class c on c.oid = m.oid
        where c.relrowsecurity and not exists (select from allowed a where a.oid = m.oid and a.command in (m.command, '*'))
        union all select a.oid::regclass || ' ' || a.command || ' without a grant' from allowed a where a.command <> '*'
        and not exists (select from may m where m.oid = a.oid and m.command = a.command)`,
    },
  ];
};

export const lints = (
  roles: Readonly<Record<string, string>>,
  moreDefiners: readonly string[] = [],
): readonly Lint[] => [
  ...policyLints(roles),
  {
    says: "every table has a tenant, or is on the list of those that are shared",
    text: `select format('%s.%s', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and ${SCHEMAS} and format('%s.%s', n.nspname, c.relname) not in (${list(SHARED_TABLES)})
      and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull)`,
  },
  {
    says: "every table with a tenant has row-level security, forced",
    text: `select format('%s.%s', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and ${SCHEMAS} and format('%s.%s', n.nspname, c.relname) not in (${list(UNWALLED)})
      and not (c.relrowsecurity and c.relforcerowsecurity)`,
  },
  {
    says: "every primary, unique and foreign key is led by the tenant",
    text: `select con.conname as name from pg_constraint con join pg_class c on c.oid = con.conrelid join pg_namespace n on n.oid = c.relnamespace
      where con.contype in ('p', 'u', 'f') and ${SCHEMAS} and format('%s.%s', n.nspname, c.relname) not in (${list(SHARED_TABLES)})
      and con.conname not in (${list(GLOBAL_KEYS)})
      and con.confrelid not in (select x.oid from pg_class x join pg_namespace y on y.oid = x.relnamespace where format('%s.%s', y.nspname, x.relname) in (${list(SHARED_TABLES)}))
      and (select a.attname from pg_attribute a where a.attrelid = con.conrelid and a.attnum = con.conkey[1]) <> 'tenant_id'
      union all select i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
      where i.indisunique and ${SCHEMAS} and format('%s.%s', n.nspname, c.relname) not in (${list(SHARED_TABLES)})
      and not exists (select from pg_constraint con where con.conindid = i.indexrelid)
      and coalesce((select a.attname from pg_attribute a where a.attrelid = i.indrelid and a.attnum = i.indkey[0]), '') <> 'tenant_id'`,
  },
  {
    says: "every foreign key has an index that begins with its columns",
    text: `select con.conname as name from pg_constraint con join pg_class c on c.oid = con.conrelid join pg_namespace n on n.oid = c.relnamespace
      where con.contype = 'f' and ${SCHEMAS} and n.nspname <> 'core' and not exists (
        select from pg_index i where i.indrelid = con.conrelid and (i.indkey::int2[])[0:cardinality(con.conkey) - 1] @> con.conkey)
      and not exists (select from pg_index i where i.indrelid = con.conrelid
        and (select array_agg(k) from unnest((i.indkey::int2[])[0:2]) k) <@ con.conkey and cardinality(con.conkey) >= 2)`,
  },
  {
    says: "no view runs with its owner's rights, and there is no materialised view",
    text: `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where ${SCHEMAS} and (c.relkind = 'm' or (c.relkind = 'v' and not coalesce(c.reloptions::text ~ 'security_invoker=(true|on|1)', false)))`,
  },
  {
    says: "every definer function is on the list, owned by the keeper, with a fixed search path and no grant to everyone",
    text: `select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where ${SCHEMAS} and p.prosecdef and (
        p.proname not in (${list([...DEFINERS, ...moreDefiners])})
        or not coalesce(p.proconfig::text ~ 'search_path=pg_catalog, ?pg_temp', false)
        or pg_get_userbyid(p.proowner) <> '${roles.keeper}'
        or exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0))`,
  },
  {
    says: "nothing is owned by a role that signs in",
    text: `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where ${SCHEMAS} and pg_get_userbyid(c.relowner) in (${list([roles.app, roles.door, roles.sealer, roles.jobs, roles.backup].map(String))})`,
  },
  {
    says: "nothing is granted to everyone",
    text: `select format('%s.%s', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
      where ${SCHEMAS} and a.grantee = 0`,
  },
  {
    says: "no role of ours is a superuser or goes around row-level security",
    text: `select rolname as name from pg_roles where rolname in (${list(Object.values(roles))}) and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)`,
  },
  {
    says: "the application may not change, empty or alter the record",
    text: `select format('%s: %s', c.relname, a.privilege_type) as name from pg_class c, aclexplode(c.relacl) a
      where c.oid in ('core.audit_events'::regclass, 'core.exports'::regclass, 'core.signatures'::regclass,
        'core.audit_leaves'::regclass, 'core.audit_heads'::regclass, 'core.audit_checkpoints'::regclass, 'core.audit_trees'::regclass, 'core.retirements'::regclass)
      and pg_get_userbyid(a.grantee) in ('${roles.app}', '${roles.door}', '${roles.keeper}') and a.privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')`,
  },
  {
    says: "the application has no right to empty, refer to or put triggers on anything, nor to make anything",
    text: `select format('%s.%s: %s', n.nspname, c.relname, a.privilege_type) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
      where ${SCHEMAS} and pg_get_userbyid(a.grantee) in ('${roles.app}', '${roles.door}') and a.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
      union all select n.nspname || ': CREATE' from pg_namespace n, aclexplode(n.nspacl) a where pg_get_userbyid(a.grantee) in ('${roles.app}', '${roles.door}') and a.privilege_type = 'CREATE'`,
  },
  {
    says: "the door has no table at all",
    text: `select format('%s.%s', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
      where ${SCHEMAS} and pg_get_userbyid(a.grantee) = '${roles.door}' and c.relname <> 'migrations'`,
  },
  {
    says: "no trigger is switched off, and no function is called leakproof",
    text: `select tgname as name from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace where ${SCHEMAS} and t.tgenabled = 'D'
      union all select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${SCHEMAS} and p.proleakproof`,
  },
];

/** "what it says: what breaks it", for every lint that is broken; all are asked in one query. */
export async function lintSchema(ask: Ask, roles: Readonly<Record<string, string>>): Promise<string[]> {
  return askAll(ask, lints(roles));
}

/** The same for the policies of one table, named with its schema. */
export async function lintPolicies(
  ask: Ask,
  roles: Readonly<Record<string, string>>,
  table: string,
): Promise<string[]> {
  return askAll(ask, policyLints(roles, table));
}

async function askAll(ask: Ask, asked: readonly Lint[]): Promise<string[]> {
  const parts = asked.map(({ text }, at) => `select ${at} as at, name::text from (${text}) lint_${at}`);
  const broken = await ask<{ at: number; name: string }>(`${parts.join("\nunion all ")}\norder by 1, 2`);
  return broken.map(({ at, name }) => `${asked[at]?.says}: ${name}`);
}
