import { type AppError, toAppError } from '../domain/app-error.ts';
import type { ConversationAddress } from '../domain/conversation.ts';
import type { Document } from '../domain/document.ts';
import type { TurnId } from '../domain/ids.ts';
import type { MessageRef } from '../domain/message-ref.ts';
import type { Action, AnswerNotes, OutboundMessage } from '../domain/outbound-message.ts';
import { splitDocument } from '../domain/split-document.ts';
import type { SendIntent } from '../domain/turn.ts';
import type { OpenStream } from '../ports/channel.ts';
import type { MarkdownPort } from '../ports/markdown.ts';
import {
  createMessageWriter,
  editIntervalMs,
  type MessageWriterDeps,
  printOf,
  type ShownMessage,
} from './message-writer.ts';
import { createSignalFlag } from './signal-flag.ts';

export interface ReplyStreamDeps extends MessageWriterDeps {
  readonly markdown: MarkdownPort;
}

export interface ReplyStreamOptions {
  readonly turnId: TurnId;
  readonly target: ConversationAddress;
  readonly replyTo?: MessageRef;
  /** What an earlier process already sent of this answer. */
  readonly sends?: readonly SendIntent[];
  /** Runs once, before the first send: the turn must be stored by then. */
  readonly beforeFirstSend: () => Promise<void>;
}

/** In a group an answer replies to the question, so that people see whose it is. */
export function replyTarget(
  requestRefs: readonly MessageRef[],
  target: ConversationAddress,
): Pick<ReplyStreamOptions, 'replyTo'> {
  const [replyTo] = requestRefs;
  return replyTo !== undefined && target.audience === 'group' ? { replyTo } : {};
}

/** How the last state of an answer differs from its text. */
export interface ReplyFinish {
  /** Markdown that follows the text as blocks of its own, outside any code fence the text left open. */
  readonly suffix?: string;
  readonly actions?: readonly (readonly Action[])[];
  readonly notes?: AnswerNotes;
}

/**
 * `delivered`: all of it shows. `later`: the platform cannot be reached; everything known is stored and may be tried
 * again. `unknown`: a send may or may not have arrived and was not repeated. `failed`: the platform refuses for good.
 */
export type Delivery = { readonly kind: 'delivered' } | Failure;
type Failure =
  | { readonly kind: 'later'; readonly error: AppError }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'failed'; readonly error: AppError };

/**
 * One answer on its way to people. Text is pushed as it comes; what people see follows it, no faster than the platform
 * allows, in as many messages as it takes, nothing truncated.
 */
export interface ReplyStream {
  push(text: string): void;
  /** True from the moment the first send is under way. */
  readonly visible: boolean;
  readonly text: string;
  /** Shows the final state and waits for it. Rejects with storage errors only. */
  finish(finish: ReplyFinish): Promise<Delivery>;
  /** Gives the answer up before anything was sent; no effect once it is visible. Resolves with whether it was given up. */
  cancel(): Promise<boolean>;
}

/** A push notification shows a message's first state: on platforms that edit slowly it should be worth reading. */
const firstShownChars = 40;
const slowEditMs = 500;
const pauseAfterFailureMs = 1_000;
const longestPauseMs = 30_000;
/** Laying out a long text again and again must not eat the processor: at most a fifth of the time goes into it. */
const layoutCostFactor = 4;

/** An answer as it should stand at one moment. What comes while that is being shown belongs to the next. */
interface Layout {
  readonly pieces: readonly Document[];
  /** The end that was asked for by then. */
  readonly end: ReplyFinish | undefined;
}

interface NativeStream {
  readonly stream: OpenStream;
  appendedChars: number;
  /** An `append` failed where nothing can be edited: no more is appended, and the end sets everything right. */
  isBroken: boolean;
}

export function createReplyStream(deps: ReplyStreamDeps, options: ReplyStreamOptions): ReplyStream {
  const { channel, turns, clock, goingDown } = deps;
  const { capabilities } = channel;
  const { turnId, target } = options;
  const writer = createMessageWriter(turnId, target, deps, options.sends);
  const intervalMs = editIntervalMs(channel, target);
  const firstChars = capabilities.canEdit && intervalMs >= slowEditMs ? firstShownChars : 1;

  let text = '';
  let finishing: ReplyFinish | undefined;
  let cancelled = false;
  let visible = false;
  let layoutCostMs = 0;
  let native: NativeStream | undefined;
  let canStream = capabilities.canStreamNatively && target.audience === 'direct';
  const shown = alreadyShown(options.sends ?? []);
  let begun = shown.length > 0;
  const changed = createSignalFlag();
  const finishAsked = createSignalFlag();

  function layout(end: ReplyFinish | undefined): Layout {
    const startedAtMs = clock.monotonicMs();
    const body = deps.markdown.parse(text);
    const suffix = end?.suffix === undefined ? [] : deps.markdown.parse(end.suffix).blocks;
    const whole = { blocks: [...body.blocks, ...suffix] };
    const pieces = splitDocument(whole, capabilities.maxTextChars, (piece) => channel.measure(piece));
    layoutCostMs = clock.monotonicMs() - startedAtMs;
    return { pieces, end };
  }

  /** The message at one place of the answer, as it should stand now. */
  function messageAt(index: number, { pieces, end: whole }: Layout): OutboundMessage {
    const last = index === pieces.length - 1;
    const end = last ? whole : undefined;
    return {
      body: pieces[index] ?? { blocks: [] },
      sendKey: `${turnId}.${index}`,
      final: !last || whole !== undefined,
      ...(index === 0 && options.replyTo !== undefined ? { replyTo: options.replyTo } : {}),
      ...(end?.actions !== undefined && capabilities.canShowActions ? { actions: end.actions } : {}),
      ...(end?.notes !== undefined && capabilities.canShowNotes ? { notes: end.notes } : {}),
    };
  }

  async function beginOnce(): Promise<void> {
    visible = true;
    if (begun) return;
    await options.beforeFirstSend();
    begun = true;
  }

  async function openNative(message: OutboundMessage): Promise<Failure | undefined> {
    await beginOnce();
    await turns.intend(turnId, 0, message.sendKey, message.body, clock.now());
    let stream: OpenStream;
    try {
      const replyTo = message.replyTo === undefined ? {} : { replyTo: message.replyTo };
      stream = await channel.openStream(target, { sendKey: message.sendKey, ...replyTo });
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'delivery_unknown') return { kind: 'unknown' };
      await turns.unsent(turnId, 0);
      if (error.retryable) return { kind: 'later', error };
      // No streams here: an ordinary message says it as well, or tells what is really wrong.
      canStream = false;
      return undefined;
    }
    await turns.sent(turnId, 0, stream.ref, clock.now());
    native = { stream, appendedChars: 0, isBroken: false };
    shown[0] = { ref: stream.ref, print: '', gone: false };
    return undefined;
  }

  /** Appends what is new, or closes the stream once its message is complete: at the end, or when a second one begins. */
  async function continueNative(open: NativeStream, state: Layout): Promise<Failure | undefined> {
    const message = messageAt(0, state);
    if (state.end !== undefined || state.pieces.length > 1) return closeNative(open, message);
    const { length } = text;
    const rest = text.slice(open.appendedChars);
    if (rest === '' || open.isBroken) return undefined;
    try {
      await open.stream.append(rest);
    } catch {
      // Its fate is unknown, or the platform has ended the stream: edits say again all that there is to say.
      if (capabilities.canEdit) native = undefined;
      else open.isBroken = true;
      return undefined;
    }
    open.appendedChars = length;
    writer.noteShown();
    // What people have read must not vanish when a killed process's answer is marked as cut off.
    await turns.shown(turnId, 0, message.body);
    return undefined;
  }

  async function closeNative(open: NativeStream, message: OutboundMessage): Promise<Failure | undefined> {
    native = undefined;
    try {
      await open.stream.close(message);
    } catch (thrown) {
      // What is missing follows as an ordinary edit, or is reported.
      return capabilities.canEdit ? undefined : { kind: 'failed', error: toAppError(thrown) };
    }
    shown[0] = { ref: open.stream.ref, print: printOf(message), gone: false };
    writer.noteShown();
    await turns.shown(turnId, 0, message.body);
    return undefined;
  }

  async function showAt(index: number, state: Layout): Promise<Failure | undefined> {
    const message = messageAt(index, state);
    const entry = shown[index];
    const patient = state.end !== undefined;
    const mayChangeAgain = index === state.pieces.length - 1 && !patient;
    if (entry === undefined && mayChangeAgain && !capabilities.canEdit) return undefined;
    if (entry !== undefined && (entry.gone || entry.print === printOf(message) || !capabilities.canEdit)) {
      return undefined;
    }
    if (entry === undefined) await beginOnce();
    const result =
      entry === undefined
        ? await writer.send(index, message, patient)
        : await writer.edit(index, entry, message, patient);
    if (result.kind !== 'ok') return result;
    shown[index] = result.shown;
    // A repeated send shows what it said the first time: an edit follows.
    return entry === undefined ? showAt(index, state) : undefined;
  }

  /** Takes away messages that the final text no longer needs. */
  async function removeSurplus(count: number): Promise<void> {
    for (const [index, entry] of [...shown.entries()].slice(Math.max(1, count)).reverse()) {
      if (capabilities.canRemove) await channel.remove(entry.ref).catch(() => {});
      await turns.unsent(turnId, index);
      shown.length = index;
    }
  }

  /** Brings what shows in line with what should show; the first failure ends the attempt. */
  async function reconcile(end: ReplyFinish | undefined): Promise<Failure | undefined> {
    const state = layout(end);
    const { pieces } = state;
    if (pieces.length === 0) return undefined;
    if (canStream && shown.length === 0 && end === undefined) {
      const failure = await openNative(messageAt(0, state));
      if (failure !== undefined) return failure;
    }
    if (native !== undefined) {
      const failure = await continueNative(native, state);
      if (failure !== undefined || native !== undefined) return failure;
    }
    for (const index of pieces.keys()) {
      const failure = await showAt(index, state);
      if (failure !== undefined) return failure;
    }
    if (end !== undefined) await removeSurplus(pieces.length);
    return undefined;
  }

  function worthShowing(): boolean {
    if (shown.length > 0) return true;
    const length = text.trim().length;
    return length >= firstChars || (length > 0 && text.includes('\n\n'));
  }

  /** What the platform asked for, or a second; also when the end is near: asking again at once would be refused again. */
  async function pauseAfter(failure: Failure): Promise<void> {
    const askedMs = failure.kind === 'later' ? failure.error.retryAfterMs : undefined;
    await clock.sleep(Math.min(longestPauseMs, askedMs ?? pauseAfterFailureMs), goingDown).catch(() => {});
  }

  /** Until the next state may be shown; cut short when the end is asked for. */
  async function pause(): Promise<void> {
    const controller = new AbortController();
    const pauseMs = Math.max(intervalMs, layoutCostMs * layoutCostFactor);
    await Promise.race([clock.sleep(pauseMs, controller.signal).catch(() => {}), finishAsked.wait()]);
    controller.abort();
  }

  async function pump(): Promise<Delivery> {
    for (;;) {
      await changed.wait();
      changed.lower();
      if (cancelled) return { kind: 'delivered' };
      const end = finishing;
      if (end === undefined && !worthShowing()) continue;
      const failure = await reconcile(end);
      if (end !== undefined) return failure ?? { kind: 'delivered' };
      if (failure?.kind === 'unknown' || failure?.kind === 'failed') return failure;
      if (failure === undefined) {
        await pause();
      } else {
        await pauseAfter(failure);
        changed.raise();
      }
    }
  }

  const pumping = pump();
  // A failure is reported by `finish`; until then it must not count as unhandled.
  pumping.catch(() => {});

  function askForEnd(): void {
    finishAsked.raise();
    changed.raise();
  }

  return {
    push(piece) {
      if (piece === '' || finishing !== undefined) return;
      text += piece;
      changed.raise();
    },
    get visible() {
      return visible;
    },
    get text() {
      return text;
    },
    finish(finish) {
      finishing = finish;
      askForEnd();
      return pumping;
    },
    async cancel() {
      if (visible) return false;
      cancelled = true;
      askForEnd();
      await pumping.catch(() => {});
      return !visible;
    },
  };
}

/** The unbroken run of sent messages from the first on; after a gap everything is sent again. */
function alreadyShown(sends: readonly SendIntent[]): ShownMessage[] {
  const shown: ShownMessage[] = [];
  for (const send of sends) {
    if (send.state !== 'sent' || send.ref === undefined || send.index !== shown.length) break;
    const message: OutboundMessage = { body: send.body, sendKey: send.sendKey };
    shown.push({ ref: send.ref, print: printOf(message), gone: false });
  }
  return shown;
}
