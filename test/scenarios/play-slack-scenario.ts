import { type ErrorCode, toAppError } from '../../core/domain/app-error.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import { personId } from '../../core/domain/ids.ts';
import type { InboundEvent } from '../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { OutboundMessage } from '../../core/domain/outbound-message.ts';
import type { Form } from '../../core/ports/channel.ts';
import type { Place, SlackStep } from './slack-scenario.ts';
import type { KeptMessage, ScenarioWorkspace } from './slack-workspace.ts';

/** What one step led to, with everything that is different in every run replaced by names. */
export interface Observation {
  readonly step: string;
  readonly outcome: 'ok' | ErrorCode;
  /** What a step gives back: what was read, the status of a request. */
  readonly result?: unknown;
  /** What reached core; a twin once. */
  readonly events: readonly unknown[];
  /** The message that the step is about, as Slack keeps it afterwards. */
  readonly kept?: KeptMessage | 'gone';
}

interface Done {
  readonly ref?: MessageRef | undefined;
  readonly result?: unknown;
}

const words = (text: string) => ({
  blocks: [{ type: 'paragraph' as const, children: [{ type: 'text' as const, text }] }],
});

const feedback = [
  [
    { actionId: 'feedback.good', label: '👍' },
    { actionId: 'feedback.bad', label: '👎' },
  ],
];

const formAbout = (about: MessageRef): Form => ({
  formId: 'feedback.reason',
  title: 'What was wrong?',
  submitLabel: 'Send',
  about,
  fields: [{ fieldId: 'words', label: 'In your words', kind: 'text', required: false }],
});

export function describeStep(step: SlackStep, index: number): string {
  const what = 'as' in step ? step.as : 'message' in step ? step.message : '';
  return [`${index + 1}`, step.act, ...(what === '' ? [] : [`"${what}"`])].join(' ');
}

/** Takes the steps one after another. */
export async function playSlackScenario(
  workspace: ScenarioWorkspace,
  steps: readonly SlackStep[],
): Promise<readonly Observation[]> {
  const { channel, person, inbox } = workspace;
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
  const say = (text: string): OutboundMessage => ({
    body: words(text),
    sendKey: `scenario-${observations.length}`,
    actions: feedback,
  });
  const rootOf = (place: Place): string | undefined => {
    if (place === 'channel') return undefined;
    return messages.get(place === 'thread' ? 'question' : 'greeting')?.messageId;
  };
  const target = (place: Place): ConversationAddress => {
    const threadId = rootOf(place);
    return { ...workspace.address(place), ...(threadId === undefined ? {} : { threadId }) };
  };
  const nowhere: ConversationAddress = { ...workspace.address('channel'), channelId: 'C0NOWHERE1' };

  async function perform(step: SlackStep): Promise<Done> {
    switch (step.act) {
      case 'person says':
        return keep(
          step.as,
          await person.say(
            step.place,
            step.text.replace(/\bBOT\b/, `<@${workspace.botId}>`),
            step.place === 'thread' ? rootOf(step.place) : undefined,
          ),
        );
      case 'person edits':
        await person.edit(ref(step.message), step.text);
        return { ref: ref(step.message) };
      case 'person deletes':
        await person.remove(ref(step.message));
        return { ref: ref(step.message) };
      case 'person reacts':
        await person.react(ref(step.message), step.emoji);
        return { ref: ref(step.message) };
      case 'person takes a reaction back':
        await person.unreact(ref(step.message), step.emoji);
        return { ref: ref(step.message) };
      case 'bot says': {
        const to = step.place === 'nowhere' ? nowhere : target(step.place);
        return keep(step.as, await channel.send(to, say(step.text)));
      }
      case 'bot edits':
        await channel.edit(ref(step.message), say(step.text));
        return { ref: ref(step.message) };
      case 'bot removes':
        await channel.remove(ref(step.message));
        return { ref: ref(step.message) };
      case 'bot whispers': {
        const privateTo = personId('slack', person.userId);
        await channel.send(target(step.place), say(step.text), { privateTo });
        return {};
      }
      case 'bot reads the thread':
        return { result: await channel.readThread(target('thread'), ref(step.before), 10) };
      case 'bot thinks':
        await channel.activity(target(step.place), 'thinking');
        await channel.activity(target(step.place), 'idle');
        return {};
      case 'bot streams': {
        const stream = await channel.openStream(target(step.place), { sendKey: step.as });
        for (const piece of step.pieces) await stream.append(piece);
        await stream.close(say(step.pieces.join('')));
        return keep(step.as, stream.ref);
      }
      case 'bot opens a form':
        await channel.openForm(await workspace.invite(ref(step.about)), formAbout(ref(step.about)));
        return {};
      case 'bot publishes its home':
        await channel.publishHome(personId('slack', person.userId), words(step.text));
        return {};
      case 'forged request':
        return { result: await workspace.forge() };
      case 'stale request':
        return { result: await workspace.stale() };
      case 'start with a wrong token':
        await workspace.startWithWrongToken();
        return {};
    }
  }

  function newEvents(since: number): readonly InboundEvent[] {
    const fresh = inbox.events.slice(since).filter((event) => event.type !== 'action_invoked');
    return fresh.filter(
      (event, index) => fresh.findIndex((other) => other.eventId === event.eventId) === index,
    );
  }

  for (const [index, step] of steps.entries()) {
    const before = inbox.events.length;
    const about = 'message' in step ? messages.get(step.message) : undefined;
    let outcome: Observation['outcome'] = 'ok';
    let done: Done = {};
    try {
      done = await perform(step);
    } catch (thrown) {
      outcome = toAppError(thrown).code;
    }
    await workspace.settled();
    const seen = done.ref ?? about;
    const kept = seen === undefined ? undefined : ((await workspace.look(seen)) ?? 'gone');
    observations.push({
      step: describeStep(step, index),
      outcome,
      events: newEvents(before),
      ...(done.result === undefined ? {} : { result: done.result }),
      ...(kept === undefined ? {} : { kept }),
    });
  }

  const names: Record<string, string> = { ...workspace.names };
  for (const [name, message] of messages) names[message.messageId] = `(${name})`;
  return observations.map((observation) => withNames(observation, names));
}

/** Replaces what is different in every run, also inside of longer strings. */
function withNames(observation: Observation, names: Readonly<Record<string, string>>): Observation {
  const rename = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const named = Object.entries(names).reduce((text, [id, name]) => text.replaceAll(id, name), value);
      return named.replaceAll(/\b\d{10}\.\d{6}\b/g, '(ts)').replaceAll(/\bEv[0-9A-Za-z]{6,}\b/g, '(event)');
    }
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => key !== 'occurredAt' && key !== 'deadlineAt')
        .map(([key, inner]) => [key, rename(inner)]),
    );
  };
  const { events, kept } = observation;
  return {
    ...observation,
    events: events.map(rename),
    ...('result' in observation ? { result: rename(observation.result) } : {}),
    ...(kept === undefined || kept === 'gone' ? {} : { kept: { ...kept, text: String(rename(kept.text)) } }),
  };
}
