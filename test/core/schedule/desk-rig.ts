import { AppError } from '../../../core/domain/app-error.ts';
import {
  type CalendarDeskDeps,
  type ConnectRequest,
  createCalendarDesk,
} from '../../../core/schedule/calendar-desk.ts';
import { createExpiringCache, createFakeConsent } from '../../fakes/calendars.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { ada, createCalendarRig, team } from './calendar-rig.ts';

export const pagesAt = 'http://127.0.0.1:8787/calendar';
export const redirectUri = `${pagesAt}/callback`;
export const serviceSecret = (subject?: string): string => `service as ${subject ?? 'itself'}`;

export type DeskRig = ReturnType<typeof createDeskRig>;

/** A desk over fakes where accounts can be linked and no service account is set. */
export function createDeskRig(changes: Partial<CalendarDeskDeps> = {}) {
  const rig = createCalendarRig();
  const cache = createExpiringCache(rig.clock);
  const consent = createFakeConsent();
  const deps: CalendarDeskDeps = {
    store: rig.store,
    sources: new Map([
      ['google', rig.google],
      ['ics', rig.ics],
    ]),
    consent,
    feedAddress(text) {
      if (!text.startsWith('https://')) throw new AppError('invalid_input', 'That is no feed.');
      return text;
    },
    box: rig.box,
    cache,
    pagesAt: () => pagesAt,
    ids: createSequentialIds(),
    clock: rig.clock,
    logger: rig.logger,
    poller: rig.poller,
    ...changes,
  };
  const desk = createCalendarDesk(deps);
  const ask = (what: string, facts: Partial<ConnectRequest> = {}) =>
    desk.connect({
      spaceId: team,
      askedBy: 'Ada (ada on web)',
      spaceLabel: 'Team',
      owner: ada,
      by: ada,
      what,
      access: 'freebusy',
      mayUseServiceAccount: true,
      ...facts,
    });

  /** Asks for an account and gives the state that the provider would send back. */
  async function begin(facts: Partial<ConnectRequest> = {}): Promise<string> {
    const start = await ask('google', facts);
    if (start.kind !== 'open') throw new Error('It was linked without a question.');
    return new URL(start.url).searchParams.get('token') ?? '';
  }

  /** Begun, and gone to the provider in a browser. */
  async function gone(facts: Partial<ConnectRequest> = {}) {
    const state = await begin(facts);
    return { state, browser: (await desk.start(state, undefined)).browser };
  }

  return {
    ...rig,
    cache,
    consent,
    deps,
    desk,
    ask,
    begin,
    gone,
    /** Gone to the provider, and come back from there with a code. */
    async returned(code = 'c', facts: Partial<ConnectRequest> = {}) {
      const { state, browser } = await gone(facts);
      const question = await desk.consented({ state, code }, browser);
      return { state, browser, question, token: question.token };
    },
    /** What an id or an address is linked as. */
    async linked(what: string, facts: Partial<ConnectRequest> = {}) {
      const start = await ask(what, facts);
      if (start.kind !== 'linked') throw new Error('It asks first.');
      return start.calendar;
    },
  };
}
