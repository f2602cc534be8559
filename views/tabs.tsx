/** Several pages about one thing. Each is an address of its own. */
import type { Html } from "./html.ts";

export interface Tab {
  readonly label: string;
  readonly href: string;
  readonly current?: boolean | undefined;
  readonly count?: number | undefined;
}

export interface TabsProps {
  /** What the tabs are about: "Subject NL-01-103". */
  readonly label: string;
  readonly tabs: readonly Tab[];
}

export const Tabs = ({ label, tabs }: TabsProps): Html => (
  <nav class="tabs" aria-label={label}>
    <ul>
      {tabs.map((tab) => (
        <li>
          <a href={tab.href} aria-current={tab.current ? "page" : null}>
            {tab.label}
            {tab.count !== undefined && <span class="count">{tab.count}</span>}
          </a>
        </li>
      ))}
    </ul>
  </nav>
);
