import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../core/domain/app-error.ts';
import { answer, hold } from '../fakes/model/scripted-model.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { type BotHarness, createBotHarness, minute } from './bot-harness.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metaclaw-restart-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const done = async ({ stores }: BotHarness): Promise<number> => (await stores.turns.counts()).done;

describe('a stop and a start', () => {
  test('end the session, and the next one goes on with the talk', async () => {
    const path = join(folder, 'metaclaw.db');
    const clock = createFakeClock();
    const first = await createBotHarness({ path, clock, steps: [answer('Hello Ann.')] });
    await first.start();
    await first.channel.person.says('I am Ann');
    await first.until(async () => (await done(first)) === 1, 'answered');
    const before = (await first.stores.turns.byReply(first.channel.messages()[0]!.ref))!.sessionId;
    await first.stop();

    const second = await createBotHarness({
      path,
      clock,
      channel: first.channel,
      steps: [answer('Ann.'), answer('Who?')],
    });
    await second.start();
    expect(await second.stores.sessions.get(before)).toMatchObject({ endReason: 'shutdown' });
    await second.channel.person.says('Who am I?');
    await second.until(async () => (await done(second)) === 2, 'answered again');
    expect(second.model.requests[0]?.messages.slice(1).map(({ text }) => text)).toEqual([
      'I am Ann',
      'Hello Ann.',
      'Who am I?',
    ]);
    await second.stop();

    // A pause longer than the gap lies between the next two lives: nothing is carried over.
    await clock.advance(180 * minute);
    const third = await createBotHarness({
      path,
      clock,
      channel: first.channel,
      steps: [answer('I do not know.')],
    });
    await third.start();
    await third.channel.person.says('Who am I?');
    await third.until(async () => (await done(third)) === 3, 'answered once more');
    expect(third.model.requests[0]?.messages).toHaveLength(2);
    await third.stop();
  });

  test('go on with the talk over several of them in a row', async () => {
    const path = join(folder, 'metaclaw.db');
    const clock = createFakeClock();
    let channel: BotHarness['channel'] | undefined;
    let asked: readonly string[] = [];
    for (const [index, words] of ['one', 'two', 'three'].entries()) {
      const life = await createBotHarness({
        path,
        clock,
        ...(channel === undefined ? {} : { channel }),
        steps: [answer(`Answer ${index}.`)],
      });
      channel = life.channel;
      await life.start();
      await life.channel.person.says(words);
      await life.until(async () => (await done(life)) === index + 1, 'answered');
      asked = life.model.requests[0]?.messages.slice(1).map(({ text }) => text) ?? [];
      await life.stop();
      await clock.advance(minute);
    }
    expect(asked).toEqual(['one', 'Answer 0.', 'two', 'Answer 1.', 'three']);
  });

  test('an answer nobody saw yet is given up at the deadline and answered after the start', async () => {
    const path = join(folder, 'metaclaw.db');
    const clock = createFakeClock();
    const first = await createBotHarness({ path, clock, steps: [hold([], ['never'])] });
    await first.start();
    await first.channel.person.says('Are you there?');
    await first.model.held();
    await first.stop();
    expect(first.channel.texts()).toEqual([]);

    const second = await createBotHarness({ path, clock, channel: first.channel, steps: [answer('I am.')] });
    await second.start();
    await second.until(async () => (await done(second)) === 1, 'answered');
    expect(second.channel.texts()).toEqual(['I am.']);
    await second.stop();
  });

  test('do not wait for a platform that cannot be reached; the answer is delivered after the start', async () => {
    const path = join(folder, 'metaclaw.db');
    const clock = createFakeClock();
    const first = await createBotHarness({ path, clock, steps: [answer('A stored answer.')] });
    await first.start();
    const limited = new AppError('rate_limited', 'Slow down.', { retryable: true, retryAfterMs: 30_000 });
    first.channel.failAlways('send', { kind: 'reject', error: limited });
    await first.channel.person.says('ask');
    await first.until(async () => (await first.stores.turns.counts()).answered === 1, 'the text stored');
    const stoppingAtMs = clock.monotonicMs();
    // The harness lets four seconds pass, of which the bot may take one.
    await first.stop();
    expect(clock.monotonicMs() - stoppingAtMs).toBeLessThan(10_000);

    first.channel.heal('send');
    const second = await createBotHarness({ path, clock, channel: first.channel });
    await second.start();
    await second.until(async () => (await done(second)) === 1, 'delivered');
    expect(second.channel.texts()).toEqual(['A stored answer.']);
    await second.stop();
  });

  test('an answer under way gets its time to finish', async () => {
    const path = join(folder, 'metaclaw.db');
    const harness = await createBotHarness({ path, steps: [hold([], ['Just in time.'])] });
    await harness.start();
    await harness.channel.person.says('Quick!');
    await harness.model.held();
    const stopping = harness.bot.stop(5_000);
    harness.model.release();
    await harness.until(() => harness.channel.texts().includes('Just in time.'), 'the answer');
    await harness.clock.advance(5_000);
    await stopping;
    expect(await done(harness)).toBe(1);
    harness.kill();
  });

  test('what is said meanwhile is stored, disturbs nothing, and is answered after the start', async () => {
    const path = join(folder, 'metaclaw.db');
    const clock = createFakeClock();
    const first = await createBotHarness({ path, clock, steps: [hold([], ['The first answer.'])] });
    await first.start();
    const { person } = first.channel;
    await person.says('first');
    await first.model.held();
    const stopping = first.bot.stop(5_000);
    expect((await person.says('second')).receipt).toBe('stored');
    // What holds nothing up is still answered while the platform is there.
    expect((await person.commands('status')).receipt).toBe('stored');
    await first.until(() => first.channel.texts().some((text) => text.includes('All is well')), 'the status');
    first.model.release();
    await first.until(() => first.channel.texts().includes('The first answer.'), 'the answer');
    await stopping;
    // Between the last answer and the platform's own stop.
    expect((await person.says('third')).receipt).toBe('stored');
    expect((await person.commands('help')).receipt).toBe('stored');
    expect(first.model.requests).toHaveLength(1);
    const waiting = (await first.stores.inbox.pending()).map(({ event }) =>
      event.type === 'message_received' ? event.text : event.type,
    );
    expect(waiting).toEqual(['second', 'third', 'command_invoked']);
    await first.channel.stop();
    first.kill();

    const steps = [answer('The second answer.')];
    const second = await createBotHarness({ path, clock, channel: first.channel, steps });
    await second.start();
    await second.until(async () => (await second.stores.inbox.pending()).length === 0, 'all answered');
    expect(second.model.requests[0]?.messages.at(-1)?.text).toBe('second\nthird');
    expect(second.channel.texts()).toContain('The second answer.');
    expect(second.channel.texts().some((text) => text.includes('Just write to me'))).toBe(true);
    await second.stop();
  });

  test('one that shows half is cut off with a word and Retry', async () => {
    const path = join(folder, 'metaclaw.db');
    const harness = await createBotHarness({
      path,
      steps: [hold(['A first sentence, long enough to be shown.'])],
    });
    await harness.start();
    await harness.channel.person.says('Tell me.');
    await harness.until(() => harness.channel.messages().length === 1, 'the first text');
    const stopping = harness.bot.stop(1_000);
    for (let step = 0; step < 40; step += 1) await harness.clock.advance(100);
    await stopping;
    expect(harness.channel.texts()[0]).toContain('I was restarted');
    expect((await harness.stores.turns.counts()).interrupted).toBe(1);
    harness.kill();
  });

  test('a command that was taken and waited for its turn runs after the start', async () => {
    const path = join(folder, 'metaclaw.db');
    const clock = createFakeClock();
    const first = await createBotHarness({ path, clock, steps: [hold([], ['never'])] });
    await first.start();
    await first.channel.person.says('I am Ann');
    await first.model.held();
    const { receipt } = await first.channel.person.commands('new');
    expect(receipt).toBe('stored');
    await first.channel.stop();
    first.kill();

    const steps = [answer('Hello Ann.'), answer('I do not know.')];
    const second = await createBotHarness({ path, clock, channel: first.channel, steps });
    await second.start();
    await second.until(async () => (await done(second)) === 1, 'answered');
    await second.until(async () => (await second.stores.inbox.pending()).length === 0, 'the command done');
    await second.clock.advance(10_000);
    await second.channel.person.says('Who am I?');
    await second.until(async () => (await done(second)) === 2, 'answered again');
    expect(second.model.requests[1]?.messages).toHaveLength(2);
    await second.stop();
  });

  test('an event that cut the process off again and again is given up with a word', async () => {
    const path = join(folder, 'metaclaw.db');
    const clock = createFakeClock();
    let life = await createBotHarness({ path, clock, steps: [hold()] });
    await life.start();
    await life.channel.person.says('The fatal words');
    await life.model.held();
    const { channel } = life;
    for (let death = 1; death <= 3; death += 1) {
      await life.until(
        async () => (await life.stores.inbox.pending())[0]?.attempts === death,
        `attempt ${death}`,
      );
      await channel.stop();
      life.kill();
      life = await createBotHarness({ path, clock, channel, steps: death < 3 ? [hold()] : [] });
      await life.start();
      if (death < 3) await life.model.held();
    }
    await life.until(async () => (await life.stores.inbox.pending()).length === 0, 'given up');
    expect(channel.texts()).toEqual([expect.stringContaining('I have stopped trying')]);
    await life.stop();
  });
});
