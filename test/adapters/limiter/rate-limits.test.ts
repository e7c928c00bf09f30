import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { errorOf, openScene, refusal, refusedBy, to } from './limiter-scene.ts';

describe('a refusal for too many calls', () => {
  test('the job is run again in its place when the platform says so, and nothing overtakes it', async () => {
    const { limiter, begun, job, quiet, advance } = openScene();
    const first = limiter.run(to('chat'), job('first', refusedBy(refusal(3_000), refusal(2_000))));
    const second = limiter.run(to('chat', { method: 'other' }), job('second'));
    await quiet();
    expect(limiter.queue().waiting).toBe(2);
    await advance(2_999);
    expect(begun).toEqual(['first@0']);
    await advance(1);
    expect(begun).toEqual(['first@0', 'first@3000']);
    await advance(2_000);
    expect(await first).toBe('done');
    expect(await second).toBe('second');
    expect(begun).toEqual(['first@0', 'first@3000', 'first@5000', 'second@5000']);
    expect(limiter.queue().waiting).toBe(0);
  });

  test('without a time from the platform it is a second', async () => {
    const { limiter, begun, job, quiet, advance } = openScene();
    const ending = limiter.run(to('chat'), job('x', refusedBy(new AppError('rate_limited', 'Wait.'))));
    await quiet();
    await advance(999);
    expect(begun).toHaveLength(1);
    await advance(1);
    expect(await ending).toBe('done');
    expect(begun).toEqual(['x@0', 'x@1000']);
  });

  test('the spacing of the destination holds after a short pause too', async () => {
    const { limiter, begun, job, quiet, advance } = openScene();
    const ending = limiter.run(to('chat', { minIntervalMs: 1_000 }), job('x', refusedBy(refusal(10))));
    await quiet();
    await advance(999);
    expect(begun).toHaveLength(1);
    await advance(1);
    await ending;
    expect(begun).toEqual(['x@0', 'x@1000']);
  });

  test.each([
    ['destination', ['a@0', 'b@0', 'b other@0', 'a@5000', 'a other@5000']],
    ['method', ['a@0', 'b other@0', 'a@5000', 'b@5000', 'a other@5000']],
  ] as const)('it holds back the same %s and nothing else', async (pauses, order) => {
    const { limiter, begun, job, quiet, advance } = openScene({ pauses });
    const all = [limiter.run(to('a'), job('a', refusedBy(refusal(5_000))))];
    await quiet();
    all.push(
      limiter.run(to('a', { method: 'other' }), job('a other')),
      limiter.run(to('b'), job('b')),
      limiter.run(to('c', { method: 'other' }), job('b other')),
    );
    await quiet();
    await advance(4_999);
    expect(begun).toHaveLength(pauses === 'method' ? 2 : 3);
    await advance(1);
    await Promise.all(all);
    expect(begun).toEqual(order);
  });

  test('a second one during the pause makes it longer, a shorter one does not cut it', async () => {
    const { limiter, begun, job, began, quiet, advance } = openScene({ pauses: 'method' });
    const answers = ['slow', 'slower'].map(() => Promise.withResolvers<void>());
    const underWay = answers.map(({ promise }, at) => {
      let tries = 0;
      const work = async () => {
        tries += 1;
        if (tries === 1) await promise;
        return at;
      };
      return limiter.run(to(`chat-${at}`), job(`under way ${at}`, work));
    });
    await began(2);
    const first = limiter.run(to('chat'), job('first', refusedBy(refusal(4_000))));
    await quiet();
    await advance(1_000);
    answers[0]?.reject(refusal(1_000));
    await advance(2_000);
    answers[1]?.reject(refusal(6_000));
    await advance(5_999);
    expect(begun).toEqual(['under way 0@0', 'under way 1@0', 'first@0']);
    await advance(1);
    await Promise.all([first, ...underWay]);
    expect(begun.slice(3).toSorted()).toEqual(['first@9000', 'under way 0@9000', 'under way 1@9000']);
  });

  test('what the pause let go at once still keeps the method’s rate', async () => {
    const { limiter, begun, job, quiet, advance } = openScene({ pauses: 'method', perMinute: { send: 15 } });
    const all = [errorOf(limiter.run(to('a'), job('a', refusedBy(refusal(1_000)))))];
    await quiet();
    for (const name of ['b', 'c', 'd', 'e']) all.push(errorOf(limiter.run(to(name), job(name))));
    await advance(1_000);
    // Three at once: one is used up by the refusal.
    expect(begun).toEqual(['a@0', 'a@1000', 'b@1000']);
    await limiter.stop();
    await Promise.all(all);
  });
});

describe('waiting has an end', () => {
  test('a long wait goes to the caller at once, and with it to all that wait there', async () => {
    const { limiter, begun, job, quiet } = openScene();
    const long = refusal(40_000);
    const first = errorOf(limiter.run(to('chat'), job('first', refusedBy(long))));
    const second = errorOf(limiter.run(to('chat'), job('second')));
    const third = limiter.run(to('elsewhere'), job('elsewhere'));
    await quiet();
    expect(await first).toBe(long);
    expect(await second).toMatchObject({
      code: 'rate_limited',
      retryable: true,
      retryAfterMs: 40_000,
      message: long.message,
      cause: long,
    });
    expect(await third).toBe('elsewhere');
    expect(begun).toEqual(['first@0', 'elsewhere@0']);
    expect(limiter.queue().waiting).toBe(0);
  });

  test('nobody asks the platform again before the time that it named; who comes near its end waits', async () => {
    const { limiter, begun, job, quiet, advance } = openScene();
    await errorOf(limiter.run(to('chat'), job('first', refusedBy(refusal(40_000)))));
    await advance(5_000);
    const second = limiter.run(to('chat'), job('second'));
    expect(await errorOf(second)).toMatchObject({
      code: 'rate_limited',
      retryable: true,
      retryAfterMs: 35_000,
    });
    await advance(10_000);
    const third = limiter.run(to('chat'), job('third'));
    await quiet();
    expect(begun).toEqual(['first@0']);
    await advance(25_000);
    expect(await third).toBe('third');
    expect(await limiter.run(to('chat'), job('fourth'))).toBe('fourth');
    expect(begun).toEqual(['first@0', 'third@40000', 'fourth@40000']);
  });

  test('a success that began before the refusal does not end its pause', async () => {
    const { limiter, begun, job, began, quiet, advance } = openScene({ pauses: 'method' });
    const slow = Promise.withResolvers<string>();
    const early = limiter.run(
      to('early'),
      job('early', () => slow.promise),
    );
    await began(1);
    const refused = limiter.run(to('chat'), job('refused', refusedBy(refusal(5_000))));
    await quiet();
    slow.resolve('well');
    expect(await early).toBe('well');
    const later = limiter.run(to('later'), job('later'));
    await quiet();
    expect(begun).toEqual(['early@0', 'refused@0']);
    await advance(5_000);
    await Promise.all([refused, later]);
    expect(begun).toHaveLength(4);
  });

  test('waits add up over refusals, for the refused job and for those behind it', async () => {
    const { limiter, begun, job, quiet, advance } = openScene({ maxRateLimitWaitMs: 10_000 });
    const last = refusal(4_000);
    const refusals = refusedBy(refusal(4_000), refusal(4_000), last);
    const first = errorOf(limiter.run(to('chat'), job('first', refusals)));
    const behind = errorOf(limiter.run(to('chat'), job('behind')));
    await quiet();
    await advance(4_000);
    // Given later: it has not waited so long yet.
    const later = limiter.run(to('chat'), job('later'));
    await advance(4_000);
    expect(await first).toBe(last);
    expect(await behind).toMatchObject({ code: 'rate_limited', retryAfterMs: 4_000 });
    expect(begun).toEqual(['first@0', 'first@4000', 'first@8000']);
    await advance(4_000);
    expect(await later).toBe('later');
  });

  test('after a success, waiting counts from the next refusal', async () => {
    const { limiter, job, quiet, advance } = openScene({ maxRateLimitWaitMs: 10_000 });
    const first = limiter.run(to('chat'), job('first', refusedBy(refusal(8_000))));
    const second = limiter.run(to('chat'), job('second', refusedBy(refusal(8_000))));
    await quiet();
    await advance(8_000);
    expect(await first).toBe('done');
    await advance(8_000);
    expect(await second).toBe('done');
  });

  test('a job that does not wait gets the refusal at once, its own and that of others', async () => {
    const { limiter, begun, job, quiet, advance } = openScene();
    const own = refusal(5_000);
    const call = to('chat', { waitsOnRateLimit: false });
    expect(await errorOf(limiter.run(call, job('own', refusedBy(own))))).toBe(own);
    expect(await errorOf(limiter.run(call, job('held')))).toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 5_000,
    });
    const patient = limiter.run(to('chat'), job('patient'));
    await quiet();
    await advance(5_000);
    expect(await patient).toBe('patient');
    expect(await limiter.run(call, job('free'))).toBe('free');
    expect(begun).toEqual(['own@0', 'patient@5000', 'free@5000']);
  });
});

describe('a pause is cut', () => {
  test('by `hurry`: the refused job gets its refusal, those behind it too, spacing still holds', async () => {
    const { limiter, begun, job, quiet, advance } = openScene();
    const hurrying = new AbortController();
    const hurry = hurrying.signal;
    const own = refusal(20_000);
    const refused = errorOf(limiter.run(to('chat', { hurry }), job('refused', refusedBy(own))));
    const behind = errorOf(limiter.run(to('chat', { hurry }), job('behind')));
    const spaced = ['one', 'two'].map((name) =>
      limiter.run(to('elsewhere', { hurry, minIntervalMs: 1_000 }), job(name)),
    );
    await quiet();
    hurrying.abort();
    await quiet();
    expect(await refused).toBe(own);
    expect(await behind).toMatchObject({ code: 'rate_limited', cause: own });
    await advance(1_000);
    expect(await Promise.all(spaced)).toEqual(['one', 'two']);
    expect(begun).toEqual(['refused@0', 'one@0', 'two@1000']);
  });

  test('by `stop`: the refused job rejects with its refusal, what never began with `aborted`', async () => {
    const { clock, limiter, begun, began, job, quiet } = openScene({ pauses: 'method' });
    const own = refusal(20_000);
    const late = refusal(1_000);
    const answer = Promise.withResolvers<void>();
    const running = errorOf(
      limiter.run(
        to('running'),
        job('running', () => answer.promise),
      ),
    );
    await began(1);
    const refused = errorOf(limiter.run(to('chat'), job('refused', refusedBy(own))));
    const behind = errorOf(limiter.run(to('chat'), job('behind')));
    await quiet();
    const held = errorOf(limiter.run(to('held'), job('held')));
    await clock.advance(0);
    const stopped = limiter.stop();
    answer.reject(late);
    await stopped;
    expect(await refused).toBe(own);
    expect(await running).toBe(late);
    expect(await behind).toMatchObject({ code: 'aborted' });
    expect(await held).toMatchObject({ code: 'aborted' });
    expect(begun).toEqual(['running@0', 'refused@0']);
    expect(clock.waiting()).toBe(0);
  });
});
