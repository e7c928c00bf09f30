import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { commandCatalogue } from '../../../core/commands/catalogue.ts';
import type { Command } from '../../../core/commands/command.ts';
import { commandUsage, isOffered } from '../../../core/commands/command-spec.ts';
import type { CommandInvocation, PlatformUses } from '../../../core/commands/context.ts';
import { literal } from '../../../core/commands/markdown-text.ts';
import { runCommand } from '../../../core/commands/run-command.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { type ContentUse, contentUses } from '../../../core/domain/content-use.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import { plainText } from '../../../core/domain/plain-text.ts';
import { visibleText } from '../../contract/visible-text.ts';
import {
  conversation,
  conversationKey,
  type FakeWorldOptions,
  fakeWorld,
  invocation,
  now,
  privacyReport,
  settlementOf,
  signal,
  skill,
  turn,
  wellStatus,
} from './command-fixtures.ts';
import { elsewhere, type FakeTrainToolsOptions, policy } from './fake-train-tools.ts';

type UsePermission = PlatformUses['uses'][number];

const markdown = createMarkdown();

/** What a person reads. */
async function answer(
  line: string,
  options: FakeWorldOptions = {},
  changes: Partial<CommandInvocation> = {},
): Promise<string> {
  const reply = await runCommand(invocation(line, changes), fakeWorld(options).deps);
  return plainText(markdown.parse(reply.markdown));
}

const stranger = {
  isAdmitted: false,
  admission: { kind: 'linked', subjects: ['fake:user:1'] },
} as const;

const slackLike = {
  commandPrefix: '/metaclaw ',
  feedbackHint: 'Press the buttons.',
  isLocal: false,
  canReadThreads: false,
  hasWrittenCommands: false,
  canSendPrivately: true,
  canAnswerPrivately: true,
  canShowImages: false,
};

describe('what depends on the place', () => {
  const local = {
    commandPrefix: '/',
    feedbackHint: 'Rate it with the keys.',
    isLocal: true,
    canReadThreads: false,
    hasWrittenCommands: false,
    canSendPrivately: true,
    canAnswerPrivately: true,
    canShowImages: false,
  };

  test('help says how answers are rated there', async () => {
    expect(await answer('help')).toContain('React with 👍 or 👎.');
    expect(await answer('help', {}, { capabilities: local })).toContain('Rate it with the keys.');
  });

  test('in a group people are told to mention the bot, where it would not listen to them otherwise', async () => {
    const direct = { conversation: { ...conversation, audience: 'direct' } } as const;
    expect(await answer('help')).toMatch(/^Mention me in what you write; no command/);
    expect(await answer('help', {}, direct)).toMatch(/^Just write to me; no command/);
    const alreadyIn = { redeem: 'already_in' } as const;
    expect(await answer('link x', alreadyIn)).toMatch(/Mention me in what you write\.$/);
    expect(await answer('link x', alreadyIn, direct)).toMatch(/Just write to me\.$/);
  });

  test('privacy names the platform among those who receive words only where there is one', async () => {
    const privacy = { ...privacyReport, recipients: [] };
    expect(await answer('privacy', { privacy })).toContain('Nobody outside but this chat platform itself');
    expect(await answer('privacy', { privacy }, { capabilities: local })).toMatch(/- Nobody outside\n/);
  });
});

describe('the way of a command', () => {
  test('answers are private or public as the catalogue says; what goes wrong is private', async () => {
    const { deps } = fakeWorld();
    for (const [line, isPrivate] of [
      ['help', true],
      ['status', true],
      ['why', true],
      ['stop', true],
      ['new', true],
      ['nonsense', true],
      ['skill show', true],
      ['skill list x1', true],
      ['', true],
    ] as const)
      expect([line, (await runCommand(invocation(line), deps)).private]).toEqual([line, isPrivate]);
    const open = commandCatalogue.map((command) => ({ ...command, answer: 'public' as const }));
    expect((await runCommand(invocation('status'), deps, open)).private).toBe(false);
    expect((await runCommand(invocation('nonsense'), deps, open)).private).toBe(true);
  });

  test('an unknown command is said, with the nearest one as it is typed here', async () => {
    expect(await answer('stauts', {}, { capabilities: slackLike })).toBe(
      'I know no command “stauts”. Did you mean /metaclaw status? /metaclaw help shows all of them.',
    );
    expect(await answer('weather')).toBe('I know no command “weather”. /help shows what there is.');
    // Nobody is sent to a command that is not for them.
    expect(await answer('linc')).toBe('I know no command “linc”. /help shows what there is.');
  });

  test('a missing or wrong argument gets the usage line', async () => {
    expect(await answer('skill show')).toBe(
      'Something is missing: the name. Type it like this: /skill show <name>\nMore: /help skill show',
    );
    expect(await answer('skill list -1')).toContain('The page must be a number from 1. Type it like this');
  });

  test('a fault is a sentence for the person and a log for the operator', async () => {
    const unknown = fakeWorld({ status: new Error('secret detail') });
    const reply = await runCommand(invocation('status'), unknown.deps);
    expect(reply.private).toBe(true);
    expect(reply.markdown).toContain('The operator finds the reason in the log.');
    expect(reply.markdown).not.toContain('secret');
    expect(unknown.logger.of('command_failed')).toMatchObject([
      { level: 'error', fields: { command: 'status', error: { code: 'internal' } } },
    ]);
    const known = new AppError('storage_busy', 'The database is locked: try again in a moment.');
    expect(await answer('status', { status: known })).toBe(
      'I could not do /status just now. The database is locked: try again in a moment.',
    );
  });

  test.each([
    'auth_failed',
    'rate_limited',
    'timeout',
    'network',
    'refused_by_peer',
    'peer_failed',
    'bad_reply',
  ] as const)('%s of another server is a warning without a stack', async (code) => {
    const world = fakeWorld({ status: new AppError(code, 'The calendar does not answer: try it later.') });
    const { markdown } = await runCommand(invocation('status'), world.deps);
    expect(markdown).toContain('The calendar does not answer');
    expect(world.logger.of('command_failed')).toMatchObject([{ level: 'warn' }]);
    expect(world.logger.of('command_failed')[0]?.fields).toEqual({
      command: 'status',
      code,
      reason: 'The calendar does not answer: try it later.',
    });
  });

  test('a handler that throws at once is caught too', async () => {
    const { deps, logger } = fakeWorld();
    const catalogue = commandCatalogue.map(
      (command): Command => ({
        ...command,
        run: () => {
          throw new TypeError('undefined is not a function');
        },
      }),
    );
    const reply = await runCommand(invocation('stop'), deps, catalogue);
    expect(reply).toMatchObject({ private: true });
    expect(logger.of('command_failed')).toHaveLength(1);
  });

  test('roles: a command is for its role and for those above it', async () => {
    const { deps } = fakeWorld();
    const ran: string[] = [];
    const catalogue: readonly Command[] = commandCatalogue.map((command) => ({
      ...command,
      role: 'maintainer',
      run: ({ invocation: { role } }) => {
        ran.push(role);
        return 'ran';
      },
    }));
    const tryAs = async (role: CommandInvocation['role']): Promise<string> =>
      (await runCommand(invocation('status', { role }), deps, catalogue)).markdown;
    expect(await tryAs('person')).toBe('`/status` is only for the people who run me here.');
    expect(await tryAs('maintainer')).toBe('ran');
    expect(await tryAs('operator')).toBe('ran');
    expect(ran).toEqual(['maintainer', 'operator']);
  });

  test('strangers may ask for help and privacy, and redeem a code; nothing else runs', async () => {
    const world = fakeWorld({ skills: [skill('secret-skill')] });
    for (const line of [
      'status',
      'why',
      'skill list',
      'skill show secret-skill',
      'stop',
      'new',
      'nonsense',
    ]) {
      const reply = await runCommand(invocation(line, stranger), world.deps);
      expect(reply.private).toBe(true);
      expect(reply.markdown).toContain('I do not know you yet');
      expect(reply.markdown).toContain('`/link <code>`');
      expect(reply.markdown).not.toContain('secret-skill');
    }
    expect(world.calls).toEqual([]);
    expect(await answer('', {}, stranger)).toContain('- /link <code> – let me in');
    expect(await answer('privacy', {}, stranger)).toContain('What I keep');
    await runCommand(invocation('/link ab-cd', stranger), world.deps);
    expect(world.calls).toEqual(['redeem ab-cd linked']);
  });

  test('privacy tells what is read of others in threads, where threads can be read', async () => {
    const { deps } = fakeWorld({});
    const tell = async (canReadThreads: boolean) => {
      const capabilities = { ...invocation('').capabilities, canReadThreads };
      return (await runCommand(invocation('privacy', { capabilities }), deps)).markdown;
    };
    expect(await tell(true)).toMatch(/called into a thread I read what everybody said/);
    expect(await tell(true)).toContain('without being named');
    expect(await tell(true)).toContain('I keep none of the words, only whose they were');
    expect(await tell(true)).toContain('what you say of one in a form or by command');
    expect(await tell(false)).not.toContain('thread');
  });

  test('privacy says so where whole prompts are kept, with what others said in threads', async () => {
    const { deps } = fakeWorld({ privacy: { ...privacyReport, keepsPrompts: true } });
    const capabilities = { ...invocation('').capabilities, canReadThreads: true };
    const text = (await runCommand(invocation('privacy', { capabilities }), deps)).markdown;
    expect(text).toContain('Everything that the model was given for an answer, as it read it');
    expect(text).toContain('I keep the words as a part of what the model was given');
    expect(text).not.toContain('I keep none of the words');
    const { deps: others } = fakeWorld({});
    expect((await runCommand(invocation('privacy'), others)).markdown).not.toContain(
      'Everything that the model',
    );
  });

  test('any line gets an answer', { timeout: 60_000 }, async () => {
    const { deps, logger } = fakeWorld({ skills: [skill('pdf-tables')], lastTurn: turn() });
    const lines = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc
        .tuple(
          fc.constantFrom(...commandCatalogue.map(({ path }) => path.join(' '))),
          fc.string({ unit: 'grapheme', maxLength: 30 }),
        )
        .map((parts) => parts.join(' ')),
    );
    await fc.assert(
      fc.asyncProperty(lines, fc.boolean(), async (line, isAdmitted) => {
        const reply = await runCommand(invocation(line, { isAdmitted }), deps);
        expect(reply.markdown.trim()).not.toBe('');
      }),
      { numRuns: 2_000 },
    );
    expect(logger.of('command_failed')).toEqual([]);
  });
});

describe('help', () => {
  test('shows every command as it is typed here, and what it does', async () => {
    const text = await answer('help', {}, { capabilities: slackLike });
    for (const spec of commandCatalogue.filter((spec) => isOffered(spec, invocation('help'))))
      expect(text).toContain(`- /metaclaw ${commandUsage(spec)} – ${spec.summary}`);
    expect(text).not.toContain('link');
    expect(await answer('/')).toBe(await answer('help'));
  });

  test('one command in full, however it is spelled', async () => {
    expect(await answer('help stop')).toMatch(/^\/stop\nStops the answer that is being written/);
    expect(await answer('help /skill_show')).toMatch(/^\/skill show <name>\nShows a skill/);
    expect(await answer('help skills')).toMatch(/^\/skill list \[page\]\n/);
    expect(await answer('help nonsense')).toContain('I know no command “nonsense”');
  });

  test('all commands that begin with a word', async () => {
    const text = await answer('help skill');
    for (const usage of ['/skill list [page]', '/skill show <name>', '/skill search <words>'])
      expect(text).toContain(usage);
  });
});

describe('the conversation', () => {
  test('new ends the session', async () => {
    const world = fakeWorld();
    await runCommand(invocation('new'), world.deps);
    expect(world.calls).toEqual([`end ${conversationKey}`]);
    expect(await answer('new')).toMatch(/^A new conversation begins/);
    expect(await answer('new', { hadSession: false })).toMatch(/^There is nothing to put away[^.]*\.$/);
    const capabilities = { ...slackLike, hasWrittenCommands: true };
    expect(await answer('new', { hadSession: false }, { capabilities })).toMatch(
      /in a thread, mention me there/,
    );
  });

  test.each(['new idea: a roof garden', '/new idea: a roof garden', 'reset  idea: a roof garden '])(
    '“%s” does not drop the words in silence',
    async (line) => {
      for (const hadSession of [true, false])
        expect(await answer(line, { hadSession })).toMatch(
          / I have not taken “idea: a roof garden” as a message: send it again, by itself\.$/,
        );
    },
  );

  test('stop says what was stopped', async () => {
    const world = fakeWorld();
    await runCommand(invocation('stop'), world.deps);
    expect(world.calls).toEqual([`stop ${conversationKey} fake:ada`]);
    expect(await answer('stop', { stopped: { stoppedRun: true, dropped: 0 } })).toBe('Stopped.');
    expect(await answer('stop', { stopped: { stoppedRun: true, dropped: 1 } })).toBe(
      'Stopped. I have also dropped 1 message of yours that was waiting.',
    );
    expect(await answer('stop', { stopped: { stoppedRun: false, dropped: 2 } })).toBe(
      'I have dropped 2 messages of yours that were waiting.',
    );
    expect(await answer('stop')).toContain('nothing to stop');
  });

  test('link says how it went', async () => {
    expect(await answer('link x', { redeem: 'linked' }, stranger)).toMatch(/^Welcome!/);
    expect(await answer('link x', { redeem: 'wrong_code' }, stranger)).toContain('not valid');
    expect(await answer('link x', { redeem: 'throttled' }, stranger)).toContain('Wait an hour');
    expect(await answer('link x', { redeem: 'already_in' })).toContain('in already');
  });
});

describe('skills', () => {
  const many = Array.from({ length: 23 }, (_, index) => skill(`skill-${String(index).padStart(2, '0')}`));

  test('list: ten on a page, with the way on', async () => {
    const first = await answer('skill list', { skills: many });
    expect(first).toMatch(/^23 skills, generation 7, page 1 of 3/);
    expect(first).toContain('- skill-00 – Use when somebody asks for skill-00.');
    expect(first).toContain('- skill-09');
    expect(first).not.toContain('skill-10');
    expect(first).toContain('The next ones: /skill list 2');
    const last = await answer('skills 3', { skills: many });
    expect(last).toContain('- skill-22');
    expect(last).not.toContain('The next ones');
    expect(await answer('skill list 4', { skills: many })).toBe('There are 3 pages of skills only.');
    expect(await answer('skill list')).toContain('I have no skills here');
  });

  test('list, show and search look at this space', async () => {
    const spaceSkills = [skill('ours')];
    const elsewhere = { conversation: { ...conversation, spaceId: spaceId('fake', 'space-2') } };
    expect(await answer('skill list', { spaceSkills })).toContain('ours');
    expect(await answer('skill list', { spaceSkills }, elsewhere)).not.toContain('ours');
    expect(await answer('skill show ours', { spaceSkills }, elsewhere)).toContain(
      'I have no skill “ours” here',
    );
    const world = fakeWorld();
    await runCommand(invocation('skill search pdf  tables'), world.deps);
    expect(world.calls).toEqual(['search pdf  tables 8 fake:space-1']);
  });

  test('show: all of it, the body as Markdown', async () => {
    const skills = [
      skill('pdf-tables', { version: 3, triggers: ['spread_sheet', 'csv'], body: '# Steps\n\n1. **Look**' }),
    ];
    expect(await answer('skill show PDF_Tables', { skills })).toBe(
      [
        'pdf-tables, version 3, for everybody everywhere\nWhen: Use when somebody asks for pdf-tables.\nAlso found by: spread_sheet, csv\nState: active, unproven\nWritten by: a file of the operator',
        '---',
        'Steps',
        '1. Look',
      ].join('\n\n'),
    );
    expect(await answer('skill show pdf-tabels', { skills })).toBe(
      'I have no skill “pdf-tabels” here. Did you mean /skill show pdf-tables?',
    );
    expect(await answer('skill show zzz', { skills })).toContain('/skill list shows all of them.');
  });

  test('search: best first, how well they fit', async () => {
    const hits = [
      { skill: skill('b'), score: 0.614 },
      { skill: skill('a'), score: 0 },
    ];
    expect(await answer('skill search *pdf*', { hits })).toBe(
      'Skills for “*pdf*”, best first:\n\n- b (61 %) – Use when somebody asks for b.\n- a – Use when somebody asks for a.',
    );
    expect(await answer('skill search pdf')).toContain('No skill has to do with “pdf”');
  });
});

describe('why', () => {
  test('a skill that was left out by chance is told apart from those it was given', async () => {
    const { name, contentHash } = skill('pdf-tables');
    const masked = { name, version: 2, contentHash, score: 0.9, propensity: 0.5, because: ['pdf'] };
    const text = await answer('why', { lastTurn: turn({ maskedSkills: [masked] }) });
    expect(text).toContain('No skill was given.');
    expect(text).toContain('pdf-tables version 2 fitted too and was left out by chance (50 %)');
  });

  const shown = turn({
    skills: [
      {
        name: skill('pdf-tables').name,
        version: 3,
        contentHash: 'x',
        score: 0.816,
        propensity: 1,
        because: ['tables', 'pdf'],
      },
      { name: skill('b').name, version: 1, contentHash: 'y', score: 0.4, propensity: 0.5, because: [] },
    ],
    usage: { inputTokens: 900, outputTokens: 120 },
  });

  test('the last answer: skills, words, versions, how it was made, feedback', async () => {
    const text = await answer('why', {
      lastTurn: shown,
      feedback: {
        signals: [
          signal('ada', '👍', 1),
          signal('bob', '👍', 1),
          signal('cy', '👎', -1),
          signal('cy', '👎', -1, { change: 'withdrawn', occurredAt: now }),
          signal('dan', 'bad', -1, { kind: 'button', slot: 'button' }),
        ],
        settlements: { skills: settlementOf('open', { dueAt: now + 9 * 60_000 }) },
      },
    });
    expect(text).toBe(
      [
        'My answer to “Extract *tables* from this pdf”.',
        'The skills it was given',
        '- pdf-tables version 3, fits 82 %, because of “tables” and “pdf”\n- b version 1, fits 40 %, shown with a chance of 50 %',
        'How it was made',
        '- Model: gpt-5-mini\n- Skill library: generation 7\n- Session: session_1\n- Turn: turn_1\n- Tokens: 900 read, 120 written\n- Took 2.5 seconds',
        'Feedback',
        '- Standing: 👍 from you and another person, 👎 from another person\n- Taken back or changed: 👎 from another person\n- Reward so far: +0.33 from 3 voices, by what people said of it',
        'What may be learned from it',
        '- Skills: settles in 9 minutes if nothing else is said\n- The model’s weights: not decided; its quiet time begins when the answer is complete',
      ].join('\n\n'),
    );
  });

  test('a policy that answered by its number and what it is; else the configured model’s name', async () => {
    const policies = [policy(3), policy(2, { scope: elsewhere })];
    const modelOf = async (stamp: string, training?: FakeTrainToolsOptions): Promise<string | undefined> => {
      const text = await answer('why', {
        lastTurn: turn({ policy: stamp }),
        ...(training === undefined ? {} : { training }),
      });
      return /- Model: (.*)/.exec(text)?.[1];
    };
    expect(await modelOf('policy_3', { policies })).toBe('policy 3, trained weights');
    expect(await modelOf('gpt-5-mini', { policies })).toBe('gpt-5-mini');
    expect(await modelOf('gpt-5-mini')).toBe('gpt-5-mini');
  });

  test('no skill: says that nothing matched', async () => {
    const text = await answer('why', { lastTurn: turn() });
    expect(text).toContain('No skill was given. Nothing in those words matched a skill closely enough.');
    expect(text).toContain('Nobody has said how it was');
    expect(text).toContain('Reward so far: none (silence counts for nothing)');
  });

  test.each([
    ['open', 'still being written'],
    ['failed', 'The model failed'],
    ['stopped', 'It was stopped'],
    ['interrupted', 'A restart cut it off'],
    ['delivery_unknown', 'cannot tell whether it arrived'],
  ] as const)('a turn that is %s says so', async (state, words) => {
    expect(await answer('why', { lastTurn: turn({ state }) })).toContain(words);
  });

  test('the answer replied to, and none of another space or channel', async () => {
    const replyTo = { platform: 'fake', channelId: 'channel-1', messageId: 'm2' };
    const repliedTurn = turn({ requestText: 'the one meant' });
    const options = { lastTurn: turn({ requestText: 'another' }), repliedTurn };
    expect(await answer('why', options, { replyTo })).toContain('“the one meant”');
    expect(await answer('why', { lastTurn: turn() }, { replyTo })).toContain(
      'That message is none of my answers',
    );
    for (const foreign of [{ spaceId: spaceId('fake', 'space-2') }, { channelId: 'channel-2' }]) {
      const theirs = { ...repliedTurn, conversation: { ...conversation, ...foreign } };
      expect(await answer('why', { ...options, repliedTurn: theirs }, { replyTo })).not.toContain(
        'the one meant',
      );
    }
  });

  test('nothing answered yet', async () => {
    expect(await answer('why')).toBe('I have not answered anything in this conversation yet.');
  });
});

describe('status', () => {
  test('all is well', async () => {
    expect(await answer('status', { skills: [skill('a')] })).toBe(
      [
        'All is well.',
        [
          '- Running for 3 hours 12 minutes, version 0.1.0',
          '- Model: gpt-5-mini at api.openai.com',
          '- Channels: web and fake ready',
          '- Skills: 1, generation 7',
          '- 1 answer is being written, 2 messages wait',
          '- 21 answers so far (2 failed, 1 stopped)',
          '- 5 rows in the feedback ledger, 4 rewards settled, 3 not yet',
        ].join('\n'),
      ].join('\n\n'),
    );
  });

  test('problems come first', async () => {
    const text = await answer('status', {
      status: {
        ...wellStatus,
        problems: ['The disk is full.'],
        channels: [
          { platform: 'fake', health: { state: 'degraded', detail: 'Another poller uses this token.' } },
        ],
        work: { running: 0, waiting: 0, conversations: 0 },
        signals: 0,
      },
      diagnostics: [
        ...Array.from({ length: 5 }, (_, index) => ({
          severity: 'error' as const,
          source: 'x',
          message: `Skill ${index} has no name.`,
        })),
        { severity: 'warning', source: 'y', message: 'A warning only.' },
      ],
    });
    expect(text.split('\n\n')[1]).toBe(
      [
        '- The disk is full.',
        '- fake is degraded: Another poller uses this token.',
        '- A skill was left out: Skill 0 has no name.',
        '- A skill was left out: Skill 1 has no name.',
        '- A skill was left out: Skill 2 has no name.',
        '- 2 more skills were left out',
      ].join('\n'),
    );
    expect(text).toMatch(/^6 problems\n\n/);
    expect(text.split('\n\n')[2]).toBe('Details');
    expect(text).toContain('Channels: none is ready');
    expect(text).toContain('Nothing is being answered right now');
    expect(text).toContain('No feedback yet');
    expect(text).not.toContain('warning');
  });

  const waiting = (...queues: readonly (readonly [string, number])[]) => ({
    status: {
      ...wellStatus,
      channels: queues.map(([platform, count]) => ({
        platform,
        health: { state: 'ready', queue: { waiting: count, bound: 1_000 } } as const,
      })),
    },
  });

  test('what waits for a platform’s limits is a fact', async () => {
    const text = await answer('status', waiting(['one', 12], ['two', 1], ['three', 0]));
    expect(text).toMatch(/^All is well\./);
    expect(text).toContain(
      [
        '- Channels: one, two and three ready',
        '- one: 12 messages wait for its limits',
        '- two: 1 message waits for its limits',
        '- Skills:',
      ].join('\n'),
    );
    expect(text).not.toContain('three:');
  });

  test('rewards that are held, learned from or too late are counted where there are any', async () => {
    const settlements = { ...wellStatus.settlements, held: 2, used: 6, lateSignals: 1 };
    expect(await answer('status', { status: { ...wellStatus, settlements } })).toContain(
      '- 5 rows in the feedback ledger, 4 rewards settled, 3 not yet, 2 held back for a maintainer, 6 learned from, 1 word came too late',
    );
  });

  test('a queue that is nearly full is a problem', async () => {
    const text = await answer('status', waiting(['*one*', 800], ['two', 799]));
    expect(text).toMatch(
      /^1 problem\n\n- \*one\* is nearly overloaded: 800 of at most 1000 messages wait for its limits\. What comes on top is refused\n/,
    );
    expect(text).toContain('- two: 799 messages wait for its limits');
    expect(text).not.toContain('*one*:');
  });
});

describe('privacy', () => {
  test('tells who may read what is said of an answer', async () => {
    expect(await answer('privacy')).toContain(
      'what you say of one in a form or by command: who, what and when; taking one back is noted too. The people who run me in that place may read it',
    );
  });

  test('says what is kept, where, who receives it, that nothing trains, how to delete', async () => {
    const text = await answer('privacy');
    expect(text).toContain('On the operator’s own machine, in one SQLite file');
    expect(text).toContain('Finished work is forgotten after 8 days');
    expect(text).toContain('The model at api.example.org: your messages');
    expect(text).toContain('Embeddings at 127.0.0.1:11434: skill texts (runs on the operator’s own machine)');
    expect(text).toContain('None: no model is trained on what you write');
    expect(text).toContain('Ask the person who runs me to delete');
  });

  test('only the operator at the machine is told where on it', async () => {
    const capabilities = { ...slackLike, isLocal: true };
    expect(await answer('privacy', {}, { role: 'operator', capabilities })).toContain(
      'in one SQLite file in the folder /srv/bot/data',
    );
    for (const whom of [
      { role: 'operator' as const },
      { role: 'maintainer' as const },
      { capabilities },
      { isAdmitted: false },
    ])
      expect(await answer('privacy', {}, whom)).not.toContain('/srv');
  });

  test('says so when nobody outside receives anything, and whom to ask', async () => {
    const privacy = {
      ...privacyReport,
      recipients: privacyReport.recipients.filter(({ isLocal }) => isLocal),
      retention: [],
      operatorContact: 'ops@example.org',
    };
    const text = await answer('privacy', { privacy });
    expect(text).toContain('Nobody outside but this chat platform itself');
    expect(text).toContain('Until the operator deletes it');
    expect(text).toContain('Ask ops@example.org');
  });

  describe('what is learned from it', () => {
    const off = contentUses.map((use) => ({ use, term: 'setting', isOn: false }) as const);
    const placed = (platform: string, changes: Partial<Record<ContentUse, Partial<UsePermission>>>) => ({
      platform,
      uses: off.map((permission) => ({ ...permission, ...changes[permission.use] })),
    });
    const learned = (...uses: readonly ReturnType<typeof placed>[]): Promise<string> =>
      answer('privacy', { privacy: { ...privacyReport, uses, carriedOut: contentUses } });

    test('every use on the reader’s own platform, in words', async () => {
      const text = await learned(
        placed('fake', {
          judge: { isOn: true },
          train_local: { term: 'never' },
          train_hosted: { term: 'consent', isOn: true },
        }),
      );
      expect(text).toContain('- A model rates my answers: yes\n');
      expect(text).toContain('- A model writes skills from what went wrong: no, the operator has it off');
      expect(text).toMatch(
        /- A model is trained on the operator’s own machines: never, the terms .* forbid it/,
      );
      expect(text).toMatch(
        /- A model is trained elsewhere: yes, only if everybody whose words .* has agreed/,
      );
      expect(text).toContain('- Conversations leave as a data set: no, the operator has it off');
    });

    test('other platforms by what is done there', async () => {
      const text = await learned(
        placed('other', { judge: { isOn: true }, export: { isOn: true, term: 'consent' } }),
        placed('third', {}),
        placed('fake', {}),
      );
      expect(text).toContain(
        '- On other: a model rates my answers and conversations leave as a data set, with consent\n- On third: nothing',
      );
      expect(text.indexOf('A model rates my answers: no')).toBeLessThan(text.indexOf('On other'));
    });

    test('what a judge keeps is told where there is one', async () => {
      const hint = 'what it quoted from your next message';
      expect(await learned(placed('fake', {}))).toContain(hint);
      expect(await answer('privacy')).not.toContain(hint);
      const drafts = 'drafts of them';
      expect(await learned(placed('fake', {}))).toContain(drafts);
      expect(await answer('privacy')).not.toContain(drafts);
    });

    test('whole prompts are not kept where the terms forbid to train for good', async () => {
      const never = { term: 'never' } as const;
      const told = (changes: Parameters<typeof placed>[1]): Promise<string> =>
        answer('privacy', {
          privacy: { ...privacyReport, keepsPrompts: true, uses: [placed('fake', changes)] },
        });
      const line = 'Everything that the model was given';
      expect(await told({ train_local: never, train_hosted: never })).not.toContain(line);
      expect(await told({ train_local: never })).toContain(line);
      expect(await told({ train_local: { term: 'consent' }, train_hosted: never })).toContain(line);
    });

    test('what is allowed and nothing carries out is said so', async () => {
      const on = { isOn: true };
      const uses = [placed('fake', { judge: on, train_local: on }), placed('other', { judge: on })];
      const text = await answer('privacy', { privacy: { ...privacyReport, uses, carriedOut: ['evolve'] } });
      expect(text).toContain('- A model rates my answers: allowed, but not done at present');
      expect(text).toContain('- On other: nothing');
      expect(text).toContain('None at present, but the operator has allowed it for fake');
    });

    test('training is none until it is on somewhere, and then says where', async () => {
      const none = 'None: no model is trained on what you write';
      expect(await learned(placed('fake', { judge: { isOn: true }, evolve: { isOn: true } }))).toContain(
        none,
      );
      for (const use of ['train_local', 'train_hosted'] as const) {
        const text = await learned(placed('fake', {}), placed('other', { [use]: { isOn: true } }));
        expect(text).not.toContain(none);
        expect(text).toContain('On for other: a model of the operator’s may learn');
      }
    });
  });

  test('strangers read the same without the path on the machine', async () => {
    const text = await answer('privacy', {}, stranger);
    expect(text).toContain('you have not been admitted');
    expect(text).toContain('The model at api.example.org');
    expect(text).not.toContain('/srv/bot/data');
  });
});

describe('foreign text in answers', () => {
  test('is literal', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const value = `x${text.replaceAll(/[\0\uFDD0]/g, '')}x`;
        expect(visibleText(markdown.parse(`- **${literal(value)}**`))).toBe(value.replaceAll(/\s+/g, ' '));
      }),
      { numRuns: 10_000 },
    );
  });

  test('cannot make a list, a link or a heading of itself', async () => {
    const nasty = '**b** [l](https://x.org) <b> @everyone `c` # h | t ~~s~~ &amp; \\';
    const reply = await runCommand(
      invocation('skill search x'),
      fakeWorld({ hits: [{ skill: skill('a', { description: nasty }), score: 0 }] }).deps,
    );
    expect(visibleText(markdown.parse(reply.markdown))).toContain(nasty);
    const asked = await answer('why', { lastTurn: turn({ requestText: nasty, policy: nasty }) });
    expect(asked).toContain(`My answer to “${nasty}”.`);
    expect(asked).toContain(`- Model: ${nasty}`);
  });
});
