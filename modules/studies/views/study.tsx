/** The study's first page: where it stands, and the way to what comes next. */

import { ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";

export const StudyPage = ({ title, build }: { title: string; build: string | null }): Html => (
  <Page title={title} lead="Nothing is asked yet.">
    <Empty
      title="This study has no forms yet"
      action={
        build === null ? null : (
          <ButtonLink href={build} tone="primary">
            Build the forms
          </ButtonLink>
        )
      }
    >
      Whoever builds the study imports its definition or makes its forms; once a version is published, participants can
      be enrolled.
    </Empty>
  </Page>
);
