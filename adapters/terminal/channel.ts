import type { Document } from '../../core/domain/document.ts';
import type { InboundEvent } from '../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { OutboundMessage } from '../../core/domain/outbound-message.ts';
import type { Receipt } from '../../core/domain/receipt.ts';
import type { ChannelHealth, ChannelPort, OpenStream, Sink } from '../../core/ports/channel.ts';
import { notStored, stopped, tooLong, unsupported } from './errors.ts';
import { type Ratable, refOf, understand } from './inbound.ts';
import type { TerminalInput } from './link.ts';
import {
  FIRST_RETRY_MS,
  LONGEST_RETRY_MS,
  MAX_DELIVERIES,
  MAX_TEXT_CHARS,
  PLATFORM,
  type TerminalOptions,
} from './options.ts';
import { footnoteOf, plainText, settledText } from './outbound.ts';

/** So many inputs are remembered, to say the same thing again when one is repeated. */
const MAX_REMEMBERED = 200;

const nothingToRate = 'There is no answer to rate yet.';

const thanks = {
  good: 'Noted: good. /good once more takes it back.',
  bad: 'Noted: bad. /bad once more takes it back.',
  withdrawn: 'Taken back.',
} as const;

/**
 * The operator's terminal as a channel: one conversation, lines in, text out. Output is appended and never changed; an
 * answer that turns out different from what was already shown of it is shown again as a whole.
 */
export function createTerminalChannel(options: TerminalOptions): ChannelPort {
  const { link, markdown, clock, logger, personName } = options;
  const understood = new Map<string, InboundEvent>();
  let state: ChannelHealth['state'] = 'stopped';
  let stopping = new AbortController();
  let sink: Sink | undefined;
  let ratable: Ratable | undefined;
  let last: Promise<void> = Promise.resolve();

  function checkedText(body: Document): string {
    const text = plainText(body);
    if (text.length > MAX_TEXT_CHARS) throw tooLong(text.length, MAX_TEXT_CHARS);
    return text;
  }

  function show(message: OutboundMessage, kind: 'message' | 'close'): MessageRef {
    const text = checkedText(message.body);
    const footnote = footnoteOf(message.notes);
    const messageId = messageIdOf(message.sendKey);
    link.show({ kind, messageId, text, ...(footnote === undefined ? {} : { footnote }) });
    return refOf(messageId);
  }

  function answered(ref: MessageRef): MessageRef {
    ratable = { ref };
    return ref;
  }

  /** Tells the sink until it has taken the event, as a platform would that delivers at least once. */
  async function deliver(event: InboundEvent): Promise<Receipt> {
    for (let count = 1; ; count += 1) {
      if (sink === undefined) throw stopped();
      const receipt = await ask(sink, event);
      if (receipt !== 'unavailable') return receipt;
      if (count === MAX_DELIVERIES) throw notStored();
      const pauseMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (count - 1));
      await clock.sleep(pauseMs, stopping.signal).catch(() => Promise.reject(stopped()));
    }
  }

  function say(input: TerminalInput, text: string): void {
    link.show({ kind: 'message', messageId: `notice.${input.inputId}`, text });
  }

  async function handle(input: TerminalInput): Promise<void> {
    const event = understood.get(input.inputId) ?? understand(input, personName, ratable);
    if (event === 'empty') return;
    if (event === 'nothing_to_rate') {
      say(input, nothingToRate);
      return;
    }
    const isNew = !understood.has(input.inputId);
    understood.set(input.inputId, event);
    for (const oldest of understood.keys()) {
      if (understood.size <= MAX_REMEMBERED) break;
      understood.delete(oldest);
    }
    const receipt = await deliver(event);
    if (!isNew) return;
    const isSignal = event.type === 'signal_given' || event.type === 'signal_withdrawn';
    if (isSignal && receipt === 'refused') {
      say(input, nothingToRate);
    } else if (event.type === 'signal_given') {
      const mark = event.mark.name === 'good' ? 'good' : 'bad';
      ratable = { ref: event.target, mark };
      say(input, thanks[mark]);
    } else if (event.type === 'signal_withdrawn') {
      ratable = { ref: event.target };
      say(input, thanks.withdrawn);
    }
  }

  /** One line after the other; one that fails does not hold up the next. */
  function take(input: TerminalInput): Promise<void> {
    if (state === 'stopped') return Promise.reject(stopped());
    const turn = last.then(() => handle(input));
    last = turn.catch((error: unknown) => logger.warn('terminal_line_failed', { error }));
    return turn;
  }

  return {
    platform: PLATFORM,
    capabilities: {
      maxTextChars: MAX_TEXT_CHARS,
      minEditIntervalMs: 50,
      minGroupEditIntervalMs: 50,
      canEdit: false,
      canRemove: false,
      canStreamNatively: true,
      canReadThreads: false,
      canReact: false,
      canSeeReactions: false,
      canSeeReactionRemoval: false,
      canSendPrivately: false,
      canAnswerPrivately: false,
      canShowActions: false,
      canShowFeedbackButtons: false,
      canShowNotes: true,
      // Few terminals show pictures, and none says whether it does: what they show is said in the text as well.
      canShowImages: false,
      canShowActivity: true,
      canOpenForms: false,
      canRegisterCommands: true,
      canPublishHome: false,
      hasWrittenCommands: false,
      hasSendKeys: true,
      commandPrefix: '/',
      isLocal: true,
      feedbackHint: 'Type `/good` or `/bad` to tell me how the last answer was.',
      promptFacts:
        'You are speaking in a text terminal: Markdown is shown as plain text, so prefer short paragraphs and lists to tables.',
    },

    async start(to) {
      sink = to;
      stopping = new AbortController();
      state = 'ready';
      link.listen(take);
    },
    async stop() {
      state = 'stopped';
      sink = undefined;
      link.listen(undefined);
      stopping.abort();
      await last;
    },
    health: () => ({ state }),

    measure: (body) => plainText(body).length,
    async send(_target, message, sendOptions) {
      if (sendOptions?.privateTo !== undefined) throw unsupported('show something to one person only');
      return answered(show(message, 'message'));
    },
    async edit() {
      throw unsupported('change what it has shown');
    },
    async remove() {
      throw unsupported('take back what it has shown');
    },
    async react() {
      throw unsupported('show reactions');
    },
    async activity(_target, activity) {
      link.show({ kind: 'activity', activity });
    },
    async openStream(_target, { sendKey }): Promise<OpenStream> {
      const messageId = messageIdOf(sendKey);
      let source = '';
      let shown = '';
      return {
        ref: answered(refOf(messageId)),
        async append(piece) {
          source += piece;
          const settled = settledText(markdown.parse(source));
          if (!settled.startsWith(shown) || settled === shown) return;
          link.show({ kind: 'append', messageId, text: settled.slice(shown.length) });
          shown = settled;
        },
        async close(message) {
          show({ ...message, sendKey }, 'close');
        },
      };
    },
    async openForm() {
      throw unsupported('open a form');
    },
    async respond(interaction, response) {
      if (response.kind === 'choices') {
        const choices = response.choices.map((choice) => choice.value);
        link.show({ kind: 'choices', inputId: interaction.handle, choices });
      } else if (response.kind === 'message') {
        show(response.message, 'message');
      }
    },
    async registerCommands(commands) {
      link.show({ kind: 'commands', names: [...commands.map((command) => command.name), 'good', 'bad'] });
    },
    async publishHome() {
      throw unsupported('show a home page');
    },
    async readThread() {
      throw unsupported('read a thread');
    },
  };
}

/** A sink that breaks its word has not taken the event. */
async function ask(sink: Sink, event: InboundEvent): Promise<Receipt> {
  try {
    return await sink(event);
  } catch {
    return 'unavailable';
  }
}

/** The same for the same send, also after a restart: who has seen it is not shown it again. */
function messageIdOf(sendKey: string): string {
  return `bot.${sendKey}`;
}
