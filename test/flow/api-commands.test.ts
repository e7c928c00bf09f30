import { afterEach, describe, expect, test } from 'vitest';
import { createApiCommands } from '../../config/api-commands.ts';
import { encodeConversationKey } from '../../core/domain/conversation.ts';
import { nativeId, personId, sessionId, spaceId, turnId } from '../../core/domain/ids.ts';
import { ownKeyId } from '../../core/intake/talk-key.ts';
import type { ApiCaller } from '../../core/ports/api-access.ts';
import type { ApiCommands } from '../../core/ports/api-commands.ts';
import type { NewProposal } from '../../core/ports/proposal-store.ts';
import { refusalOf } from '../adapters/proxy/endpoints/json-call.ts';
import { sampleTurn } from '../contract/store-samples.ts';
import { fakeWorld } from '../core/commands/command-fixtures.ts';
import { told } from '../core/commands/told.ts';
import { proposal } from '../core/skills/evolver/sample-proposal.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { type BotHarness, createBotHarness } from './bot-harness.ts';

const team = spaceId('api', 'team');
const other = spaceId('api', 'other');
const agent = personId('api', 'key_agent');
const alice = personId('api', 'key_agent.alice');
const bob = personId('api', 'key_bob');
const admin: ApiCaller = { spaceId: team, personId: personId('api', 'key_admin'), name: 'ops' };

let bot: BotHarness | undefined;
afterEach(() => bot?.kill());

interface Setup extends BotHarness {
  readonly commands: ApiCommands;
  /** What a maintainer of the team is told. */
  say(line: string, about?: string): Promise<string>;
  /** The same, as whoever calls by the key. */
  sayAs(line: string, as: string, user?: string): Promise<string>;
}

async function setup(flushed: () => Promise<void> = async () => {}): Promise<Setup> {
  const harness = await createBotHarness();
  bot = harness;
  const commands = createApiCommands({
    runner: harness.bot.commands,
    turns: harness.stores.turns,
    spaces: () => [team, other],
    access: {
      callerNamed(name, user) {
        if (name === 'builder') return { spaceId: team, personId: user === 'alice' ? alice : agent, name };
        return name === 'stranger' ? { spaceId: other, personId: personId('api', 'key_x'), name } : undefined;
      },
      callersIn: () => [agent, bob].map((person) => ({ spaceId: team, personId: person, name: 'a key' })),
    },
    flushed,
    clock: harness.clock,
    ids: createSequentialIds(),
    logger: harness.logger,
  });
  return {
    ...harness,
    commands,
    say: (line, about) => commands.run(team, line, admin, about === undefined ? {} : { about }),
    sayAs: (line, as, user) => commands.run(team, line, admin, user === undefined ? { as } : { as, user }),
  };
}

/** Learned from one agent, whose talk nobody else reads. */
const draftFor = (space: typeof team): NewProposal =>
  proposal({
    spaceId: space,
    scope: { kind: 'user', platform: 'api', spaceId: space, personId: agent },
    people: [agent],
    learnedFrom: { platforms: ['api'], authors: [agent], isPrivate: true },
  });

/** The code in what was said: `1.3fa2c1`. */
function codeIn(markdown: string): string {
  const [code] = /\d+\.[0-9a-f]{6}/.exec(markdown.replaceAll('\\', '')) ?? [];
  if (code === undefined) throw new Error(`no code in: ${markdown}`);
  return code;
}

/** An answer that was given to the agent in one of its talks. */
async function answered(
  { stores }: BotHarness,
  space = team,
  channelId = 'team',
  messageId = 'chatcmpl-1',
  turn = turnId('turn_1'),
): Promise<void> {
  const conversation = { platform: 'api', spaceId: space, audience: 'direct', channelId: 'talk-1' } as const;
  await stores.turns.record({
    turn: {
      ...sampleTurn('turn_1'),
      turnId: turn,
      conversation,
      conversationKey: encodeConversationKey(conversation),
      sessionId: sessionId('session-1'),
      askerId: agent,
      askerName: 'the builder',
      promptAuthors: [agent],
      requestText: 'Why is the sky blue?',
    },
    replyText: 'Because it scatters.',
    replyRefs: [{ platform: 'api', channelId, messageId }],
    end: { state: 'done', endedAt: 2 },
  });
}

describe('drafts of an api space', () => {
  test('are listed, looked at, approved and undone', async () => {
    const { say, stores, library } = await setup();
    await stores.proposals.create(draftFor(team));
    const audience = { platform: 'api', spaceId: team, personId: agent, isShared: false } as const;
    const inUse = () => library.list(audience).map(({ name }) => String(name));

    const code = codeIn(await say('skill list'));
    const [number = ''] = code.split('.');
    expect(await say(`skill approve ${number}`)).toContain('- Add the total.');
    expect(inUse()).toEqual([]);
    expect(await say(`skill approve ${code}`)).toContain(`Draft ${number} is in use`);
    expect(inUse()).toEqual(['invoice-totals']);
    expect(await stores.proposals.get(Number(number))).toMatchObject({ decidedBy: admin.personId });
    expect(await say(`skill undo ${number}`)).toContain('is undone');
    expect(inUse()).toEqual([]);
  });

  test('are edited and rejected, with a reason', async () => {
    const { say, stores } = await setup();
    await stores.proposals.create(draftFor(team));
    const code = codeIn(await say('skill list'));
    const edited = codeIn(await say(`skill edit ${code} - Add the total, in euros.`));
    expect(edited).not.toBe(code);
    expect(await say(`skill reject ${code}`)).toContain('has changed');
    expect(await say(`skill reject ${edited} too narrow`)).toContain('is turned down');
    expect(await stores.proposals.list(['rejected'], 5, team)).toMatchObject([{ reason: 'too narrow' }]);
  });

  test('of another space are not there', async () => {
    const { say, commands, stores } = await setup();
    await stores.proposals.create(draftFor(other));
    expect(await say('skill list')).not.toContain('Drafts');
    const code = codeIn(await commands.run(other, 'skill list', admin));
    expect(await say(`skill approve ${code}`)).toContain('I know no draft');
    expect(await stores.proposals.list(['waiting'], 5, other)).toHaveLength(1);
  });
});

describe('a command as one of the callers', () => {
  /** A skill that is in use for that person alone. */
  async function learned({ stores, say }: Setup, person = agent): Promise<void> {
    await stores.proposals.create({
      ...draftFor(team),
      scope: { kind: 'user', platform: 'api', spaceId: team, personId: person },
    });
    expect(await say(`skill approve ${codeIn(await say('skill list'))}`)).toContain('is in use');
  }

  test('reaches the skills that are its own, and those who give commands otherwise do not', async () => {
    const ready = await setup();
    await learned(ready);
    expect(await ready.say('skill list')).not.toContain('invoice');
    expect(await ready.say('skill show invoice-totals')).toContain('I have no skill');
    expect(await ready.sayAs('skill list', 'builder')).toContain('invoice');
    expect(await ready.sayAs('skill show invoice-totals', 'builder')).toContain('Add the total.');
    expect(await ready.sayAs('skill edit invoice-totals Add it in euros.', 'builder')).toContain('version 2');
    expect(await ready.sayAs('skill show invoice-totals', 'builder')).toContain('Add it in euros.');
    expect(await ready.sayAs('skill disable invoice-totals', 'builder')).toContain('no longer used');
    expect(ready.library.list({ platform: 'api', spaceId: team, personId: agent, isShared: false })).toEqual(
      [],
    );
    expect(await ready.sayAs('skill enable invoice-totals', 'builder')).toContain('in use again');
  });

  test('keeps those on whose behalf it asks apart', async () => {
    const ready = await setup();
    await learned(ready, alice);
    expect(await ready.sayAs('skill list', 'builder')).not.toContain('invoice');
    expect(await ready.sayAs('skill list', 'builder', ' alice ')).toContain('invoice');
  });

  test('may do what maintainers may, in that space alone', async () => {
    const { sayAs, commands, logger } = await setup();
    expect(await sayAs('skill policy auto', 'builder')).toContain('**auto** now');
    expect(logger.of('api_command_given_as')).toMatchObject([{ fields: { by: admin.personId, as: agent } }]);
    expect(await refusalOf(sayAs('status', 'nobody'))).toBe('not_found as');
    expect(await refusalOf(sayAs('status', 'stranger'))).toBe('invalid_input as');
    await expect(sayAs('status', 'stranger')).rejects.toThrow('calls in the space other, not in team');
    expect(await commands.run(other, 'status', admin, { as: 'stranger' })).toContain('Running for');
  });
});

describe('a command about an answer', () => {
  test('is about the one with that id, in its talk', async () => {
    const ready = await setup();
    await answered(ready);
    expect(await ready.say('why', 'chatcmpl-1')).toContain('Why is the sky blue');
    expect(await ready.say('feedback bad too short', 'chatcmpl-1')).toContain('is noted');
    expect(await ready.stores.ledger.ofTurn(turnId('turn_1'))).toMatchObject([{ actorId: admin.personId }]);
    expect(await ready.say('reward hold turn_1')).toContain('is held back');
  });

  test('of another space is about nothing', async () => {
    const ready = await setup();
    await answered(ready, other, nativeId(other));
    expect(await refusalOf(ready.say('why', 'chatcmpl-1'))).toBe('not_found about');
  });

  test('of another space is about nothing whatever its message is called', async () => {
    const ready = await setup();
    await answered(ready, other, nativeId(team));
    expect(await refusalOf(ready.say('why', 'chatcmpl-1'))).toBe('not_found about');
  });

  test('is about the one that a caller calls so', async () => {
    const ready = await setup();
    await answered(ready, team, 'team', ownKeyId(agent, 'ticket-1'));
    expect(await ready.say('why', 'ticket-1')).toContain('Why is the sky blue');
    const asAgent = (user?: string) =>
      ready.commands.run(team, 'why', admin, { about: 'ticket-1', as: 'builder', ...(user && { user }) });
    expect(await asAgent()).toContain('Why is the sky blue');
    expect(await refusalOf(asAgent('alice'))).toBe('not_found about');
    await answered(ready, team, 'team', ownKeyId(bob, 'ticket-1'), turnId('turn_2'));
    expect(await refusalOf(ready.say('why', 'ticket-1'))).toBe('invalid_input about');
    expect(await asAgent()).toContain('turn_1');
  });

  test('finds what was answered a moment ago', async () => {
    const waiting: (() => Promise<void>)[] = [];
    const ready = await setup(async () => {
      for (const store of waiting) await store();
    });
    waiting.push(() => answered(ready));
    expect(await ready.say('why', 'chatcmpl-1')).toContain('Why is the sky blue');
  });

  test('names its asker among those who said how it was', async () => {
    const ready = await setup();
    await answered(ready);
    await ready.commands.run(team, 'feedback bad too short', admin, { about: 'chatcmpl-1', as: 'builder' });
    const why = await ready.say('why', 'chatcmpl-1');
    expect(why).toContain('by command from the builder');
    expect(why).not.toContain(`from \`${agent}`);
  });

  test('that names none is about no talk', async () => {
    const ready = await setup();
    await answered(ready);
    expect(await ready.say('why')).toContain('not answered anything');
  });
});

describe('as a maintainer', () => {
  test('may do what maintainers may, and nothing of the operator’s', async () => {
    const { say } = await setup();
    expect(await say('skill policy auto')).toContain('**auto** now');
    expect(await say('skill rollback 0 everywhere')).toMatch(/operator/);
  });

  test('is shown commands as they are given here, without a slash', async () => {
    const { say } = await setup();
    expect(await say('help')).toContain('`skill list');
    expect(await say('help')).toContain('`POST /v1/feedback`');
    expect(await say('skill frobnicate')).toContain('skill');
  });

  test('is not promised what cannot be posted', async () => {
    const { say, skills } = await setup();
    for (const line of ['skill cards here', 'skill digest HERE']) {
      expect(await say(line), line).toContain('Nothing can be posted');
    }
    expect(await skills.tools.policies.placeOf('cards', team)).toBeUndefined();
    expect(await skills.tools.policies.placeOf('digest', team)).toBeUndefined();
    expect(await say('skill cards')).toContain('nowhere');
  });

  test('is not promised a word that would never follow', async () => {
    const world = fakeWorld();
    const commands = createApiCommands({
      runner: {
        run: async (event, { capabilities }) => {
          const { line } = event;
          const markdown = await told(line, world, { capabilities });
          return { markdown, private: true };
        },
      },
      turns: { byReply: async () => undefined },
      spaces: () => [team],
      access: { callerNamed: () => undefined, callersIn: () => [] },
      flushed: async () => {},
      clock: createFakeClock(),
      ids: createSequentialIds(),
      logger: createMemoryLogger(),
    });
    const answer = await commands.run(team, 'skill learn', admin);
    expect(answer).toContain('I am looking at 2 answers');
    expect(answer).toContain('Nobody is told when there is a draft: skill list shows it then.');
  });

  test('of a space that is not there is told which there are', async () => {
    const { commands } = await setup();
    const unknown = commands.run(spaceId('api', 'tema'), 'status', admin);
    await expect(unknown).rejects.toThrow('There is: team, other');
    expect(await refusalOf(unknown)).toBe('not_found space');
  });
});
