import type { HomeView, ModalView } from './call-schemas.ts';
import type { EventFeed } from './event-feed.ts';
import type { InstalledApp } from './manifest.ts';
import type { ResponseUrls } from './response-urls.ts';
import type { Triggers } from './triggers.ts';
import type { Uploads } from './uploads.ts';
import type { Workspace } from './workspace.ts';

export interface OpenView<View> {
  readonly id: string;
  readonly hash: string;
  readonly view: View;
}

/** All that the parts of the fake share. */
export interface AppState {
  readonly workspace: Workspace;
  readonly feed: EventFeed;
  readonly triggers: Triggers;
  readonly responseUrls: ResponseUrls;
  readonly uploads: Uploads;
  app(): InstalledApp;
  /** By user id. */
  readonly modals: Map<string, OpenView<ModalView>>;
  readonly homes: Map<string, OpenView<HomeView>>;
  /** Status lines by channel and thread, `D01/1712345678.000100`. */
  readonly statuses: Map<string, string>;
  readonly statusLog: { readonly channel: string; readonly threadTs: string; readonly status: string }[];
}

export const statusKey = (channel: string, threadTs: string): string => `${channel}/${threadTs}`;
