import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createCalendarPages } from '../adapters/calendar-pages/calendar-pages.ts';
import { serviceSecret } from '../adapters/google-calendar/secret.ts';
import { parseServiceAccount, type ServiceAccount } from '../adapters/google-calendar/service-account.ts';
import { feedAddress } from '../adapters/ics-calendar/feed-address.ts';
import { unforeseeableBytes } from '../adapters/system/random.ts';
import { AppError } from '../core/domain/app-error.ts';
import type { SpaceId } from '../core/domain/ids.ts';
import type { CachePort } from '../core/ports/cache.ts';
import type { CalendarConsentPort, CalendarPort } from '../core/ports/calendar.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { HttpMount } from '../core/ports/http-mount.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { TimeZonePort } from '../core/ports/time-zones.ts';
import { type CalendarDesk, createCalendarDesk } from '../core/schedule/calendar-desk.ts';
import { type CalendarPoller, createCalendarPoller } from '../core/schedule/calendar-poller.ts';
import type { LoadedSettings } from './load-settings.ts';
import { isLoopbackHost } from './loopback-host.ts';
import type { Storage } from './storage.ts';

export interface ComposeCalendarsDeps {
  readonly loaded: LoadedSettings;
  readonly stores: Pick<Storage['stores'], 'calendars'>;
  readonly cache: CachePort;
  readonly zones: TimeZonePort;
  readonly zoneOf: (spaceId: SpaceId) => string;
  readonly onChange: (spaceId: SpaceId) => void;
  /** Where browsers reach the listener, without a last slash; `undefined` while there is none. */
  readonly address: () => string | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly fetch: typeof globalThis.fetch;
  /** In place of those that the settings name, for tests. */
  readonly calendars?: CalendarSources;
}

/** Where calendars are read. */
export interface CalendarSources {
  readonly sources: readonly CalendarPort[];
  readonly consent?: CalendarConsentPort;
  readonly serviceSecret?: (subject?: string) => string;
}

export interface ComposedCalendars {
  readonly desk: CalendarDesk;
  readonly poller: CalendarPoller;
  readonly mount: HttpMount;
  /** Whether people can be sent to a provider, to agree there. */
  readonly hasConsent: boolean;
}

/** Everything that reads calendars. Rejects with `config_invalid` where a file that the settings name is not as it should be. */
export async function composeCalendars(deps: ComposeCalendarsDeps): Promise<ComposedCalendars> {
  const { stores, cache, clock, ids, logger } = deps;
  const { sources: ports, ...ways } = deps.calendars ?? (await openSources(deps));
  const sources = new Map(ports.map((port) => [port.source, port]));
  const { openSecretBox } = await import('../adapters/secret-box/secret-box.ts');
  const box = openSecretBox({
    path: join(deps.loaded.homeFolder, 'calendar.key'),
    random: unforeseeableBytes,
  });
  const poller = createCalendarPoller({
    store: stores.calendars,
    sources,
    box,
    clock,
    random: () => Number.parseInt(ids.digest(ids.next('poll')).slice(0, 8), 16) / 0x1_0000_0000,
    logger,
    zoneOf: deps.zoneOf,
    onChange: deps.onChange,
  });
  const pagesAt = (): string | undefined => calendarPagesAt(deps.address());
  const desk = createCalendarDesk({
    store: stores.calendars,
    sources,
    ...ways,
    feedAddress,
    box,
    cache,
    pagesAt,
    ids,
    clock,
    logger,
    poller,
  });
  return {
    desk,
    poller,
    mount: createCalendarPages({ desk, pagesAt, logger }),
    hasConsent: ways.consent !== undefined,
  };
}

/**
 * Where browsers find the pages; `undefined` where there is no such place. Providers send nobody back to a plain http address but on the
 * machine of the browser itself, and what a browser carries there others could read.
 */
export function calendarPagesAt(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const { protocol, hostname } = new URL(address);
  if (protocol !== 'https:' && !isLoopbackHost(hostname)) return undefined;
  return `${address.replace(/\/+$/, '')}/calendar`;
}

async function openSources({
  loaded: { settings, secrets, homeFolder },
  zones,
  ...deps
}: ComposeCalendarsDeps): Promise<CalendarSources> {
  const { clock, ids, logger, fetch } = deps;
  const { googleClientId: clientId, serviceAccountFile } = settings.calendar;
  const { GOOGLE_CLIENT_SECRET: clientSecret } = secrets;
  const { createIcsCalendar } = await import('../adapters/ics-calendar/ics-calendar.ts');
  const feeds = createIcsCalendar({ zones, clock });
  if (clientId === '' && serviceAccountFile === '') return { sources: [feeds] };
  const serviceAccount =
    serviceAccountFile === '' ? undefined : await readAccount(resolve(homeFolder, serviceAccountFile));
  const { createGoogleCalendar } = await import('../adapters/google-calendar/google-calendar.ts');
  const { createGoogleConsent } = await import('../adapters/google-calendar/google-consent.ts');
  const options = {
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
    ...{ fetch, clock, ids, logger },
  };
  return {
    sources: [createGoogleCalendar({ ...options, ...(clientId === '' ? {} : { clientId }) }), feeds],
    ...(clientId === '' ? {} : { consent: createGoogleConsent({ ...options, clientId }) }),
    ...(serviceAccount === undefined ? {} : { serviceSecret }),
  };
}

async function readAccount(path: string): Promise<ServiceAccount> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new AppError(
      'config_invalid',
      `calendar.serviceAccountFile names ${path}, which cannot be read. Give the path of the JSON key file, or leave it empty.`,
      { cause },
    );
  }
  return parseServiceAccount(text);
}
