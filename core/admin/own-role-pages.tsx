/** Roles: those that come with the modules, and those that an institution composes of their permissions. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { CheckboxGroup, Form, FormFoot, type FormState, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { keyOf, type OfferGroup, type RolePlace } from "../access/roles.ts";
import { reachOfRole } from "./reach-words.ts";
import { Until } from "./until.tsx";

const LIST = "/admin/roles";
const crumb = { label: "Roles", href: LIST };

export const placeWords: Readonly<Record<RolePlace, { readonly one: string; readonly many: string }>> = {
  program: { one: "program", many: "Programs" },
  study: { one: "study", many: "Studies" },
  service: { one: "service", many: "Services" },
  institution: { one: "institution", many: "The whole institution" },
};

export interface RoleLine {
  readonly href: string;
  readonly title: string;
  readonly summary: string | null;
  readonly places: string;
  readonly people: number;
  readonly isRetired: boolean;
}

export const rolesPage = (view: {
  readonly own: readonly RoleLine[];
  readonly declared: readonly RoleLine[];
  readonly mayCompose: boolean;
}): Html => (
  <Page
    title="Roles"
    lead="What somebody may do is always by a role. Compose one of your own when none that comes with the modules fits."
    actions={view.mayCompose && <ButtonLink href={`${LIST}/new`}>Compose a role</ButtonLink>}
  >
    <div class="stack">
      <DataTable
        caption="Composed here"
        rows={view.own}
        empty={<Empty title="None yet">Nobody has composed a role here. Those below do for most.</Empty>}
        columns={columns}
      />
      <DataTable caption="Come with the modules" rows={view.declared} columns={columns} />
    </div>
  </Page>
);

const columns = [
  {
    key: "title",
    head: "Role",
    cell: (one: RoleLine) => (
      <>
        <a href={one.href}>{one.title}</a> {one.isRetired && <Badge tone="none">Put away</Badge>}
      </>
    ),
  },
  { key: "places", head: "Given in", cell: (one: RoleLine) => one.places },
  { key: "people", head: "People", align: "end" as const, cell: (one: RoleLine) => one.people },
  { key: "summary", head: "What it is for", wrap: true as const, cell: (one: RoleLine) => one.summary ?? "" },
];

export interface RoleView {
  readonly title: string;
  readonly summary: string | null;
  readonly places: string;
  /** Null: it comes with a module. */
  readonly own: {
    readonly id: string;
    readonly madeAt: Date;
    readonly madeBy: string;
    readonly changedAt: Date | null;
    readonly isRetired: boolean;
  } | null;
  readonly groups: OfferGroup[];
  readonly place: RolePlace;
  readonly holders: readonly {
    readonly personId: string;
    readonly name: string;
    readonly place: string;
    readonly toAt: Date | null;
  }[];
  /** Where one like it is composed; null: it cannot be. */
  readonly likeHref: string | null;
  readonly mayCompose: boolean;
  readonly isMine: boolean;
}

export const rolePage = (view: RoleView): Html => {
  const { own, mayCompose } = view;
  return (
    <Page
      title={view.title}
      crumbs={[crumb]}
      badge={own?.isRetired && <Badge tone="none">Put away</Badge>}
      lead={view.summary}
      actions={
        mayCompose && (
          <>
            {own && !own.isRetired && !view.isMine && <ButtonLink href={`${LIST}/${own.id}/change`}>Change</ButtonLink>}
            {view.likeHref && <ButtonLink href={view.likeHref}>Compose one like it</ButtonLink>}
            {own && !own.isRetired && view.holders.length === 0 && (
              <ButtonLink href={`${LIST}/${own.id}/put-away`}>Put away</ButtonLink>
            )}
          </>
        )
      }
    >
      <div class="stack">
        {own && view.isMine && mayCompose && <Note>You hold this role yourself, so somebody else changes it.</Note>}
        <Panel>
          <Facts
            facts={[
              { term: "Given in", value: view.places },
              ...(own
                ? [
                    {
                      term: "Composed",
                      value: (
                        <>
                          <Time at={own.madeAt} show="day" /> by {own.madeBy}
                        </>
                      ),
                    },
                    ...(own.changedAt ? [{ term: "Changed", value: <Time at={own.changedAt} /> }] : []),
                  ]
                : [{ term: "Comes from", value: "The modules: it is the same at every institution" }]),
            ]}
          />
          {own?.isRetired && mayCompose && (
            <Form action={`${LIST}/${own.id}/restore`} panel={false}>
              <div class="row">
                <Button>Take it up again</Button>
              </div>
            </Form>
          )}
        </Panel>
        <Panel title="What it allows">
          {view.groups.length === 0 && <p>Nothing.</p>}
          {view.groups.map(({ title, offers }) => (
            <>
              <h3>{title}</h3>
              <ul>
                {offers.map((offer) => (
                  <li>
                    {offer.title} <span class="muted">{reachOfRole(offer.reach, placeWords[view.place].one)}</span>
                  </li>
                ))}
              </ul>
            </>
          ))}
        </Panel>
        <DataTable
          caption="Who has it"
          rows={view.holders}
          scroll={false}
          empty={<Empty title="Nobody has it">It was given to nobody, or taken back from everybody.</Empty>}
          columns={[
            { key: "name", head: "Name", cell: (one) => <a href={`/admin/people/${one.personId}`}>{one.name}</a> },
            { key: "place", head: "Where", wrap: true, cell: ({ place }) => place },
            {
              key: "to",
              head: "Until",
              cell: ({ toAt }) => <Until at={toAt} />,
            },
          ]}
        />
      </div>
    </Page>
  );
};

/** The first question: the permissions on offer depend on it. */
export const choosePlacePage = (places: readonly RolePlace[]): Html => (
  <Page
    title="Compose a role"
    crumbs={[crumb]}
    lead="Where is it to be given? What it can be composed of depends on that."
  >
    <Panel>
      <ul class="choices">
        {places.map((place) => (
          <li>
            <a href={`${LIST}/new?place=${place}`}>
              {place === "institution" ? placeWords[place].many : `In ${placeWords[place].many.toLowerCase()}`}
            </a>
          </li>
        ))}
      </ul>
    </Panel>
  </Page>
);

export interface ComposeView {
  readonly place: RolePlace;
  readonly groups: readonly OfferGroup[];
  /** What is changed; null: a new one. */
  readonly of: { readonly id: string; readonly title: string; readonly summary: string | null } | null;
  /** The title of the role it begins from. */
  readonly like: string | null;
  readonly chosen: readonly string[];
  readonly people: number;
}

export const composePage = (view: ComposeView, form?: FormState): Html => {
  const { of, place } = view;
  return (
    <Page
      title={of ? `Change ${of.title}` : "Compose a role"}
      crumbs={[crumb, ...(of ? [{ label: of.title, href: `${LIST}/${of.id}` }] : [])]}
      lead={
        place === "institution"
          ? "For the whole institution. You can put in what you hold yourself, and nothing else."
          : `For ${placeWords[place].many.toLowerCase()}. Each permission goes as far as a role of the modules goes with it, and no further.`
      }
      form={form}
    >
      <div class="stack">
        {of && view.people > 0 && (
          <Note tone="warn">
            {view.people === 1 ? "1 person has" : `${view.people} people have`} this role. What you change holds for
            them from their next click on.
          </Note>
        )}
        {view.like && <Note>{`It begins with all that ${view.like} may do. Take off what is too much.`}</Note>}
        <Form action={of ? `${LIST}/${of.id}/change` : LIST} hidden={of ? {} : { place }}>
          <TextField
            name="title"
            label="What it is called"
            hint="As people say it: “Night coordinator”."
            value={of?.title}
            width="m"
            maxlength={60}
            autocomplete="off"
            form={form}
          />
          <TextField
            name="summary"
            label="What it is for"
            optional
            value={of?.summary ?? undefined}
            maxlength={300}
            width="full"
            autocomplete="off"
            form={form}
          />
          {view.groups.map(({ title, offers }, index) => (
            <CheckboxGroup
              name="may"
              part={index === 0 ? undefined : String(index)}
              label={view.groups.length === 1 ? "It may" : `${title}: it may`}
              options={offers.map((offer) => ({
                value: keyOf(offer),
                label: offer.title,
                hint: reachOfRole(offer.reach, placeWords[place].one),
              }))}
              value={view.chosen}
              form={index === 0 ? form : form && { values: form.values ?? {} }}
            />
          ))}
          {of && (
            <TextArea
              name="reason"
              label="Why it is changed"
              hint="Stands in the record."
              rows={2}
              maxlength={500}
              form={form}
            />
          )}
          <FormFoot>
            <Button tone="primary">{of ? "Change it" : "Compose it"}</Button>
            <ButtonLink href={of ? `${LIST}/${of.id}` : LIST}>Cancel</ButtonLink>
          </FormFoot>
        </Form>
      </div>
    </Page>
  );
};

export const putAwayPage = (view: { readonly id: string; readonly title: string }): Html => (
  <Page title={`Put ${view.title} away`} crumbs={[crumb, { label: view.title, href: `${LIST}/${view.id}` }]}>
    <Form action={`${LIST}/${view.id}/put-away`}>
      <p>Nobody is given it any more. It stays readable wherever somebody had it, and can be taken up again.</p>
      <div class="row">
        <Button tone="primary">Put it away</Button>
        <ButtonLink href={`${LIST}/${view.id}`}>Cancel</ButtonLink>
      </div>
    </Form>
  </Page>
);
