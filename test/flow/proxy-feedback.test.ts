import { describe, expect, test } from 'vitest';
import type { FakeVendor } from '../fakes/upstream-server/vendor-server.ts';
import { behind, type ProxyBot, startProxyBot, vendor } from './proxy-bot.ts';
import { createSkippingClock, type SkippingClock } from './training-clock.ts';

interface Setup {
  readonly fake: FakeVendor;
  readonly bot: ProxyBot;
  readonly clock: SkippingClock;
  /** Asks once; gives the server's id of the answer and the id of the turn. */
  ask(words: string, metadata?: Readonly<Record<string, string>>): Promise<{ id: string; turnId: string }>;
  feedback(body: object, headers?: Readonly<Record<string, string>>): Promise<unknown>;
  /** What the ledger holds of a turn: `change name`, oldest first. */
  ledger(turnId: string): readonly string[];
}

async function setup(clock: SkippingClock = createSkippingClock()): Promise<Setup> {
  const fake = await vendor();
  const { settings, variables } = behind(fake);
  const bot = await startProxyBot({
    clock,
    variables,
    settings: {
      ...settings,
      feedback: { settleSkillsMinutes: 0, settleWeightsMinutes: 0 },
      learning: { holdOutPercent: 0 },
    },
  });
  const client = bot.openai('unused', { 'x-session-id': 'talk' });
  return {
    fake,
    bot,
    clock,
    async ask(words, metadata) {
      const { data, response } = await client.chat.completions
        .create({
          model: 'gpt-test',
          messages: [{ role: 'user', content: words }],
          ...(metadata === undefined ? {} : { metadata }),
        })
        .withResponse();
      return { id: data.id, turnId: response.headers.get('x-metaclaw-turn-id') ?? '' };
    },
    async feedback(body, headers) {
      const response = await bot.post('/feedback', body, headers);
      return { code: response.status, ...Object(await response.json()) };
    },
    ledger: (turnId) =>
      bot
        .rows('SELECT target_turn_id, change, name FROM ledger ORDER BY sequence')
        .filter((row) => row['target_turn_id'] === turnId)
        .map(({ change, name }) => `${change} ${name}`),
  };
}

/** What is to be done within a hundredth of a second is not done by itself: nothing is stored in passing. */
function idleClock(): SkippingClock {
  const clock = createSkippingClock();
  return {
    ...clock,
    after: (delayMs, callback) => clock.after(delayMs > 0 && delayMs <= 10 ? 3_600_000 : delayMs, callback),
  };
}

describe('feedback', () => {
  test('right after the last byte finds its answer, which is not stored yet', async () => {
    const { bot, ask, feedback, ledger } = await setup(idleClock());
    const one = await ask('One');
    expect(bot.turns()).toEqual([]);
    expect(await feedback({ message_id: one.id, rating: 'up' })).toMatchObject({ turn_id: one.turnId });
    expect(ledger(one.turnId)).toEqual(['given good']);
    expect(bot.turns()).toMatchObject([{ turnId: one.turnId, state: 'done' }]);
  });

  test('finds its answer by the server’s id, by the caller’s own key, by our id, and as the last of a talk', async () => {
    const { ask, feedback, ledger, fake } = await setup();
    const one = await ask('One', { metaclaw_key: 'ticket-1', kept: 'yes' });
    expect(await feedback({ message_id: one.id, rating: 'up' })).toMatchObject({
      code: 200,
      turn_id: one.turnId,
    });
    const other = await ask('Two');
    expect(await feedback({ key: 'ticket-1', rating: 'down' })).toMatchObject({ turn_id: one.turnId });
    expect(await feedback({ message_id: other.turnId, rating: 'up' })).toMatchObject({
      turn_id: other.turnId,
    });
    expect(await feedback({ session_id: 'talk', text: 'Shorter.' })).toMatchObject({ turn_id: other.turnId });
    expect(ledger(one.turnId)).toEqual(['given good', 'given bad']);
    expect(ledger(other.turnId)).toEqual(['given good', 'given note']);
    expect(fake.requests[0]?.fields['metadata']).toEqual({ kept: 'yes' });
  });

  test('comes along in the metadata of the next request, which the server never sees', async () => {
    const { ask, ledger, fake } = await setup();
    const one = await ask('One');
    await ask('Two', { metaclaw_feedback: 'up' });
    await expect.poll(() => ledger(one.turnId)).toEqual(['given good']);
    expect(fake.last().fields).not.toHaveProperty('metadata');
    const words = JSON.stringify({ message_id: one.id, rating: 'down', text: 'Too long.' });
    await ask('Three', { metaclaw_feedback: words });
    await expect.poll(() => ledger(one.turnId)).toEqual(['given good', 'given bad', 'given wrong']);
    expect(JSON.stringify(fake.requests.map(({ text }) => text))).not.toContain('metaclaw');
  });

  test('is a reward once it has been quiet, is told by `why`, and is none once it is taken back', async () => {
    const { bot, ask, feedback, clock } = await setup();
    const why = (about: string): Promise<string> => bot.says('why', about);
    const rewards = () =>
      bot
        .rows("SELECT state, reward, outcome FROM settlements WHERE purpose = 'skills'")
        .map(({ state, reward, outcome }) => [state, outcome, JSON.parse(String(reward))?.value]);
    const one = await ask('One');
    await bot.stored(1);
    expect(await why(one.id)).toContain('silence counts for nothing');
    await feedback({ message_id: one.id, rating: 'down', text: 'Too long.' });
    clock.skip(31_000);
    await expect.poll(rewards, { timeout: 10_000 }).toEqual([['settled', 'known', -1]]);
    expect(await why(one.turnId)).toContain('Reward so far: −1.00 from 1 voice');

    await feedback({ message_id: one.id, rating: null });
    clock.skip(31_000);
    await expect.poll(rewards, { timeout: 10_000 }).toEqual([['settled', 'missing', undefined]]);
    expect(await why(one.id)).toContain('silence counts for nothing');
  });

  test('that comes twice with one idempotency key is counted once', async () => {
    const { ask, feedback, ledger } = await setup();
    const one = await ask('One');
    const body = { message_id: one.id, rating: 'up' };
    const headers = { 'idempotency-key': 'job-7' };
    expect(await feedback(body, headers)).toMatchObject({ status: 'stored' });
    expect(await feedback(body, headers)).toMatchObject({ status: 'duplicate' });
    expect(ledger(one.turnId)).toEqual(['given good']);
  });

  test('about nothing that is known, or that says nothing, is refused with the field named', async () => {
    const { bot, ask } = await setup();
    const one = await ask('One');
    const refusal = async (body: object): Promise<unknown> => {
      const response = await bot.post('/feedback', body);
      return [response.status, await response.json()];
    };
    expect(await refusal({ message_id: 'chatcmpl-none', rating: 'up' })).toMatchObject([
      404,
      { error: { param: 'message_id' } },
    ]);
    expect(await refusal({ message_id: one.id })).toMatchObject([400, { error: { param: 'rating' } }]);
    expect(await refusal({ message_id: one.id, rating: 'fine' })).toMatchObject([
      400,
      { error: { param: 'rating' } },
    ]);
    const sent = bot.openai().chat.completions.create({
      model: 'gpt-test',
      messages: [{ role: 'user', content: 'Two' }],
      metadata: { metaclaw_feedback: 'fine' },
    });
    await expect(sent).rejects.toMatchObject({ status: 400, param: 'metadata.metaclaw_feedback' });
    expect(bot.rows('SELECT * FROM ledger')).toEqual([]);
  });
});
