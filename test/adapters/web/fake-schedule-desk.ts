import { AppError } from '../../../core/domain/app-error.ts';
import type { DeskConnect, ScheduleDesk, ScheduleView } from '../../../core/ports/schedule-desk.ts';
import { samplePicture } from '../../contract/channel/sample-picture.ts';

export interface FakeScheduleDesk extends ScheduleDesk {
  /** Every call with what it was given, in order. */
  readonly calls: readonly (readonly unknown[])[];
  readonly asked: readonly DeskConnect[];
  /** Changes what is shown from now on. */
  change(changes: Partial<ScheduleView>): void;
  /** The next call of anything but `view` and `picture` fails so. */
  failNext(error: Error): void;
  /** So does every picture from now on. */
  failPictures(error: Error): void;
}

export const consentUrl = 'https://consent.example/begin?state=s1';

/** Links a feed at once and sends whoever says `google` to a page of consent; knows one space. */
export function createFakeScheduleDesk(
  picture: Uint8Array = samplePicture('a week').bytes,
): FakeScheduleDesk {
  const calls: unknown[][] = [];
  const asked: DeskConnect[] = [];
  let failure: Error | undefined;
  let pictureFailure: Error | undefined;
  let view: ScheduleView = {
    window: 'Closed: somebody wrote a moment ago.',
    next: 'Today 23:00, during sleep hours.',
    sleep: 'Every day 23:00 to 07:00.',
    zone: 'Europe/Berlin',
    problems: [],
    calendars: [],
    canConnectGoogle: true,
  };
  const failOnce = (): void => {
    const error = failure;
    failure = undefined;
    if (error !== undefined) throw error;
  };
  const add = (label: string): void => {
    const number = (view.calendars.at(-1)?.number ?? 0) + 1;
    const added = { number, label, standing: 'Only busy times, read a moment ago.' };
    view = { ...view, calendars: [...view.calendars, added] };
  };
  return {
    calls,
    asked,
    change(changes) {
      view = { ...view, ...changes };
    },
    failNext(error) {
      failure = error;
    },
    failPictures(error) {
      pictureFailure = error;
    },
    async view(spaceId) {
      calls.push(['view', spaceId]);
      return view;
    },
    async picture(spaceId, isDark) {
      calls.push(['picture', spaceId, isDark ? 'dark' : 'light']);
      if (pictureFailure !== undefined) throw pictureFailure;
      return picture;
    },
    async connect(request) {
      calls.push(['connect', request]);
      asked.push(request);
      failOnce();
      if (request.what === 'google') {
        return { kind: 'open', url: consentUrl, hint: 'It works for 10 minutes.' };
      }
      const label = new URL(request.what).hostname;
      add(label);
      return { kind: 'linked', label };
    },
    async disconnect(spaceId, number, by) {
      calls.push(['disconnect', spaceId, number, by]);
      failOnce();
      const gone = view.calendars.find((calendar) => calendar.number === number);
      if (gone === undefined) throw new AppError('not_found', `There is no calendar ${number}.`);
      view = { ...view, calendars: view.calendars.filter((calendar) => calendar !== gone) };
      return gone.label;
    },
  };
}
