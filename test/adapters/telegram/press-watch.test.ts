import { describe, expect, test } from 'vitest';
import { BUSY_MS, createPressWatch } from '../../../adapters/telegram/press-watch.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

function scene() {
  const clock = createFakeClock();
  const ended: (readonly [string, string | undefined])[] = [];
  const watch = createPressWatch({
    clock,
    endBusySign(id, words) {
      ended.push([id, words]);
      watch.answered(id);
    },
  });
  return { clock, ended, watch };
}

const cores = { callbackQueryId: 'q1', isCores: true };
const ours = { callbackQueryId: 'q1', isCores: false };

describe('a pressed button', () => {
  test('that core has taken is left to core, which may take its time but not for ever', async () => {
    const { clock, ended, watch } = scene();
    watch.begun(cores);
    watch.over(cores, ['stored']);
    await clock.advance(BUSY_MS - 1);
    expect(ended).toEqual([]);
    await clock.advance(1);
    expect(ended).toEqual([['q1', undefined]]);
    await clock.advance(BUSY_MS);
    expect(ended.length).toBe(1);
  });

  test('that core answers in time is not answered again', async () => {
    const { clock, ended, watch } = scene();
    watch.begun(cores);
    watch.over(cores, ['stored']);
    watch.answered('q1');
    expect(clock.waiting()).toBe(0);
    await clock.advance(BUSY_MS);
    expect(ended).toEqual([]);
  });

  test('does not stay busy while it cannot be stored, however often it comes', async () => {
    const { clock, ended, watch } = scene();
    watch.begun(cores);
    watch.begun(cores);
    expect(clock.waiting()).toBe(1);
    await clock.advance(BUSY_MS);
    expect(ended).toEqual([['q1', undefined]]);
  });

  test.each([
    [cores, 'duplicate', undefined],
    [cores, 'refused', expect.stringContaining('not taken')],
    [ours, 'stored', undefined],
    [ours, 'duplicate', undefined],
    [ours, 'refused', expect.stringContaining('not counted')],
  ] as const)('%j that is %s is answered at once', (press, receipt, words) => {
    const { clock, ended, watch } = scene();
    watch.begun(press);
    watch.over(press, [receipt]);
    expect(ended).toEqual([['q1', words]]);
    expect((ended[0]?.[1] ?? '').length).toBeLessThanOrEqual(200);
    expect(clock.waiting()).toBe(0);
  });

  test('nothing is answered any more after the end', async () => {
    const { clock, ended, watch } = scene();
    watch.begun(cores);
    watch.close();
    await clock.advance(BUSY_MS);
    expect(ended).toEqual([]);
  });
});
