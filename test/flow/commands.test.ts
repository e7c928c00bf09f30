import { afterEach, describe, expect, test } from 'vitest';
import { AppError } from '../../core/domain/app-error.ts';
import { answer, failWith, hold } from '../fakes/model/scripted-model.ts';
import { skillText } from '../fixtures/skill-text.ts';
import { type BotHarness, type BotHarnessOptions, createBotHarness, minute } from './bot-harness.ts';

const open: BotHarness[] = [];

const bank = [
  skillText(
    'summarise-thread',
    'Use when somebody asks to summarise a discussion or a thread.',
    'Lead with the decision.',
  ),
  skillText('write-sql', 'Use when somebody asks for an SQL query against a database.', 'Name the columns.'),
];

async function start(options: BotHarnessOptions = {}): Promise<BotHarness> {
  const harness = await createBotHarness({ skills: bank, ...options });
  open.push(harness);
  await harness.start();
  return harness;
}

afterEach(async () => {
  for (const harness of open.splice(0)) await harness.stop();
});

/** What the bot answered to a command. */
async function told(harness: BotHarness, line: string, who = harness.channel.person): Promise<string> {
  const { event, receipt } = await who.commands(line);
  expect(receipt).toBe('stored');
  const reply = await harness.until(
    () => harness.channel.messages().find(({ handle }) => handle === event.interaction.handle),
    `an answer to ${line}`,
  );
  await harness.until(async () => (await harness.stores.inbox.pending()).length === 0, 'the command done');
  return reply.text;
}

const ended = async ({ stores }: BotHarness, count: number): Promise<boolean> => {
  const counts = await stores.turns.counts();
  return counts.open + counts.answered === 0 && Object.values(counts).reduce((a, b) => a + b, 0) === count;
};

describe('commands on the running bot', () => {
  test('help lists what there is, and no turn is made of it', async () => {
    const harness = await start();
    const help = await told(harness, 'help');
    for (const name of ['/new', '/stop', '/why', '/skill list', '/status', '/privacy'])
      expect(help).toContain(name);
    expect(await ended(harness, 0)).toBe(true);
    expect(harness.model.requests).toEqual([]);
  });

  test('why tells the skills, the words that led to them, the model and the feedback', async () => {
    const harness = await start({ steps: [answer('Done.'), answer('Hello.')] });
    expect(await told(harness, 'why')).toContain('not answered anything');
    await harness.channel.person.says('Please summarise this thread');
    await harness.until(() => ended(harness, 1), 'answered');
    const { ref } = harness.channel.messages().at(-1)!;
    await harness.channel.person.reacts(ref, '👍');
    const why = await told(harness, 'why');
    expect(why).toContain('summarise-thread');
    expect(why).toContain('“summarise”');
    expect(why).toContain('scripted');
    expect(why).not.toContain('write-sql');
    await harness.clock.advance(11 * minute);
    expect(await told(harness, 'why')).toMatch(/👍/);

    await harness.channel.person.says('hello there');
    await harness.until(() => ended(harness, 2), 'small talk answered');
    expect(await told(harness, 'why')).toContain('No skill was given');
    // Asked of the first answer by replying to it.
    const { event } = await harness.channel.person.commands('why', ref);
    const reply = await harness.until(
      () => harness.channel.messages().find(({ handle }) => handle === event.interaction.handle),
      'the answer',
    );
    expect(reply.text).toContain('summarise-thread');
  });

  test('skill list, show and search', async () => {
    const harness = await start();
    expect(await told(harness, 'skill list')).toMatch(/summarise-thread[\s\S]*write-sql/);
    expect(await told(harness, 'skill show write-sql')).toContain('Name the columns.');
    expect(await told(harness, 'skill show write-sqk')).toContain('write-sql');
    expect(await told(harness, 'skill search database query')).toContain('write-sql');
  });

  test('status counts, and says what is wrong', async () => {
    const harness = await start({ steps: [answer('Done.'), failWith(new AppError('peer_failed', 'x'))] });
    expect(await told(harness, 'status')).toContain('All is well');
    await harness.channel.person.says('one');
    await harness.until(() => ended(harness, 1), 'answered');
    await harness.clock.advance(minute);
    await harness.channel.person.says('two');
    await harness.until(() => ended(harness, 2), 'failed');
    const status = await told(harness, 'status');
    expect(status).toContain('2 answers so far (1 failed)');
    expect(status).toContain('generation 1');
  });

  test('commands that only read do not wait for a running answer; new does', async () => {
    const harness = await start({
      steps: [hold(['A first sentence that is long enough to be shown.'], [' End.'])],
    });
    await harness.channel.person.says('a long one');
    await harness.until(() => harness.channel.messages().length > 0, 'the first text');
    const { event } = await harness.channel.person.commands('status');
    await harness.until(
      () => harness.channel.messages().some(({ handle }) => handle === event.interaction.handle),
      'status beside the answer',
    );
    const { event: fresh } = await harness.channel.person.commands('new');
    await harness.clock.advance(5_000);
    expect(harness.channel.messages().some(({ handle }) => handle === fresh.interaction.handle)).toBe(false);
    harness.model.release();
    await harness.until(
      () => harness.channel.messages().some(({ handle }) => handle === fresh.interaction.handle),
      'new after the answer',
    );
  });

  test('an unknown command is answered with the nearest one', async () => {
    const harness = await start();
    expect(await told(harness, 'skil list')).toContain('/skill list');
  });

  test('strangers may ask for help, privacy and a link, and nothing else', async () => {
    const harness = await start();
    const eve = harness.channel.personAs({
      id: 'eve',
      channelId: 'dm-eve',
      admission: { kind: 'linked', subjects: ['fake:user:eve'] },
    });
    expect(await told(harness, 'privacy', eve)).toContain('What I keep');
    expect((await eve.commands('status')).receipt).toBe('refused');
    expect((await eve.commands('skill list')).receipt).toBe('refused');
    const code = await harness.admission.issueCode();
    for (let attempt = 0; attempt < 5; attempt += 1) await told(harness, `link wrong${attempt}`, eve);
    // Guessing is slowed down: now even the right code is refused for an hour.
    await told(harness, `link ${code}`, eve);
    expect(await harness.admission.linked()).toEqual([]);
    await harness.clock.advance(61 * minute);
    await told(harness, `link ${code}`, eve);
    expect(await harness.admission.linked()).toEqual(['fake:user:eve']);
    expect(await told(harness, 'status', eve)).toContain('All is well');
  });

  test('who may talk lets a group in with a further code, and needs none for themselves', async () => {
    const harness = await start();
    const person = (id: string, ...subjects: readonly string[]) =>
      harness.channel.personAs({ id, channelId: `of-${id}`, admission: { kind: 'linked', subjects } });
    const ada = person('ada', 'fake:user:ada');
    await told(harness, `link ${await harness.admission.issueCode()}`, ada);
    const code = await harness.admission.issueCode();
    expect(await told(harness, `link ${code}`, ada)).toContain('in already');

    const [group, user] = ['fake:chat:room', 'fake:user:ada'];
    const adaInGroup = person('ada', group, user);
    const bob = person('bob', group, 'fake:user:bob');
    expect((await bob.commands('status')).receipt).toBe('refused');
    expect(await told(harness, 'link wrong', adaInGroup)).toContain('in already');
    // Hers was not used up by the chat in which there was nothing to let in.
    expect(await told(harness, `link ${code}`, adaInGroup)).toContain('Welcome');
    expect(await harness.admission.linked()).toEqual([user, group]);
    expect(await told(harness, 'status', bob)).toContain('All is well');
    expect(await told(harness, `link ${await harness.admission.issueCode()}`, bob)).toContain('in already');
  });

  test('a stranger is listened to so often an hour, and no more', async () => {
    const harness = await start();
    const eve = harness.channel.personAs({
      id: 'eve',
      channelId: 'dm-eve',
      admission: { kind: 'linked', subjects: ['fake:user:eve'] },
    });
    for (let count = 0; count < 20; count += 1) await told(harness, 'privacy', eve);
    expect((await eve.commands('privacy')).receipt).toBe('refused');
    await harness.clock.advance(61 * minute);
    await told(harness, 'privacy', eve);
  });

  test('completion offers commands and skill names', async () => {
    const harness = await start();
    const { event } = await harness.channel.person.completes('skill show wri');
    const choices = await harness.until(() => harness.channel.choices(event.interaction.handle), 'choices');
    expect(choices.map(({ value }) => value)).toEqual(['skill show write-sql']);
  });

  test('a long answer to a command is sent in several messages', async () => {
    const skills = Array.from({ length: 40 }, (_, index) =>
      skillText(`skill-${index}`, `Use when number ${index} is asked for. ${'Words. '.repeat(20)}`, 'Body.'),
    );
    const harness = await start({ skills, capabilities: { maxTextChars: 400 } });
    await told(harness, 'skill list');
    expect(harness.channel.messages().length).toBeGreaterThan(1);
  });
});

describe('a private answer that takes several messages', () => {
  const long = skillText(
    'write-at-length',
    'Use when somebody wants it long.',
    'Say it slowly and twice.\n\n'.repeat(30),
  );

  async function shown(capabilities: NonNullable<BotHarnessOptions['capabilities']>) {
    const harness = await start({ skills: [long], capabilities: { maxTextChars: 200, ...capabilities } });
    const ann = harness.channel.personAs({ id: 'ann', audience: 'group', channelId: 'g' });
    await told(harness, 'skill show write-at-length', ann);
    const messages = harness.channel.messages();
    expect(messages.length).toBeGreaterThan(3);
    return messages.map(({ privateTo }) => privateTo);
  }

  test('shows all of them to the asker alone', async () => {
    expect(new Set(await shown({ canAnswerPrivately: true }))).toEqual(new Set(['fake:ann']));
  });

  test('is an ordinary answer where nothing can be private', async () => {
    expect(new Set(await shown({ canSendPrivately: false, canAnswerPrivately: false }))).toEqual(
      new Set([undefined]),
    );
  });
});
