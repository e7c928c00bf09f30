import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import type { DraftDecisions } from '../../../core/commands/skill-tools.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { ChannelCapabilities } from '../../../core/domain/capabilities.ts';
import { encodeConversationKey } from '../../../core/domain/conversation.ts';
import { type MessageRef, sameMessage } from '../../../core/domain/message-ref.ts';
import type { Proposal } from '../../../core/domain/proposal.ts';
import { createDraftDesk } from '../../../core/intake/draft-desk.ts';
import { createNotifier } from '../../../core/intake/notifier.ts';
import { createFakeChannel } from '../../fakes/channel/fake-channel.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { proposal } from '../commands/proposal-fixture.ts';

interface RigOptions {
  readonly draft?: Partial<Proposal>;
  readonly capabilities?: Partial<ChannelCapabilities>;
  readonly decideFails?: AppError;
}

/** A desk over the fake channel, with one draft in its store and maintainers in the channel `admins`. */
async function rig(options: RigOptions = {}) {
  const clock = createFakeClock();
  const ids = createSequentialIds();
  const logger = createMemoryLogger();
  const markdown = createMarkdown();
  const channel = createFakeChannel({
    capabilities: { canOpenForms: true, ...options.capabilities },
    now: () => clock.now(),
  });
  const place = channel.personAs({ space: 'space-1', channelId: 'admins', audience: 'group' }).conversation;
  let stored = proposal({ spaceId: place.spaceId, ...options.draft });
  const calls: string[] = [];
  const decided = async (what: string, state: Proposal['state']): Promise<Proposal> => {
    calls.push(what);
    if (options.decideFails !== undefined) throw options.decideFails;
    stored = { ...stored, state, revision: stored.revision + 1 };
    return stored;
  };
  const decide: DraftDecisions = {
    approve: (number, _, by) => decided(`approve ${number} ${by.role}`, 'applied'),
    reject: (number, _, __, by) => decided(`reject ${number} ${by.role}`, 'rejected'),
    undo: (number, by) => decided(`undo ${number} ${by.role}`, 'undone'),
    edit: async () => stored,
  };
  const channelOf = (platform: string) => (platform === channel.platform ? channel : undefined);
  const desk = createDraftDesk({
    proposals: {
      get: async () => stored,
      byCard: async (ref: MessageRef) =>
        stored.card !== undefined && sameMessage(stored.card, ref) ? stored : undefined,
      async update(_, __, patch) {
        stored = { ...stored, ...patch, revision: stored.revision + 1 };
        return stored;
      },
    },
    policies: { placeOf: async () => place },
    decide,
    notifier: createNotifier({ channelOf, markdown, clock, ids, logger }),
    channelOf,
    markdown,
    ids,
    logger,
    maintainers: [],
    skillOf: () => undefined,
  });
  await channel.start(async (event) => {
    if (event.type === 'action_invoked') {
      await (event.actionId.startsWith('skill.edit') ? desk.openEditor(event) : desk.press(event));
    }
    return 'stored';
  });
  const maintainer = channel.personAs({
    id: 'boss',
    role: 'maintainer',
    space: 'space-1',
    channelId: 'admins',
    audience: 'group',
  });
  const somebody = channel.personAs({ id: 'eve', space: 'space-1', channelId: 'admins', audience: 'group' });
  const card = (): MessageRef => {
    if (stored.card === undefined) throw new Error('no card was posted');
    return stored.card;
  };
  return {
    desk,
    channel,
    calls,
    place,
    maintainer,
    somebody,
    card,
    draft: () => stored,
    change(changes: Partial<Proposal>) {
      stored = { ...stored, ...changes };
    },
    buttons: () => channel.message(card())?.current?.actions?.[0]?.map(({ label }) => label) ?? [],
  };
}

describe('the card of a draft', () => {
  test('appears where the space wants it, with its buttons', async () => {
    const { desk, channel, draft, card, buttons } = await rig();
    await desk.show(draft());
    expect(channel.message(card())?.text).toContain('Give sums in euros.');
    expect(buttons()).toEqual(['Approve', 'Edit', 'Reject']);
  });

  test('Approve decides once, and leaves Undo', async () => {
    const { desk, draft, card, maintainer, calls, buttons, channel } = await rig();
    await desk.show(draft());
    await maintainer.presses(card(), 'skill.approve.3fa2c1d4');
    expect(calls).toEqual(['approve 12 maintainer']);
    expect(buttons()).toEqual(['Undo']);
    expect(channel.texts().at(-1)).toContain('Approved.');
    await maintainer.presses(card(), 'skill.undo.3fa2c1d4');
    expect(calls).toEqual(['approve 12 maintainer', 'undo 12 maintainer']);
    expect(buttons()).toEqual([]);
  });

  test('is for maintainers only', async () => {
    const { desk, draft, card, somebody, calls, channel } = await rig();
    await desk.show(draft());
    await somebody.presses(card(), 'skill.approve.3fa2c1d4');
    await somebody.presses(card(), 'skill.edit.3fa2c1d4');
    expect(calls).toEqual([]);
    expect(channel.texts().filter((text) => text.includes('Only the people who run me'))).toHaveLength(2);
    expect(channel.forms).toEqual([]);
  });

  test('a press that was meant for an earlier text decides nothing', async () => {
    const { desk, draft, card, maintainer, calls, channel, change } = await rig();
    await desk.show(draft());
    change({ draftHash: 'ffffffffffff' });
    await maintainer.presses(card(), 'skill.approve.3fa2c1d4');
    expect(calls).toEqual([]);
    expect(channel.texts().at(-1)).toContain('has changed since you looked at it');
    expect(channel.message(card())?.current?.actions?.[0]?.[0]?.actionId).toBe('skill.approve.ffffffff');
  });

  test('who comes second is told, and sees how it stands', async () => {
    const late = new AppError('conflict', 'Somebody else has just approved draft 12.');
    const { desk, draft, card, maintainer, channel } = await rig({ decideFails: late });
    await desk.show(draft());
    await maintainer.presses(card(), 'skill.reject.3fa2c1d4');
    expect(channel.texts().at(-1)).toBe('Somebody else has just approved draft 12.');
  });

  test('Edit opens a form with the present text, or says how to write it', async () => {
    const withForms = await rig();
    await withForms.desk.show(withForms.draft());
    await withForms.maintainer.presses(withForms.card(), 'skill.edit.3fa2c1d4');
    expect(withForms.channel.forms[0]).toMatchObject({
      formId: 'skill.draft',
      subject: 'skill.draft:12.3fa2c1',
    });
    const without = await rig({ capabilities: { canOpenForms: false } });
    await without.desk.show(without.draft());
    await without.maintainer.presses(without.card(), 'skill.edit.3fa2c1d4');
    expect(without.channel.texts().at(-1)).toContain('/skill edit 12.3fa2c1');
  });

  test('a card of another place, or of no draft, is not known', async () => {
    const { desk, draft, maintainer, channel, calls } = await rig();
    await desk.show(draft());
    const elsewhere = { platform: 'fake', channelId: 'admins', messageId: 'other' };
    await maintainer.presses(elsewhere, 'skill.approve.3fa2c1d4');
    expect(channel.texts().at(-1)).toContain('no longer know which draft');
    expect(calls).toEqual([]);
  });

  test('fits where messages are short', async () => {
    const long = { name: 'x', description: 'd', triggers: [], body: 'word '.repeat(2_000) };
    const { desk, draft, channel, card, buttons } = await rig({
      capabilities: { maxTextChars: 500 },
      draft: { operation: { op: 'add', draft: long, why: 'w' } },
    });
    await desk.show(draft());
    expect(channel.message(card())?.text.length).toBeLessThanOrEqual(500);
    expect(buttons()).toContain('Approve');
  });
});

test('whoever asked is told what came of it', async () => {
  const asked = { platform: 'fake', audience: 'direct', channelId: 'channel-1' } as const;
  const world = await rig();
  const askedIn = encodeConversationKey({ ...asked, spaceId: world.place.spaceId });
  await world.desk.show({ ...world.draft(), state: 'refused', reason: 'it holds a secret', askedIn });
  expect(world.channel.texts()).toEqual([
    expect.stringContaining('the checks refused it: it holds a secret'),
  ]);
  await world.desk.show({
    ...world.draft(),
    state: 'applied',
    askedIn,
    scope: {
      kind: 'user',
      platform: 'fake',
      spaceId: world.place.spaceId,
      personId: world.maintainer.person.personId,
    },
  });
  expect(world.channel.texts().at(-1)).toContain('/skill undo 12');
});
