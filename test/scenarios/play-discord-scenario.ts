import { type ErrorCode, toAppError } from '../../core/domain/app-error.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import type { InboundEvent, Interaction } from '../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { OutboundMessage } from '../../core/domain/outbound-message.ts';
import type { Form } from '../../core/ports/channel.ts';
import type { KeptMessage, ScenarioGuild } from './discord-guild.ts';
import { catalogue } from './discord-rig.ts';
import type { DiscordStep } from './discord-scenario.ts';

/** What one step led to, with everything that is different in every run replaced by names. */
export interface Observation {
  readonly step: string;
  readonly outcome: 'ok' | ErrorCode;
  /** What a step gives back: what was read, how often "typing" was shown. */
  readonly result?: unknown;
  /** What reached core. */
  readonly events: readonly unknown[];
  /** The message that the step is about, as Discord keeps it afterwards. */
  readonly kept?: KeptMessage | 'gone';
}

interface Done {
  readonly ref?: MessageRef | undefined;
  readonly result?: unknown;
}

const DEADLINE_MS = 3_000;
const NOWHERE = '123456789012345678';

const words = (text: string) => ({
  blocks: [{ type: 'paragraph' as const, children: [{ type: 'text' as const, text }] }],
});

const feedback = [
  [
    { actionId: 'feedback.good', label: 'Good' },
    { actionId: 'feedback.bad', label: 'Bad' },
  ],
];

const formAbout = (about: MessageRef): Form => ({
  formId: 'feedback.reason',
  title: 'What was wrong?',
  submitLabel: 'Send',
  about,
  fields: [{ fieldId: 'words', label: 'In your words', kind: 'text', required: false }],
});

export function describeStep(step: DiscordStep, index: number): string {
  const what = 'as' in step ? step.as : 'message' in step ? step.message : '';
  return [`${index + 1}`, step.act, ...(what === '' ? [] : [`"${what}"`])].join(' ');
}

/** Takes the steps one after another. */
export async function playDiscordScenario(
  guild: ScenarioGuild,
  steps: readonly DiscordStep[],
): Promise<readonly Observation[]> {
  const { channel, person, inbox } = guild;
  const messages = new Map<string, MessageRef>();
  const observations: Observation[] = [];

  const ref = (name: string): MessageRef => {
    const found = messages.get(name);
    if (found === undefined) throw new Error(`nobody said ${name} yet`);
    return found;
  };
  const keep = (name: string, said: MessageRef): Done => {
    messages.set(name, said);
    return { ref: said };
  };
  const say = (text: string, key: string, replyTo?: string): OutboundMessage => ({
    body: words(text),
    sendKey: `scenario-${key}`,
    actions: feedback,
    ...(replyTo === undefined ? {} : { replyTo: ref(replyTo) }),
  });
  const nowhere: ConversationAddress = { ...guild.address('channel'), channelId: NOWHERE };
  const lastInteraction = (): Interaction => {
    const found = inbox.events.findLast(
      (event) => 'interaction' in event && event.type !== 'message_received',
    );
    if (found === undefined || !('interaction' in found) || found.interaction === undefined)
      throw new Error('nobody waits for an answer');
    return found.interaction;
  };

  async function perform(step: DiscordStep): Promise<Done> {
    switch (step.act) {
      case 'person says': {
        const text = step.text.replace(/\bBOT\b/, `<@${guild.botId}>`);
        const replyTo = step.replyTo === undefined ? undefined : ref(step.replyTo);
        return keep(step.as, await person.say(step.place, text, replyTo));
      }
      case 'person edits':
        await person.edit(ref(step.message), step.text);
        return {};
      case 'person deletes':
        await person.remove(ref(step.message));
        return {};
      case 'person presses':
        await person.press(ref(step.message), step.button);
        return {};
      case 'person fills in the form':
        await person.submit(step.place, 'words', step.text);
        return {};
      case 'person commands':
        await person.command(step.place, step.word);
        return {};
      case 'bot says': {
        const to = step.place === 'nowhere' ? nowhere : guild.address(step.place);
        return keep(step.as, await channel.send(to, say(step.text, step.as, step.replyTo)));
      }
      case 'bot sends again': {
        const again = await channel.send(guild.address(step.place), say('As before.', step.message));
        return { result: again.messageId === ref(step.message).messageId ? 'shown once' : 'shown twice' };
      }
      case 'bot edits':
        await channel.edit(ref(step.message), say(step.text, step.message));
        return {};
      case 'bot removes':
        await channel.remove(ref(step.message));
        return {};
      case 'bot reads the thread':
        return { result: await channel.readThread(guild.address('thread'), ref(step.before), 10) };
      case 'bot thinks':
        await channel.activity(guild.address(step.place), 'thinking');
        return { result: guild.typings(step.place) };
      case 'bot registers its commands':
        await channel.registerCommands(catalogue);
        return {};
      case 'bot opens a form':
        await channel.openForm(lastInteraction(), formAbout(ref(step.about)));
        return {};
      case 'bot answers': {
        const message = { body: words(step.text), sendKey: step.text };
        await channel.respond(lastInteraction(), { kind: 'message', message, private: step.private });
        return { result: await guild.look(step.place) };
      }
      case 'start with a wrong token':
        await guild.startWithWrongToken();
        return {};
    }
  }

  for (const [index, step] of steps.entries()) {
    const before = inbox.events.length;
    let outcome: Observation['outcome'] = 'ok';
    let done: Done = {};
    try {
      done = await perform(step);
    } catch (thrown) {
      outcome = toAppError(thrown).code;
    }
    const count = before + (step.events ?? []).length;
    const name = describeStep(step, index);
    await inbox.until(() => inbox.events.length >= count, name, DEADLINE_MS).catch(() => undefined);
    const about = 'message' in step ? messages.get(step.message) : done.ref;
    const kept = about === undefined ? undefined : ((await guild.look(about)) ?? 'gone');
    observations.push({
      step: name,
      outcome,
      events: inbox.events.slice(before),
      ...(done.result === undefined ? {} : { result: done.result }),
      ...(kept === undefined ? {} : { kept }),
    });
  }

  const names: Record<string, string> = { ...guild.names };
  for (const [name, message] of messages) names[message.messageId] ??= `(${name})`;
  return observations.map((observation) => withNames(observation, names));
}

const volatile = new Set(['occurredAt', 'deadlineAt', 'handle']);

/** Replaces what is different in every run, also inside of longer strings. */
function withNames(observation: Observation, names: Readonly<Record<string, string>>): Observation {
  const rename = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const named = Object.entries(names).reduce((text, [id, name]) => text.replaceAll(id, name), value);
      return named
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)/g, '(time)')
        .replaceAll(/\d{13,20}/g, '(id)');
    }
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value).filter(([key]: readonly [string, unknown]) => !volatile.has(key));
    return Object.fromEntries(fields.map(([key, inner]: readonly [string, unknown]) => [key, rename(inner)]));
  };
  const { step, outcome, events, result, kept } = observation;
  return {
    step,
    outcome,
    events: events.map((event: InboundEvent | unknown) => rename(event)),
    ...(result === undefined ? {} : { result: rename(result) }),
    ...(kept === undefined || kept === 'gone'
      ? kept === undefined
        ? {}
        : { kept }
      : {
          kept: {
            text: String(rename(kept.text)),
            buttons: kept.buttons.map((button) => String(rename(button))),
            flags: kept.flags,
            replyTo: kept.replyTo === undefined ? undefined : String(rename(kept.replyTo)),
          },
        }),
  };
}
