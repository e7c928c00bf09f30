import { AppError, toAppError } from '../../core/domain/app-error.ts';
import { spaceId } from '../../core/domain/ids.ts';
import type { DeskConnected, ScheduleDesk, ScheduleView } from '../../core/ports/schedule-desk.ts';
import { personOf, platform } from './account.ts';
import { parseRequest } from './inbound.ts';
import { calendarRequest } from './schema.ts';

/** What a page may ask of the schedule of its account. Each rejects as the functions of `PageApi`. */
export interface ScheduleApi {
  view(account: string): Promise<ScheduleView>;
  picture(account: string, isDark: boolean): Promise<Uint8Array<ArrayBuffer>>;
  connect(account: string, body: unknown): Promise<DeskConnected>;
  disconnect(account: string, number: number): Promise<{ readonly label: string }>;
}

export function createScheduleApi(desk: ScheduleDesk): ScheduleApi {
  const spaceOf = (account: string) => spaceId(platform, account);
  return {
    view: (account) => told(desk.view(spaceOf(account))),
    picture: async (account, isDark) => new Uint8Array(await told(desk.picture(spaceOf(account), isDark))),
    async connect(account, body) {
      const { what, access } = parseRequest(calendarRequest, body);
      const request = { spaceId: spaceOf(account), by: personOf(account), what, access };
      const connected = await told(desk.connect(request));
      if (connected.kind === 'open' && !isWebAddress(connected.url)) {
        throw new AppError('internal', 'The page of a calendar’s provider has an address that is none.');
      }
      return connected;
    },
    disconnect: async (account, number) => ({
      label: await told(desk.disconnect(spaceOf(account), number, personOf(account))),
    }),
  };
}

/** A calendar’s server that does not let the bot in says nothing of who is at the page. */
async function told<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code !== 'auth_failed') throw error;
    throw new AppError('refused_by_peer', error.message, { cause: error });
  }
}

function isWebAddress(url: string): boolean {
  return URL.canParse(url) && ['https:', 'http:'].includes(new URL(url).protocol);
}
