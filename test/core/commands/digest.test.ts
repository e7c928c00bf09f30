import { describe, expect, test } from 'vitest';
import { digestText } from '../../../core/commands/digest.ts';
import { encodeConversationKey } from '../../../core/domain/conversation.ts';
import { personId } from '../../../core/domain/ids.ts';
import type { SkillScope } from '../../../core/domain/skill.ts';
import type { LibraryEvent, SkillEntry } from '../../../core/ports/library-store.ts';
import type { EvolverRun } from '../../../core/ports/proposal-store.ts';
import type { Exposure } from '../../../core/ports/trial-store.ts';
import { type DigestDeps, digestFacts } from '../../../core/skills/digest-facts.ts';
import { conversation, now, skill } from './command-fixtures.ts';
import { proposal } from './proposal-fixture.ts';

const week = 7 * 86_400_000;
const from = now - week;
const space: SkillScope = { kind: 'space', platform: 'fake', spaceId: conversation.spaceId };
const other: SkillScope = {
  kind: 'space',
  platform: 'fake',
  spaceId: 'fake:other' as typeof conversation.spaceId,
};
const own: SkillScope = {
  kind: 'user',
  platform: 'fake',
  spaceId: conversation.spaceId,
  personId: personId('fake', 'ada'),
};

function entry(name: string, state: SkillEntry['state'], changes: Partial<SkillEntry> = {}): SkillEntry {
  return {
    scope: space,
    name: skill(name).name,
    version: 1,
    state,
    isProven: false,
    isPinned: false,
    maskedContexts: [],
    trial: 1,
    since: 0,
    ...changes,
  };
}

function event(
  kind: LibraryEvent['cause']['kind'],
  before: SkillEntry | undefined,
  after: SkillEntry,
  changes: Partial<LibraryEvent> = {},
): LibraryEvent {
  return { revision: 1, generation: 8, at: now - 86_400_000, cause: { kind }, before, after, ...changes };
}

const history: readonly LibraryEvent[] = [
  event('add', undefined, entry('euro-invoices', 'canary'), { cause: { kind: 'add', proposal: 12 } }),
  event('prove', entry('kept', 'active'), entry('kept', 'active', { isProven: true })),
  event('demote', entry('harmful', 'active'), entry('harmful', 'candidate')),
  event('retire', entry('unused', 'active'), entry('unused', 'retired'), {
    cause: { kind: 'retire', reason: 'not used for 90 days' },
  }),
  event('undo', entry('taken-back', 'active'), entry('taken-back', 'retired')),
  event('add', undefined, entry('personal', 'active', { scope: own })),
  event('add', undefined, entry('elsewhere', 'active', { scope: other })),
  event('add', undefined, entry('long-ago', 'active'), { at: from - 1 }),
  event('files', undefined, entry('shipped', 'active', { scope: { kind: 'global' } })),
];

const exposure = (isShown: boolean): Exposure => ({
  scope: space,
  name: skill('euro-invoices').name,
  trial: 1,
  sessionId: 's' as Exposure['sessionId'],
  at: now,
  version: 1,
  isShown,
  propensity: 0.5,
  context: 'c',
  outcome: 0,
  isLabelled: true,
  positives: 2,
  negatives: [{ personId: personId('fake', 'bob'), votes: 1 }],
  turns: 1,
});

const failedRun: EvolverRun = {
  at: now - 1,
  spaceId: conversation.spaceId,
  scope: space,
  trigger: 'threshold',
  topic: 't',
  failures: 3,
  outcome: 'failed',
  cost: { calls: 2, inputTokens: 100, outputTokens: 20 },
  proposals: [],
};

const deps: DigestDeps = {
  library: { history: async () => history },
  generation: () => 8,
  proposals: {
    list: async () => [
      proposal({ state: 'refused', createdAt: now - 5 }),
      proposal({ state: 'rejected', createdAt: from - 5, decidedAt: now - 5 }),
      proposal({ state: 'rejected', createdAt: from - 5, decidedAt: from - 1 }),
    ],
    counts: async () => ({ waiting: 2, applied: 1, refused: 1, rejected: 2, undone: 0, stale: 0 }),
    runs: async () => [failedRun, { ...failedRun, outcome: 'proposed' }, { ...failedRun, at: from - 1 }],
  },
  trials: {
    exposuresSince: async (_, name) =>
      name === 'euro-invoices' ? [exposure(true), exposure(true), exposure(false)] : [],
    labelledTurns: async (since) => (since === from ? 30 : 50),
  },
  samples: { counts: async () => ({ waiting: 9, dropped: 4, trained: 0 }) },
};

describe('the digest of a space', () => {
  test('holds what happened there in that time, and nothing of others or of single persons', async () => {
    const facts = await digestFacts(conversation.spaceId, from, now, deps);
    const names = (lines: readonly { readonly name: string }[]) => lines.map(({ name }) => name);
    expect(names(facts.learned)).toEqual(['euro-invoices']);
    expect(names(facts.proven)).toEqual(['kept']);
    expect(names(facts.stopped)).toEqual(['harmful']);
    expect(names(facts.retired)).toEqual(['unused']);
    expect(names(facts.undone)).toEqual(['taken-back']);
    expect(facts).toMatchObject({
      personal: 1,
      rated: 30,
      ratedBefore: 20,
      waiting: 2,
      refused: 1,
      rejected: 1,
      failedRuns: 1,
    });
    expect(facts.cost).toEqual({ calls: 4, inputTokens: 200, outputTokens: 40 });
    expect(facts.uses).toEqual([{ name: 'euro-invoices', sessions: 2, good: 4, bad: 2 }]);
  });

  test('what moved to others here is told once; what was taken back from them is', async () => {
    const narrow: SkillScope = {
      kind: 'conversation',
      platform: 'fake',
      spaceId: conversation.spaceId,
      conversationKey: encodeConversationKey(conversation),
    };
    const moved = [
      event(
        'scope',
        entry('wider', 'active', { scope: narrow }),
        entry('wider', 'retired', { scope: narrow }),
      ),
      event('scope', undefined, entry('wider', 'active')),
      event('scope', entry('mine', 'active'), entry('mine', 'retired'), { generation: 9 }),
      event('scope', undefined, entry('mine', 'active', { scope: own }), { generation: 9 }),
    ];
    const facts = await digestFacts(conversation.spaceId, from, now, {
      ...deps,
      library: { history: async () => moved },
    });
    expect(facts.learned.map(({ name }) => name)).toEqual(['wider']);
    expect(facts.retired.map(({ name }) => name)).toEqual(['mine']);
  });

  test('reads as a short text', async () => {
    const text = digestText(await digestFacts(conversation.spaceId, from, now, deps)).replaceAll('\\', '');
    for (const part of [
      'Skills: the last 7 days',
      'euro-invoices** version 1, drafted from feedback',
      'unused** version 1: not used for 90 days',
      '30 answers were rated (20 in the stretch before)',
      'in 2 conversations, 4 good and 2 bad ratings',
      '1 change of skills that belong to one person',
      '4 model calls, 200 tokens read and 40 written',
      '2 waiting for a maintainer, 1 refused by the checks, 1 rejected and 1 attempt without a usable draft',
      '9 waiting, 4 dropped',
    ])
      expect(text).toContain(part);
    for (const hidden of ['personal**', 'elsewhere', 'long-ago', 'shipped'])
      expect(text).not.toContain(hidden);
  });

  test('says that nothing happened', async () => {
    const quiet = { ...deps, library: { history: async () => [] } };
    expect(digestText(await digestFacts(conversation.spaceId, from, now, quiet))).toContain(
      'Nothing changed',
    );
  });
});
