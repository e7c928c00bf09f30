import { describe, expect, test } from 'vitest';
import { createScheduleDesk } from '../../config/schedule-desk.ts';
import { windowLines } from '../../core/commands/schedule-window-lines.ts';
import { AppError } from '../../core/domain/app-error.ts';
import { personId, spaceId } from '../../core/domain/ids.ts';
import { MINUTE_MS } from '../../core/domain/wall-clock.ts';
import type { ConnectRequest } from '../../core/schedule/calendar-desk.ts';
import {
  at,
  calendar,
  closedReport,
  createFakeScheduleTools,
  type FakeScheduleToolsOptions,
} from '../core/commands/fake-schedule-tools.ts';

const account = spaceId('web', 'ada');
const ada = personId('web', 'ada');

function rigOf(options: FakeScheduleToolsOptions = {}) {
  const calls: string[] = [];
  const asked: ConnectRequest[] = [];
  const tools = createFakeScheduleTools(
    { onConnect: (request) => void asked.push(request), ...options },
    (call) => void calls.push(call),
  );
  return { calls, asked, desk: createScheduleDesk(tools, { now: () => at }) };
}

describe('what the page shows', () => {
  test('of a closed window: why, and when the next is expected', async () => {
    const [window, next] = windowLines(closedReport, account, { now: at, wallAt: closedReport.wallAt });
    expect(next).toContain('today 23:00 (in 14 hours)');
    expect(await rigOf().desk.view(account)).toEqual({
      window,
      next,
      sleep: '23:00–07:00 daily',
      zone: 'Europe/Berlin',
      problems: [],
      calendars: [],
      canConnectGoogle: true,
    });
    expect(await rigOf({ canConnectGoogle: false }).desk.view(account)).toMatchObject({
      canConnectGoogle: false,
    });
  });

  test('of an open window: by what, and of no next one', async () => {
    const verdict = { isOpen: true, by: ['idle'] } as const;
    const view = await rigOf({ report: { verdict, state: 'open', sleep: { ranges: [] } } }).desk.view(
      account,
    );
    expect(view.window).toMatch(/^The window is open /);
    expect(view).toMatchObject({ next: '', sleep: 'none' });
  });

  test('of calendars: what is read of them and when, or why they are unknown', async () => {
    const { reading: _, ...unread } = calendar(3);
    const calendars = [calendar(1), calendar(2, { access: 'events' }), unread];
    const unknown = [{ number: 2, why: 'the provider does not answer' }];
    const view = await rigOf({ report: { calendars, unknown } }).desk.view(account);
    expect(view.calendars).toEqual([
      { number: 1, label: 'Label 1', standing: expect.stringMatching(/.; last read 5 minutes ago$/) },
      { number: 2, label: 'Label 2', standing: 'unknown at present: the provider does not answer' },
      { number: 3, label: 'Label 3', standing: expect.stringMatching(/.; not read yet$/) },
    ]);
    expect(view.problems).toEqual(['Calendar 2 is unknown: the provider does not answer']);
  });

  test('is drawn of the week of that account', async () => {
    expect(await rigOf().desk.picture(account, false)).toEqual(new Uint8Array([1, 2, 3]));
    expect(await rigOf().desk.picture(account, true)).toEqual(new Uint8Array([4, 5, 6]));
    await expect(rigOf({ chartFails: true }).desk.picture(account, false)).rejects.toMatchObject({
      code: 'internal',
    });
  });
});

describe('a calendar', () => {
  const request = { spaceId: account, by: ada, what: 'google', access: 'freebusy' } as const;

  test('becomes that of whoever asks, and nobody else’s', async () => {
    const { desk, asked } = rigOf();
    expect(await desk.connect(request)).toEqual({ kind: 'linked', label: 'Label 3' });
    expect(asked).toEqual([
      {
        ...request,
        owner: ada,
        askedBy: 'whoever is at the page, as ada',
        spaceLabel: 'the page of this bot (web)',
        mayUseServiceAccount: true,
      },
    ]);
  });

  test('that is asked for in a browser says how long there is time, and what to do on another machine', async () => {
    const open = { kind: 'open', url: 'https://provider.example/', expiresInMs: 10 * MINUTE_MS } as const;
    const anywhere = await rigOf({ connect: open }).desk.connect(request);
    expect(anywhere).toEqual({
      kind: 'open',
      url: open.url,
      hint: 'The page that has opened works for 10 minutes.',
    });
    const elsewhereUrl = 'https://provider.example/elsewhere';
    const here = await rigOf({ connect: { ...open, elsewhereUrl } }).desk.connect(request);
    expect(here).toMatchObject({
      url: open.url,
      hint: expect.stringContaining('/schedule calendar connect'),
    });
  });

  test('is disconnected by whoever has the page, and named', async () => {
    const { desk, calls } = rigOf({ report: { calendars: [calendar(2)] } });
    expect(await desk.disconnect(account, 2, ada)).toBe('Label 2');
    expect(calls).toEqual([`disconnect ${account} 2 by ${ada} true`]);
    await expect(desk.disconnect(account, 9, ada)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('that cannot be linked says why', async () => {
    const refusal = new AppError('not_found', 'Nothing is set up.');
    await expect(rigOf({ connect: refusal }).desk.connect(request)).rejects.toBe(refusal);
  });
});
