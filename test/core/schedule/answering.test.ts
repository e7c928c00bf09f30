import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spaceId } from '../../../core/domain/ids.ts';
import { createAnswering } from '../../../core/schedule/answering.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

const here = spaceId('web', 'here');
const there = spaceId('web', 'there');
const never = new AbortController().signal;

const answeringNow = () => createAnswering(createFakeClock());

describe('answering', () => {
  test('is under way from the first that begins to the last that ends', () => {
    const answering = answeringNow();
    expect(answering.isAnswering()).toBe(false);
    const [endOne, endOther] = [answering.begin(), answering.begin()];
    endOne();
    expect(answering.isAnswering()).toBe(true);
    endOther();
    expect(answering.isAnswering()).toBe(false);
  });

  test('an end that is told again ends no other', () => {
    const answering = answeringNow();
    const [end] = [answering.begin(here), answering.begin(here)];
    end();
    end();
    expect(answering.isAnswering(here)).toBe(true);
  });

  test('is that of a space, where it is known; of an unknown one it may be in any', () => {
    const answering = answeringNow();
    const end = answering.begin(here);
    expect([here, there, undefined].map(answering.isAnswering)).toEqual([true, false, true]);
    end();
    const endUnknown = answering.begin();
    expect([here, there, undefined].map(answering.isAnswering)).toEqual([true, true, true]);
    endUnknown();
    expect([here, there, undefined].map(answering.isAnswering)).toEqual([false, false, false]);
  });

  test('tells nobody who wants to hear no more, also of what they end by it', () => {
    const answering = answeringNow();
    const heard: string[] = [];
    const leave = answering.onChange(() => {
      heard.push('first');
      leave();
    });
    answering.onChange(() => heard.push('second'));
    answering.begin()();
    expect(heard).toEqual(['first', 'second', 'second']);
  });

  test('whoever comes and goes: it is told of each first and last of a space, when it is so, and of nothing else', () => {
    const step = fc.record({
      ends: fc.boolean(),
      which: fc.nat(6),
      of: fc.constantFrom(here, there, undefined),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const answering = answeringNow();
        const told: string[] = [];
        const shown = (): string => [here, there, undefined].map(answering.isAnswering).join();
        answering.onChange(() => told.push(shown()));
        const begun: { readonly of: typeof here | undefined; readonly end: () => void }[] = [];
        const underWay = new Set<number>();
        const countOf = (of: typeof here | undefined): number =>
          [...underWay].filter((place) => begun[place]?.of === of).length;
        const expected: string[] = [];
        for (const { ends, which, of } of steps) {
          const space = ends ? begun[which]?.of : of;
          const was = countOf(space) > 0;
          // Also one that has ended already, or never began.
          if (ends) begun[which]?.end();
          if (ends) underWay.delete(which);
          else underWay.add(begun.push({ of, end: answering.begin(of) }) - 1);
          const isUnknown = countOf(undefined) > 0;
          const now = [
            countOf(here) > 0 || isUnknown,
            countOf(there) > 0 || isUnknown,
            underWay.size > 0,
          ].join();
          expect(shown()).toBe(now);
          if (countOf(space) > 0 !== was) expected.push(now);
        }
        expect(told).toEqual(expected);
      }),
    );
  });
});

describe('quiet', () => {
  test('is at once where nobody is answered', async () => {
    const clock = createFakeClock();
    await createAnswering(clock).whenQuiet(never);
    expect(clock.waiting()).toBe(0);
  });

  test('comes when the last answer has ended, and leaves nothing behind', async () => {
    const clock = createFakeClock();
    const answering = createAnswering(clock);
    const [endOne, endOther] = [answering.begin(here), answering.begin(there)];
    let isQuiet = false;
    const waiting = answering.whenQuiet(never).then(() => {
      isQuiet = true;
    });
    endOne();
    await clock.advance(1_000);
    expect(isQuiet).toBe(false);
    endOther();
    await waiting;
    expect(clock.waiting()).toBe(0);
  });

  test('is waited for no longer where nobody wants it any more, or for half a minute', async () => {
    const clock = createFakeClock();
    const answering = createAnswering(clock);
    answering.begin();
    await answering.whenQuiet(AbortSignal.abort());
    const leaving = new AbortController();
    const left = answering.whenQuiet(leaving.signal);
    leaving.abort();
    await left;
    expect(clock.waiting()).toBe(0);
    let isOver = false;
    const waiting = answering.whenQuiet(never).then(() => {
      isOver = true;
    });
    await clock.advance(29_999);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await waiting;
    expect(answering.isAnswering()).toBe(true);
  });
});
