import { AppError } from '../domain/app-error.ts';
import type { LinkedCalendar } from '../domain/calendar.ts';
import type { PersonId, SpaceId } from '../domain/ids.ts';
import type { CachePort } from '../ports/cache.ts';
import type { CalendarConsentPort } from '../ports/calendar.ts';
import {
  type ConnectCalendarDeps,
  connectFeed,
  connectId,
  nothingSetUp,
  readConnectTarget,
} from './connect-calendar.ts';
import { type ConsentAsk, type ConsentBegun, type ConsentFlow, createConsentFlow } from './consent-flow.ts';
import { over } from './consent-refusals.ts';
import { disconnectCalendar } from './disconnect-calendar.ts';

export interface ConnectRequest extends ConsentAsk {
  /** `google`; an address of a feed; or the id of a calendar that the service account, or an account already linked, can read. */
  readonly what: string;
}

export type ConnectStart =
  | ConsentBegun
  /** Linked at once: a service account, a feed. */
  | { readonly kind: 'linked'; readonly calendar: LinkedCalendar };

export interface CalendarDeskDeps extends Omit<ConnectCalendarDeps, 'hasConsent'> {
  readonly consent?: CalendarConsentPort;
  readonly cache: CachePort;
  /** As `ConsentFlowDeps.pagesAt`. */
  readonly pagesAt: () => string | undefined;
}

/** Links calendars to spaces and people. Every method may reject with an `AppError` whose message is for the person. */
export interface CalendarDesk extends Omit<ConsentFlow, 'begin'> {
  /**
   * Rejects with `invalid_input` for what is no calendar, `not_found` where no way to it is set up or it cannot be found, and as
   * `CalendarPort.read`: a calendar that cannot be read now is not linked.
   */
  connect(request: ConnectRequest): Promise<ConnectStart>;
  /** Rejects with `not_found`, and with `not_allowed` for another person's where `isMaintainer` is not set. */
  disconnect(spaceId: SpaceId, number: number, by: PersonId, isMaintainer: boolean): Promise<LinkedCalendar>;
  /** By number. */
  list(spaceId: SpaceId): Promise<readonly LinkedCalendar[]>;
}

export function createCalendarDesk(deps: CalendarDeskDeps): CalendarDesk {
  const { consent, store } = deps;
  const { begin, ...flow } = consent === undefined ? noFlow(deps) : createConsentFlow({ ...deps, consent });
  const connectDeps: ConnectCalendarDeps = { ...deps, hasConsent: consent !== undefined };

  return {
    ...flow,
    async connect(request) {
      const { owner, by } = request;
      if (owner !== 'space' && owner !== by) throw onlyOwn();
      const target = readConnectTarget(request.what);
      switch (target.kind) {
        case 'account':
          return begin(request);
        case 'feed':
          return { kind: 'linked', calendar: await connectFeed(connectDeps, request, target.address) };
        case 'id':
          return { kind: 'linked', calendar: await connectId(connectDeps, request, target.calendarId) };
      }
    },
    disconnect: (spaceId, number, by, isMaintainer) =>
      disconnectCalendar(deps, { spaceId, number, by, isMaintainer }),
    list: (spaceId) => store.list(spaceId),
  };
}

/** Nobody can begin anything, so everything is over. */
function noFlow({ serviceSecret }: Pick<CalendarDeskDeps, 'serviceSecret'>): ConsentFlow {
  const isOver = async (): Promise<never> => {
    throw over();
  };
  return {
    async begin() {
      throw serviceSecret === undefined ? nothingSetUp() : onlyIds();
    },
    look: isOver,
    start: isOver,
    consented: isOver,
    denied: isOver,
    confirm: isOver,
    decline: async () => {},
    finish: isOver,
  };
}

const onlyOwn = (): AppError =>
  new AppError('not_allowed', 'You can link calendars of your own only, or one for the whole space.');

const onlyIds = (): AppError =>
  new AppError(
    'not_found',
    `Accounts cannot be linked here: whoever runs the bot sets calendar.googleClientId and GOOGLE_CLIENT_SECRET for that. What works is the id of a calendar that is shared with the bot's service account, or the address of a calendar feed.`,
  );
