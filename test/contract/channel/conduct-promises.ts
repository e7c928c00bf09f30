import { inspect } from 'node:util';
import { expect } from 'vitest';
import { personId } from '../../../core/domain/ids.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import { type ContractRunner, must, type Stage, saying, words } from './contract-runner.ts';

const spoken = 'words-that-a-person-said';
const answered = 'words-that-the-bot-said';

/** Calls every method once; what it rejects with is kept by the runner. */
async function callEverything(stage: Stage, ref: MessageRef): Promise<void> {
  const { channel, conversation } = stage;
  const calls: readonly (() => Promise<unknown>)[] = [
    () => channel.send(conversation, saying(answered)),
    () => channel.edit(ref, saying(`${answered}, edited`)),
    () => channel.react(ref, '👍'),
    () => channel.react(ref, undefined),
    () => channel.activity(conversation, 'thinking'),
    () => channel.activity(conversation, 'idle'),
    async () => {
      const stream = await channel.openStream(conversation, { sendKey: `conduct-${ref.messageId}` });
      await stream.append(answered);
      await stream.close(saying(answered));
    },
    () => channel.registerCommands([{ name: 'help', summary: 'What I can do' }]),
    () => channel.publishHome(personId(channel.platform, '1'), words(answered)),
    () => channel.readThread(conversation, ref, 5),
    () => channel.send(conversation, saying(answered), { privateTo: personId(channel.platform, '1') }),
    () =>
      channel.respond({ handle: 'nothing' }, { kind: 'message', message: saying(answered), private: true }),
    () => channel.remove(ref),
  ];
  for (const call of calls) await call().catch(() => undefined);
}

async function exercise(stage: Stage): Promise<void> {
  const { channel, conversation, person, inbox } = stage;
  await person.say(spoken);
  await inbox.until(
    () => inbox.events.some((event) => event.type === 'message_received' && event.text === spoken),
    'what the person said',
  );
  await callEverything(stage, await channel.send(conversation, saying(answered)));
  // The rate limit is the last: it holds for longer than a test takes.
  for (const name of ['cutAfterDelivery', 'refuseConnections', 'limitRate'] as const) {
    const ref = await channel.send(conversation, saying(answered));
    const { faults } = stage;
    if (faults?.[name] === undefined) continue;
    await faults[name]();
    await callEverything(stage, ref);
    await faults.heal?.();
  }
}

export function conductPromises({ promise }: ContractRunner): void {
  promise('secrets and words stay out of errors and logs', async (stage) => {
    const evidence = must(stage.evidence, 'evidence');
    expect(evidence.secrets.length).toBeGreaterThan(0);
    for (const secret of evidence.secrets) expect(secret.length).toBeGreaterThan(8);
    await exercise(stage);
    // The secrets are looked for after every test; the words here, where they are known.
    const left = inspect(evidence.logged(), { depth: 20, maxStringLength: null });
    expect(left.includes(spoken), 'what a person said was logged').toBe(false);
    expect(left.includes(answered), 'what the bot said was logged').toBe(false);
  });

  promise('the platform is asked nothing that it does not know', async (stage) => {
    const violations = must(must(stage.evidence, 'evidence').violations, 'evidence.violations');
    await exercise(stage);
    expect(violations()).toEqual([]);
  });
}
