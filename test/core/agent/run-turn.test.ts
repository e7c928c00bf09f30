import { afterEach, describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { openDatabase, type SqliteDatabase } from '../../../adapters/sqlite/database.ts';
import { openStores } from '../../../adapters/sqlite/stores.ts';
import { type RunTurnDeps, runTurn, type TurnJob } from '../../../core/agent/run-turn.ts';
import { encodeConversationKey } from '../../../core/domain/conversation.ts';
import { eventId, personId, sessionId, spaceId, unknownAuthor } from '../../../core/domain/ids.ts';
import { policyId } from '../../../core/domain/policy.ts';
import type { SampledTokens } from '../../../core/domain/sampling.ts';
import type { ShownSkill } from '../../../core/domain/skill.ts';
import type { Turn } from '../../../core/domain/turn.ts';
import type { ModelPort } from '../../../core/ports/model.ts';
import { sampleSampled } from '../../contract/store-samples.ts';
import { createFakeChannel } from '../../fakes/channel/fake-channel.ts';
import { createScriptedModel, type ScriptedModel } from '../../fakes/model/scripted-model.ts';
import { skillNamed } from '../../fakes/skills/sample-skill.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';

const place = {
  platform: 'fake',
  spaceId: spaceId('fake', 'home'),
  audience: 'group',
  channelId: 'general',
} as const;
const ann = personId('fake', 'ann');
const eve = personId('fake', 'eve');
const zoe = personId('fake', 'zoe');

const skillOf = (name: string, author: typeof ann, propensity: number): ShownSkill => ({
  name: skillNamed(name),
  version: 2,
  contentHash: name,
  score: 0.7,
  propensity,
  because: ['word'],
  learnedFrom: { platforms: ['fake'], authors: [author] },
  scope: { kind: 'user', platform: 'fake', spaceId: place.spaceId, personId: ann },
  trial: 3,
});
const shown = skillOf('shown', eve, 0.5);
const masked = skillOf('masked', zoe, 0.5);

interface Run {
  readonly turn: Turn | undefined;
  readonly model: ScriptedModel;
  /** What is kept of what an engine read and wrote. */
  readonly stored: readonly SampledTokens[];
}

let database: SqliteDatabase | undefined;
afterEach(() => database?.close());

async function run(
  skillsFor: RunTurnDeps['skillsFor'],
  more: Partial<Pick<RunTurnDeps, 'keepsSampled' | 'isHoldOut' | 'model' | 'policyFor'>> = {},
): Promise<Run> {
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  database = openDatabase({ path: ':memory:', logger });
  const { turns, ledger } = openStores(database);
  const model = createScriptedModel([[{ do: 'text', text: 'An answer.' }]]);
  const channel = createFakeChannel({ now: () => clock.now() });
  const deps: RunTurnDeps = {
    turns,
    ledger,
    model,
    tools: { list: () => [], call: async () => ({ text: 'none', isError: true }) },
    maxToolRounds: 1,
    markdown: createMarkdown(),
    clock,
    ids: createSequentialIds(),
    logger,
    metrics: { count: () => {}, snapshot: () => ({}) },
    goingDown: new AbortController().signal,
    quietUntil: () => ({ dueAt: {} }),
    skillsFor,
    isHoldOut: () => false,
    keepsSampled: () => true,
    persona: 'You help.',
    historyBudgetTokens: 100,
    ...more,
  };
  const job: TurnJob = {
    channel,
    conversation: place,
    conversationKey: encodeConversationKey(place),
    sessionId: sessionId('s1'),
    askerId: ann,
    askerName: 'Ann',
    eventIds: [eventId('fake', 'e1')],
    requestRefs: [],
    requestText: 'a question',
    quotes: [],
    history: [],
    promptAuthors: [ann],
  };
  const running = runTurn(job, deps, {
    signal: new AbortController().signal,
    becameVisible: () => {},
    askedModel: () => {},
  });
  await clock.advance(60_000);
  const outcome = await running;
  const turn = outcome.kind === 'ended' ? await turns.get(outcome.turnId) : undefined;
  return { turn, model, stored: turn === undefined ? [] : await turns.sampled(turn.turnId) };
}

describe('the policy of a turn', () => {
  const noSkills = { generation: 1, shown: [], masked: [], block: '' };

  test('is asked for once by place and conversation, and answers with its persona', async () => {
    const asked: unknown[] = [];
    const { model } = await run(() => noSkills, {
      policyFor: (...args) => {
        asked.push(args);
        return { policyId: policyId('p-7'), persona: 'You are brief.' };
      },
    });
    expect(asked).toEqual([[place, encodeConversationKey(place)]]);
    expect(model.requests).toMatchObject([{ policy: 'p-7' }]);
    expect(model.requests[0]?.messages[0]?.text).toContain('You are brief.');
    expect(model.requests[0]?.messages[0]?.text).not.toContain('You help.');
  });

  test('without one the configured model and persona answer', async () => {
    const { model } = await run(() => noSkills, { policyFor: () => undefined });
    expect(model.requests[0]).not.toHaveProperty('policy');
    expect(model.requests[0]?.messages[0]?.text).toContain('You help.');
  });

  test('one without words of its own keeps the configured persona', async () => {
    const { model } = await run(() => noSkills, { policyFor: () => ({ policyId: policyId('p-8') }) });
    expect(model.requests[0]).toMatchObject({ policy: 'p-8' });
    expect(model.requests[0]?.messages[0]?.text).toContain('You help.');
  });

  test('those whom its persona was learned from are authors of the prompt, as a skill’s are', async () => {
    const skills = () => ({ generation: 1, shown: [shown], masked: [], block: '' });
    const bob = personId('elsewhere', 'bob');
    const learnedFrom = { platforms: ['elsewhere', 'nameless'], authors: [bob] };
    const { turn } = await run(skills, {
      policyFor: () => ({ policyId: policyId('p-9'), persona: 'You are brief.', learnedFrom }),
    });
    // Of a platform that names nobody somebody unknown, so that the door asks for its terms.
    expect(turn?.promptAuthors).toEqual([ann, eve, bob, unknownAuthor('nameless')]);
  });
});

describe('the skills of a turn', () => {
  test('are asked for by words, place, person and session, and stored as shown and as masked', async () => {
    const asked: unknown[] = [];
    const { turn, model } = await run((...args) => {
      asked.push(args);
      return { generation: 4, shown: [shown], masked: [masked], block: 'THE BLOCK' };
    });
    expect(asked).toEqual([['a question', place, { personId: ann, sessionId: 's1' }]]);
    expect(turn).toMatchObject({ state: 'done', generation: 4, skills: [shown], maskedSkills: [masked] });
    expect(model.requests[0]?.messages[0]?.text).toContain('THE BLOCK');
  });

  test('whom a masked one was learned from has no words in the prompt', async () => {
    const { turn } = await run(() => ({ generation: 4, shown: [shown], masked: [masked], block: '' }));
    expect(turn?.promptAuthors).toEqual([ann, eve]);
  });

  test('may come a little later', async () => {
    const found = { generation: 4, shown: [shown], masked: [], block: 'THE BLOCK' };
    const { turn, model } = await run(async () => found);
    expect(turn).toMatchObject({ state: 'done', skills: [shown], maskedSkills: [] });
    expect(model.requests[0]?.messages[0]?.text).toContain('THE BLOCK');
  });
});

describe('what an engine read and wrote', () => {
  const sampled = sampleSampled('one', 1);
  const engine: ModelPort = {
    description: 'engine',
    async *stream() {
      yield { type: 'started', model: 'v1' };
      yield { type: 'text', text: 'An answer.' };
      yield { type: 'completed', finishReason: 'stop', sampled };
    },
  };
  const skills = () => ({ generation: 4, shown: [shown], masked: [masked], block: '' });

  test('is kept where that is decided by all that the turn is known to be', async () => {
    const asked: unknown[] = [];
    const isHoldOut = (): boolean => true;
    const keepsSampled: RunTurnDeps['keepsSampled'] = (turn) => asked.push(turn) > 0;
    const { turn, stored } = await run(skills, { model: engine, isHoldOut, keepsSampled });
    expect(stored).toEqual([sampled]);
    const facts = {
      conversation: place,
      askerId: ann,
      promptAuthors: [ann, eve],
      skills: [shown],
      isHoldOut: true,
    };
    expect(asked).toEqual([facts]);
    expect(turn).toMatchObject(facts);
  });

  test('is not kept elsewhere, though the answer is', async () => {
    const { turn, stored } = await run(skills, { model: engine, keepsSampled: () => false });
    expect(turn).toMatchObject({ state: 'done', replyText: 'An answer.' });
    expect(stored).toEqual([]);
  });
});
