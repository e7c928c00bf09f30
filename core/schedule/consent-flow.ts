import { AppError } from '../domain/app-error.ts';
import type { CalendarAccess, LinkedCalendar } from '../domain/calendar.ts';
import { cleanText } from '../domain/clean-text.ts';
import type { PersonId } from '../domain/ids.ts';
import type { CachePort } from '../ports/cache.ts';
import type { CalendarConsentPort } from '../ports/calendar.ts';
import { accountLabel, type CalendarAsk } from './connect-calendar.ts';
import { readConsentAddress } from './consent-address.ts';
import { noSuchAddress, notTheirs, noWayBack, otherBrowser, over, refusedThere } from './consent-refusals.ts';
import { giveRightBack } from './give-right-back.ts';
import { demandRoom, type LinkCalendarDeps, linkCalendar } from './link-calendar.ts';
import {
  consentLastsMs,
  createPendingConsents,
  isConsentWord,
  type PendingConsent,
} from './pending-consents.ts';
import { inTime, readTimeoutMs } from './read-calendar.ts';

export interface ConsentAsk extends CalendarAsk {
  /** Who asks, by name and account, for the page that asks for consent: people must see whether it is they. */
  readonly askedBy: string;
  /** What people call the space or its platform, for the same page. */
  readonly spaceLabel: string;
}

/** Where to send a person; the address is theirs alone. */
export interface ConsentBegun {
  readonly kind: 'open';
  /** Our own page, which says for whom it is before the provider is asked. */
  readonly url: string;
  /** From now. */
  readonly expiresInMs: number;
  /**
   * Present where `url` opens on the machine of the bot alone: the provider’s page, for a browser elsewhere. It ends at an address that does not
   * open, which is for `finish`.
   */
  readonly elsewhereUrl?: string;
}

/** What a person is asked before the provider is, and again before anything is linked. */
export interface ConsentQuestion {
  /** Stands for all of it, for ten minutes; taken by one answer. */
  readonly token: string;
  readonly askedBy: string;
  readonly spaceLabel: string;
  readonly isForSpace: boolean;
  readonly access: CalendarAccess;
  /** The provider’s page. */
  readonly url: string;
}

/** What a browser shows of itself: the word that `start` gave it. */
export type Browser = string | undefined;

export interface ConsentFlow {
  begin(ask: ConsentAsk): Promise<ConsentBegun>;
  /** For whom it is. Uses nothing up: programs that look ahead at links do that. `not_found` where it is used, expired or none of ours. */
  look(token: string): Promise<ConsentQuestion>;
  /** A person in a browser has seen for whom it is and goes to the provider: from now on no other browser may come back. `not_found` as there. */
  start(token: string, browser: Browser): Promise<{ readonly url: string; readonly browser: string }>;
  /**
   * A browser came back. Nothing is linked before `confirm`; again gives the same. `not_found` as there; `not_allowed` for another browser than
   * the one that went, which uses nothing up.
   */
  consented(
    back: { readonly code: string; readonly state: string },
    browser: Browser,
  ): Promise<ConsentQuestion>;
  /** A browser came back without consent, and that is the end of it. Rejects as `consented`. */
  denied(back: { readonly error: string; readonly state: string }, browser: Browser): Promise<void>;
  /** The person has seen again for whom it is and agrees. Rejects as `consented`, and as linking does. */
  confirm(token: string, browser: Browser): Promise<LinkedCalendar>;
  /** The person does not. An unknown token is no failure. */
  decline(token: string, browser: Browser): Promise<void>;
  /** With the address that a browser elsewhere ended at. `not_allowed` for whoever did not begin it. */
  finish(by: PersonId, address: string): Promise<LinkedCalendar>;
}

export interface ConsentFlowDeps extends LinkCalendarDeps {
  readonly consent: CalendarConsentPort;
  readonly cache: CachePort;
  /** Where browsers find our pages, without a last slash; `undefined` while there is no such place. */
  readonly pagesAt: () => string | undefined;
}

const primary = 'primary';
const mostNameChars = 120;

/** The way of people through a provider’s page. Each ends within ten minutes, or ten after the person came back. */
export function createConsentFlow(deps: ConsentFlowDeps): ConsentFlow {
  const { consent, clock, logger } = deps;
  const pending = createPendingConsents(deps);

  const placeOf = ({ spaceId, isForSpace, by }: Pick<PendingConsent, 'spaceId' | 'isForSpace' | 'by'>) => ({
    spaceId,
    ...(isForSpace ? {} : { personId: by }),
    source: consent.source,
    calendarId: primary,
  });

  async function begun(word: string): Promise<PendingConsent> {
    const found = await pending.look(word);
    if (found === undefined) throw over();
    return found;
  }

  /** Looked at before it is taken: a stranger must not use up what is another's. */
  async function begunBy(word: string, browser: Browser): Promise<PendingConsent> {
    const found = await begun(word);
    if (browser === undefined || found.browser !== browser) throw otherBrowser();
    return found;
  }

  async function takeOnce(word: string): Promise<void> {
    if ((await pending.take(word)) === undefined) throw over();
  }

  /** The code is worth something once: it is exchanged when everybody has agreed, and there is room for what it gives. */
  async function exchange(word: string, way: PendingConsent, code: string): Promise<LinkedCalendar> {
    const { verifier, redirectUri, access, by } = way;
    const place = placeOf(way);
    await demandRoom(deps, place);
    await takeOnce(word);
    const { secret, lacks } = await inTime(clock, readTimeoutMs, new AbortController().signal, (signal) =>
      consent.finish({ code, verifier, redirectUri, access }, signal),
    );
    try {
      if (lacks !== undefined) throw new AppError('not_allowed', lacks);
      return await linkCalendar(deps, { ...place, access, addedBy: by, secret, label: accountLabel });
    } catch (error) {
      // A right that nothing uses is not left standing at the provider.
      await giveRightBack(deps, { source: consent.source, secret }).catch((cause: unknown) =>
        logger.warn('calendar_not_revoked', { source: consent.source, error: cause }),
      );
      throw error;
    }
  }

  function logDenied(error: string): void {
    logger.info('calendar_consent_denied', { reason: /^[a-z_]{1,40}$/.test(error) ? error : 'other' });
  }

  return {
    async begin({ spaceId, spaceLabel, askedBy, owner, by, access }) {
      const pagesAt = deps.pagesAt();
      if (pagesAt === undefined) throw noWayBack();
      const isForSpace = owner === 'space';
      await demandRoom(deps, placeOf({ spaceId, isForSpace, by }));
      const state = pending.newWord();
      const redirectUri = `${pagesAt}/callback`;
      const { url, verifier } = await consent.begin({ redirectUri, access, state });
      await pending.put(state, {
        ...{ spaceId, isForSpace, by, access, redirectUri, verifier, url },
        askedBy: shownName(askedBy),
        spaceLabel: shownName(spaceLabel),
        endsAt: clock.now() + consentLastsMs,
      });
      return {
        kind: 'open',
        url: `${pagesAt}/start?${new URLSearchParams({ token: state })}`,
        expiresInMs: consentLastsMs,
        ...(isLoopback(pagesAt) ? { elsewhereUrl: url } : {}),
      };
    },
    look: async (token) => questionOf(token, await begun(token)),
    async start(token, browser) {
      const { code: _, ...way } = await begun(token);
      const mine = browser !== undefined && isConsentWord(browser) ? browser : pending.newWord();
      await pending.put(token, { ...way, browser: mine });
      return { url: way.url, browser: mine };
    },
    async consented({ code, state }, browser) {
      const way = await begunBy(state, browser);
      if (way.code !== code) {
        await pending.put(state, { ...way, code, endsAt: clock.now() + consentLastsMs });
      }
      return questionOf(state, way);
    },
    async denied({ error, state }, browser) {
      await begunBy(state, browser);
      await takeOnce(state);
      logDenied(error);
    },
    async confirm(token, browser) {
      const way = await begunBy(token, browser);
      if (way.code === undefined) throw over();
      return exchange(token, way, way.code);
    },
    async decline(token, browser) {
      if ((await pending.look(token)) === undefined) return;
      await begunBy(token, browser);
      if ((await pending.take(token)) !== undefined) logDenied('declined');
    },
    async finish(by, address) {
      const back = readConsentAddress(address);
      if (back === undefined) throw noSuchAddress();
      const way = await begun(back.state);
      if (way.by !== by) throw notTheirs();
      if (back.kind === 'consented') return exchange(back.state, way, back.code);
      await takeOnce(back.state);
      logDenied(back.error);
      throw refusedThere();
    },
  };
}

function questionOf(token: string, way: PendingConsent): ConsentQuestion {
  const { askedBy, spaceLabel, isForSpace, access, url } = way;
  return { token, askedBy, spaceLabel, isForSpace, access, url };
}

function shownName(text: string): string {
  const chars = [...cleanText(text)];
  return chars.length <= mostNameChars ? chars.join('') : `${chars.slice(0, mostNameChars - 1).join('')}…`;
}

function isLoopback(address: string): boolean {
  const { hostname } = new URL(address);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
