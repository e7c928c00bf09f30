import { AppError } from '../../../core/domain/app-error.ts';
import type { ChannelCapabilities } from '../../../core/domain/capabilities.ts';
import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import type { Document } from '../../../core/domain/document.ts';
import type { PersonId } from '../../../core/domain/ids.ts';
import type { InboundEvent } from '../../../core/domain/inbound-event.ts';
import { type MessageRef, sameMessage } from '../../../core/domain/message-ref.ts';
import type { OutboundMessage, Picture } from '../../../core/domain/outbound-message.ts';
import type { Receipt } from '../../../core/domain/receipt.ts';
import type {
  ChannelPort,
  Choice,
  CommandDescription,
  Form,
  InteractionResponse,
  OpenStream,
  Sink,
  ThreadMessage,
} from '../../../core/ports/channel.ts';
import { createFailureScript, type FailureScript, type FakeMethod } from './fake-channel-failures.ts';
import { createFakePerson, type FakePerson, type FakePersonOptions } from './fake-person.ts';
import type { Delivered, FakeWorld } from './fake-world.ts';
import { plainText } from './plain-text.ts';

/** One state of a message on the screen. `text` is what a person reads. */
export interface FakeVersion {
  readonly via: 'send' | 'edit' | 'append' | 'close' | 'respond';
  readonly text: string;
  /** Absent while a native stream is open: then only `text` is known. */
  readonly message?: OutboundMessage;
}

export interface FakeMessage {
  readonly ref: MessageRef;
  readonly target: ConversationAddress;
  /** The oldest first; the last is what the screen shows. */
  readonly versions: readonly FakeVersion[];
  readonly text: string;
  readonly current: OutboundMessage | undefined;
  /** Those that it was sent with: edits leave them as they are. */
  readonly pictures: readonly Picture[];
  readonly privateTo: PersonId | undefined;
  /** The interaction that it answers. */
  readonly handle: string | undefined;
  /** The bot's own reaction. */
  readonly ownReaction: string | undefined;
  readonly removed: boolean;
}

export interface FakeCall {
  readonly method: FakeMethod | 'stop';
  readonly args: readonly unknown[];
}

export interface FakeChannelOptions {
  /** Laid over the defaults: everything but native streams, forms, home and send keys. */
  readonly capabilities?: Partial<ChannelCapabilities>;
  /** Default `fake`. */
  readonly platform?: string;
  /** Epoch ms for `occurredAt`. Default: a count in seconds from 2026-01-01. */
  readonly now?: () => number;
  /**
   * What happens to an event with the receipt `unavailable`, or whose sink threw. `manual` (default): it waits for
   * `redeliver`. `automatic`: it comes again at once, at most 20 times.
   */
  readonly redelivery?: 'manual' | 'automatic';
}

/** An in-memory `ChannelPort`: records what is shown, fails on command, and has a person on its other side. */
export interface FakeChannel extends ChannelPort, Omit<FailureScript, 'run' | 'abandon'> {
  /** The first person, in the first direct conversation. */
  readonly person: FakePerson;
  /** Another person, or another conversation of the same one. */
  personAs(options: FakePersonOptions): FakePerson;
  /** Every message ever shown, in order of appearance, removed ones too. */
  messages(): readonly FakeMessage[];
  /** What still stands on the screen, in order: of everyone's messages, or of one conversation's. */
  texts(target?: ConversationAddress): readonly string[];
  message(ref: MessageRef): FakeMessage | undefined;
  readonly calls: readonly FakeCall[];
  /** Completions given, by interaction handle. */
  choices(handle: string): readonly Choice[] | undefined;
  deferred(handle: string): boolean;
  readonly commands: readonly CommandDescription[];
  /** Every form ever opened. */
  readonly forms: readonly Form[];
  /** The form on a person's screen. */
  formOf(personId: PersonId): Form | undefined;
  closeForm(personId: PersonId): void;
  /** No form can be opened any more for what happened so far. */
  expireInteractions(): void;
  home(personId: PersonId): Document | undefined;
  /** What `readThread` finds there, chronological. */
  saidInThread(target: ConversationAddress, messages: readonly ThreadMessage[]): void;
  activityOf(target: ConversationAddress): 'thinking' | 'idle';
  /** Puts any event before the sink as if the platform had delivered it. */
  emit<Event extends InboundEvent>(event: Event): Promise<Delivered<Event>>;
  /** Delivers what was `unavailable` again, in order. */
  redeliver(): Promise<readonly Delivered[]>;
  readonly undelivered: readonly InboundEvent[];
  /** Resolves with the first truthy answer, asked now and after each change; rejects after `deadlineMs` (default 5,000). */
  waitFor<T>(probe: () => T | undefined | false, what?: string, deadlineMs?: number): Promise<T>;
}

const defaultCapabilities: ChannelCapabilities = {
  maxTextChars: 4_096,
  minEditIntervalMs: 1_000,
  minGroupEditIntervalMs: 3_000,
  canEdit: true,
  canRemove: true,
  canStreamNatively: false,
  canReadThreads: false,
  canReact: true,
  canSeeReactions: true,
  canSeeReactionRemoval: true,
  canSendPrivately: true,
  canAnswerPrivately: true,
  canShowActions: true,
  canShowFeedbackButtons: true,
  canShowNotes: true,
  canShowImages: true,
  canShowActivity: true,
  canOpenForms: false,
  canRegisterCommands: true,
  canPublishHome: false,
  hasWrittenCommands: false,
  hasSendKeys: false,
  commandPrefix: '/',
  isLocal: false,
  feedbackHint: 'React to tell me how an answer was.',
  promptFacts: 'You are speaking in a test.',
};

const redeliveryBound = 20;

interface StoredMessage {
  readonly ref: MessageRef;
  readonly target: ConversationAddress;
  readonly versions: FakeVersion[];
  readonly privateTo: PersonId | undefined;
  readonly handle: string | undefined;
  ownReaction: string | undefined;
  removed: boolean;
}

interface OpenInteraction {
  readonly target: ConversationAddress;
  readonly asker: PersonId;
  /** A command that was written as a message may come of it. */
  readonly isWritten: boolean;
  choices: readonly Choice[] | undefined;
  deferred: boolean;
  canOpenForm: boolean;
}

export function createFakeChannel(options: FakeChannelOptions = {}): FakeChannel {
  const platform = options.platform ?? 'fake';
  const capabilities: ChannelCapabilities = { ...defaultCapabilities, ...options.capabilities };
  const messages: StoredMessage[] = [];
  const sentByKey = new Map<string, MessageRef>();
  const interactions = new Map<string, OpenInteraction>();
  const homes = new Map<PersonId, Document>();
  const threads = new Map<string, readonly ThreadMessage[]>();
  const activities = new Map<string, 'thinking' | 'idle'>();
  const calls: FakeCall[] = [];
  const forms: Form[] = [];
  const openForms = new Map<PersonId, Form>();
  const watchers = new Set<() => void>();
  const undelivered: InboundEvent[] = [];
  let commands: readonly CommandDescription[] = [];
  let sink: Sink | undefined;
  let state: 'stopped' | 'starting' | 'ready' = 'stopped';
  let counter = 0;

  const changed = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  const script = createFailureScript(changed);

  const call = async <T>(method: FakeMethod, args: readonly unknown[], deliver: () => T): Promise<T> => {
    calls.push({ method, args });
    changed();
    try {
      return await script.run(method, deliver);
    } finally {
      changed();
    }
  };
  const need = (flag: keyof ChannelCapabilities): void => {
    if (capabilities[flag] === true) return;
    throw new AppError('unsupported', `This channel cannot do that (${flag} is false).`);
  };
  const measure = (body: Document): number => plainText(body).length;
  const checkFits = (body: Document): void => {
    if (measure(body) <= capabilities.maxTextChars) return;
    throw new AppError(
      'invalid_input',
      `The message is longer than ${capabilities.maxTextChars} characters.`,
    );
  };
  const find = (ref: MessageRef): StoredMessage => {
    const found = messages.find((message) => sameMessage(message.ref, ref) && !message.removed);
    if (found === undefined) throw new AppError('not_found', 'That message is gone.');
    return found;
  };
  const show = (
    target: ConversationAddress,
    version: FakeVersion,
    extra: { privateTo?: PersonId; handle?: string } = {},
  ): StoredMessage => {
    counter += 1;
    const ref: MessageRef = { platform, channelId: target.channelId, messageId: `bot-${counter}` };
    const message: StoredMessage = {
      ref,
      target,
      versions: [version],
      privateTo: extra.privateTo,
      handle: extra.handle,
      ownReaction: undefined,
      removed: false,
    };
    messages.push(message);
    return message;
  };

  const view = (message: StoredMessage): FakeMessage => {
    const last = message.versions.at(-1);
    return {
      ref: message.ref,
      target: message.target,
      versions: [...message.versions],
      text: last?.text ?? '',
      current: last?.message,
      pictures: capabilities.canShowImages ? (message.versions[0]?.message?.images ?? []) : [],
      privateTo: message.privateTo,
      handle: message.handle,
      ownReaction: message.ownReaction,
      removed: message.removed,
    };
  };
  const placeOf = (target: ConversationAddress): string => `${target.channelId}/${target.threadId ?? ''}`;

  async function deliverOnce(event: InboundEvent): Promise<Receipt | 'thrown'> {
    if (sink === undefined) return 'unavailable';
    try {
      return await sink(event);
    } catch {
      return 'thrown';
    }
  }

  async function emit<Event extends InboundEvent>(event: Event): Promise<Delivered<Event>> {
    let receipt = await deliverOnce(event);
    const again = (): boolean => receipt === 'unavailable' || receipt === 'thrown';
    if (options.redelivery === 'automatic') {
      for (let attempt = 1; again() && sink !== undefined && attempt < redeliveryBound; attempt += 1) {
        receipt = await deliverOnce(event);
      }
    }
    if (again() && event.type !== 'completion_requested') undelivered.push(event);
    changed();
    return { event, receipt };
  }

  function appendTo(
    message: StoredMessage,
    via: FakeVersion['via'],
    text: string,
    body?: OutboundMessage,
  ): void {
    message.versions.push(body === undefined ? { via, text } : { via, text, message: body });
  }

  function openNativeStream(message: StoredMessage): OpenStream {
    return {
      ref: message.ref,
      append: (markdown) =>
        call('append', [message.ref, markdown], () => {
          find(message.ref);
          appendTo(message, 'append', `${message.versions.at(-1)?.text ?? ''}${markdown}`);
        }),
      close: (final) =>
        call('close', [message.ref, final], () => {
          find(message.ref);
          checkFits(final.body);
          appendTo(message, 'close', plainText(final.body), final);
        }),
    };
  }

  function answer(handle: string, response: InteractionResponse): void {
    const interaction = interactions.get(handle);
    if (interaction === undefined) throw new AppError('not_found', 'Nothing waits for this answer any more.');
    if (response.kind === 'choices') interaction.choices = response.choices;
    else if (response.kind === 'defer') interaction.deferred = true;
    else {
      checkFits(response.message.body);
      const canBePrivate = interaction.isWritten
        ? capabilities.canSendPrivately
        : capabilities.canAnswerPrivately;
      const isPrivate = response.private && canBePrivate;
      show(
        interaction.target,
        { via: 'respond', text: plainText(response.message.body), message: response.message },
        isPrivate ? { handle, privateTo: interaction.asker } : { handle },
      );
    }
  }

  const world: FakeWorld = {
    platform,
    nextId(prefix) {
      counter += 1;
      return `${prefix}-${counter}`;
    },
    nextNumber() {
      counter += 1;
      return counter;
    },
    now: options.now ?? (() => Date.UTC(2026, 0, 1) + counter * 1_000),
    emit,
    openInteraction(target, asker, isWritten = false) {
      counter += 1;
      const handle = `interaction-${counter}`;
      const unanswered = { choices: undefined, deferred: false, canOpenForm: true };
      interactions.set(handle, { target, asker, isWritten, ...unanswered });
      return handle;
    },
    aboutOf: (target, actionId) =>
      messages
        .find((message) => sameMessage(message.ref, target))
        ?.versions.at(-1)
        ?.message?.actions?.flat()
        .find((action) => action.actionId === actionId)?.about,
  };
  const personAs = (person: FakePersonOptions): FakePerson => createFakePerson(world, person);

  return {
    platform,
    capabilities,
    start: (to) =>
      call('start', [], () => {
        sink = to;
        state = 'ready';
      }),
    async stop() {
      calls.push({ method: 'stop', args: [] });
      sink = undefined;
      state = 'stopped';
      script.abandon();
      changed();
    },
    health: () => ({ state }),
    measure,
    send: (target, message, sendOptions = {}) =>
      call('send', [target, message, sendOptions], () => {
        if (sendOptions.privateTo !== undefined) need('canSendPrivately');
        checkFits(message.body);
        const known = capabilities.hasSendKeys ? sentByKey.get(message.sendKey) : undefined;
        if (known !== undefined) return known;
        const shown = show(
          target,
          { via: 'send', text: plainText(message.body), message },
          sendOptions.privateTo === undefined ? {} : { privateTo: sendOptions.privateTo },
        );
        sentByKey.set(message.sendKey, shown.ref);
        return shown.ref;
      }),
    edit: (ref, message) =>
      call('edit', [ref, message], () => {
        need('canEdit');
        checkFits(message.body);
        appendTo(find(ref), 'edit', plainText(message.body), message);
      }),
    remove: (ref) =>
      call('remove', [ref], () => {
        need('canRemove');
        find(ref).removed = true;
      }),
    react: (ref, emoji) =>
      call('react', [ref, emoji], () => {
        need('canReact');
        const found = messages.find((message) => sameMessage(message.ref, ref));
        if (found !== undefined) found.ownReaction = emoji;
      }),
    activity: (target, activity) =>
      call('activity', [target, activity], () => {
        need('canShowActivity');
        activities.set(placeOf(target), activity);
      }),
    openStream: (target, streamOptions) =>
      call('openStream', [target, streamOptions], () => {
        need('canStreamNatively');
        if (target.audience === 'group')
          throw new AppError('unsupported', 'This channel streams where one person reads.');
        const known = capabilities.hasSendKeys ? sentByKey.get(streamOptions.sendKey) : undefined;
        const stored = known === undefined ? show(target, { via: 'send', text: '' }) : find(known);
        sentByKey.set(streamOptions.sendKey, stored.ref);
        return openNativeStream(stored);
      }),
    openForm: (interaction, form) =>
      call('openForm', [interaction, form], () => {
        need('canOpenForms');
        const opened = interactions.get(interaction.handle);
        if (opened?.canOpenForm !== true)
          throw new AppError('not_found', 'It is too late to open a form for that.');
        forms.push(form);
        openForms.set(opened.asker, form);
      }),
    respond: (interaction, response) =>
      call('respond', [interaction, response], () => answer(interaction.handle, response)),
    registerCommands: (descriptions) =>
      call('registerCommands', [descriptions], () => {
        need('canRegisterCommands');
        commands = descriptions;
      }),
    publishHome: (personId, body) =>
      call('publishHome', [personId, body], () => {
        need('canPublishHome');
        homes.set(personId, body);
      }),
    readThread: (target, before, limit) =>
      call('readThread', [target, before, limit], () => {
        need('canReadThreads');
        const said = threads.get(placeOf(target)) ?? [];
        const end = said.findIndex(({ ref }) => sameMessage(ref, before));
        return said.slice(0, end === -1 ? said.length : end).slice(-limit);
      }),
    saidInThread: (target, messages) => void threads.set(placeOf(target), messages),

    failNext: script.failNext,
    failAlways: script.failAlways,
    heal: script.heal,
    release: script.release,
    hanging: script.hanging,

    person: personAs({}),
    personAs,
    messages: () => messages.map(view),
    texts: (target) =>
      messages
        .filter((message) => !message.removed)
        .filter((message) => target === undefined || placeOf(message.target) === placeOf(target))
        .map((message) => view(message).text),
    message(ref) {
      const found = messages.find((message) => sameMessage(message.ref, ref));
      return found === undefined ? undefined : view(found);
    },
    get calls() {
      return [...calls];
    },
    choices: (handle) => interactions.get(handle)?.choices,
    deferred: (handle) => interactions.get(handle)?.deferred ?? false,
    get commands() {
      return commands;
    },
    get forms() {
      return [...forms];
    },
    formOf: (personId) => openForms.get(personId),
    closeForm: (personId) => void openForms.delete(personId),
    expireInteractions() {
      for (const interaction of interactions.values()) interaction.canOpenForm = false;
    },
    home: (personId) => homes.get(personId),
    activityOf: (target) => activities.get(placeOf(target)) ?? 'idle',
    emit,
    async redeliver() {
      const waiting = undelivered.splice(0);
      const delivered: Delivered[] = [];
      for (const event of waiting) delivered.push(await emit(event));
      return delivered;
    },
    get undelivered() {
      return [...undelivered];
    },
    waitFor(probe, what = 'the expected change', deadlineMs = 5_000) {
      return new Promise((resolve, reject) => {
        const finish = (): void => {
          clearTimeout(deadline);
          watchers.delete(look);
        };
        const look = (): void => {
          try {
            const answered = probe();
            if (answered === undefined || answered === false) return;
            finish();
            resolve(answered);
          } catch (thrown) {
            finish();
            reject(thrown);
          }
        };
        const deadline = setTimeout(() => {
          watchers.delete(look);
          reject(
            new Error(
              `waited ${deadlineMs} ms for ${what}; shown: ${JSON.stringify(messages.map((m) => view(m).text))}`,
            ),
          );
        }, deadlineMs);
        watchers.add(look);
        look();
      });
    },
  };
}
