import { AppError } from '../domain/app-error.ts';
import type { ConversationAddress, ConversationKey } from '../domain/conversation.ts';
import {
  turnId as asTurnId,
  type EventId,
  type PersonId,
  type SessionId,
  type TurnId,
} from '../domain/ids.ts';
import type { MessageRef } from '../domain/message-ref.ts';
import type { ModelUsage } from '../domain/model.ts';
import type { PolicyId } from '../domain/policy.ts';
import type { SampledTokens } from '../domain/sampling.ts';
import { type ShownSkill, type SkillProvenance, skillAuthors } from '../domain/skill.ts';
import type { PastTurn, Turn } from '../domain/turn.ts';
import type { IsHoldOut } from '../feedback/hold-out.ts';
import { recordTool } from '../feedback/record-tool.ts';
import type { ChannelPort } from '../ports/channel.ts';
import type { Ids } from '../ports/ids.ts';
import type { LedgerStore } from '../ports/ledger-store.ts';
import type { ToolContext } from '../ports/tool.ts';
import type { NewTurn, TurnEnd } from '../ports/turn-store.ts';
import { abortReason, isWithdrawal } from './abort-reason.ts';
import { type AgentLoopDeps, agentLoop } from './agent-loop.ts';
import { assemblePrompt, type Quote, type SaidBefore } from './assemble-prompt.ts';
import { concludeDelivery } from './conclude-delivery.ts';
import type { DeliveryDeps } from './delivery-deps.ts';
import { createReplyStream, type ReplyStream, replyTarget } from './reply-stream.ts';
import { endingOf, type ModelAnswer, notesOf, type TurnEnding } from './turn-ending.ts';
import type { TurnOutcome } from './turn-outcome.ts';
import { showThinking } from './typing.ts';

/** The skills of one moment for one request, and the block that shows them to the model. */
export interface SkillsForTurn {
  readonly generation: number;
  readonly shown: readonly ShownSkill[];
  /** Chosen as well and left out by chance; not in the block. */
  readonly masked: readonly ShownSkill[];
  readonly block: string;
}

/** Who asks, and in which session. */
export interface SkillsAsker {
  readonly personId: PersonId;
  readonly sessionId: SessionId;
}

/** Which policy a turn is answered by. */
export interface AnsweringPolicy {
  readonly policyId: PolicyId;
  /** In place of the configured one. */
  readonly persona?: string;
  /** Whose words that persona was learned from; absent: nobody's, as far as is known. */
  readonly learnedFrom?: SkillProvenance;
}

/** What is known of a turn when its answer is whole, as far as it decides what may become of it. */
export type TurnFacts = Pick<Turn, 'conversation' | 'askerId' | 'promptAuthors' | 'skills' | 'isHoldOut'>;

export interface RunTurnDeps extends Omit<AgentLoopDeps, 'policy'>, DeliveryDeps {
  /** Where it is noted how tool calls ended. */
  readonly ledger: Pick<LedgerStore, 'append'>;
  readonly ids: Ids;
  /** Skills for the words a person wrote there. Never rejects; the answer waits for it, so it waits for nothing long. */
  skillsFor(
    words: string,
    place: ConversationAddress,
    who: SkillsAsker,
  ): SkillsForTurn | Promise<SkillsForTurn>;
  /** What answers there at this moment; `undefined`, or absent: the configured model. */
  policyFor?(conversation: ConversationAddress, key: ConversationKey): AnsweringPolicy | undefined;
  readonly isHoldOut: IsHoldOut;
  /** Whether what an engine read and wrote for this turn is stored with its answer. */
  keepsSampled(turn: TurnFacts): boolean;
  readonly persona: string;
  readonly historyBudgetTokens: number;
}

/** Everything one turn needs to know; gathered before, so that the run itself asks nothing. */
export interface TurnJob {
  readonly channel: ChannelPort;
  readonly conversation: ConversationAddress;
  readonly conversationKey: ConversationKey;
  readonly sessionId: SessionId;
  readonly askerId: PersonId;
  readonly askerName: string;
  readonly eventIds: readonly EventId[];
  readonly requestRefs: readonly MessageRef[];
  readonly requestText: string;
  /** What the person replied to, by the messages of the request. */
  readonly quotes: readonly Quote[];
  /** As `RequestText.threadBefore`. */
  readonly threadBefore?: readonly SaidBefore[];
  readonly history: readonly PastTurn[];
  /** As `Turn.promptAuthors`, without those whom the skills and the persona were learned from. */
  readonly promptAuthors: readonly PersonId[];
  readonly retryOf?: TurnId;
}

/** How the lane and the run talk to each other. */
export interface TurnControl {
  readonly signal: AbortSignal;
  /** The answer begins to show: from now on further words are a turn of their own. */
  becameVisible(): void;
  /** The request went to the model. */
  askedModel(): void;
}

interface SampledModelAnswer extends ModelAnswer {
  /** As `AgentEvent` tells it; empty where the answer failed. */
  readonly sampled: readonly SampledTokens[];
}

/** Streams the model into the reply until it ends one way or another. */
async function answerInto(
  reply: ReplyStream,
  prompt: ReturnType<typeof assemblePrompt>,
  deps: AgentLoopDeps,
  context: ToolContext,
  control: TurnControl,
  onStarted: (model: string) => void,
  onTool: (tool: string, isError: boolean) => void,
): Promise<SampledModelAnswer> {
  let usage: ModelUsage | undefined;
  let truncated = false;
  let failure: AppError | undefined;
  let sampled: readonly SampledTokens[] = [];
  let asked = false;
  for await (const event of agentLoop(prompt, deps, context, control.signal)) {
    if (!asked) control.askedModel();
    asked = true;
    switch (event.type) {
      case 'started':
        onStarted(event.model);
        break;
      case 'text':
        reply.push(event.text);
        break;
      case 'tool_started':
        // A tool may change the world: from here on the turn cannot be restarted for further words.
        control.becameVisible();
        break;
      case 'tool_finished':
        onTool(event.call.name, event.isError);
        break;
      case 'completed':
        usage = event.usage;
        truncated = event.truncated;
        sampled = event.sampled;
        if (reply.text.trim() === '') failure = new AppError('bad_reply', 'The model sent an empty answer.');
        break;
      case 'failed':
        failure = event.error;
        break;
    }
  }
  return { usage, truncated, failure, sampled };
}

/**
 * One turn: skills for the person's words → prompt → model stream and tools → reply stream → stored end. Model and
 * platform failures are told to the person and are ends, not exceptions; rejects with storage errors only, and then
 * the inbox events are still waiting.
 */
export async function runTurn(job: TurnJob, deps: RunTurnDeps, control: TurnControl): Promise<TurnOutcome> {
  const startedAt = deps.clock.now();
  const turnId = asTurnId(deps.ids.next('turn'));
  const skills = await deps.skillsFor(job.requestText, job.conversation, {
    personId: job.askerId,
    sessionId: job.sessionId,
  });
  const answering = deps.policyFor?.(job.conversation, job.conversationKey);
  const prompt = assemblePrompt({
    persona: answering?.persona ?? deps.persona,
    channelFacts: job.channel.capabilities.promptFacts,
    audience: job.conversation.audience,
    skillsBlock: skills.block,
    history: job.history,
    historyBudgetTokens: deps.historyBudgetTokens,
    request: {
      askerName: job.askerName,
      text: job.requestText,
      quotes: job.quotes,
      ...(job.threadBefore === undefined ? {} : { threadBefore: job.threadBefore }),
    },
    now: startedAt,
  });
  let policy = 'none';
  const facts: TurnFacts = {
    conversation: job.conversation,
    askerId: job.askerId,
    promptAuthors: [...new Set([...job.promptAuthors, ...skillAuthors([...skills.shown, answering ?? {}])])],
    skills: skills.shown,
    isHoldOut: deps.isHoldOut(job.conversationKey),
  };

  async function openTurn(): Promise<void> {
    const turn: NewTurn = {
      ...facts,
      turnId,
      conversationKey: job.conversationKey,
      sessionId: job.sessionId,
      askerName: job.askerName,
      eventIds: job.eventIds,
      requestRefs: job.requestRefs,
      requestText: job.requestText,
      line: 'main',
      generation: skills.generation,
      maskedSkills: skills.masked,
      policy,
      promptHash: deps.ids.digest(JSON.stringify(prompt)),
      startedAt,
      ...(job.retryOf === undefined ? {} : { retryOf: job.retryOf }),
    };
    await deps.turns.open(turn);
  }

  /**
   * Once: when the model begins, so that the write costs the answer no time; else whoever needs the turn first, the
   * first send or the end of an answer that was never shown.
   */
  let opening: Promise<void> | undefined;
  function ensureOpen(): Promise<void> {
    opening ??= openTurn();
    return opening;
  }

  async function withdraw(): Promise<TurnOutcome> {
    if (opening !== undefined) {
      await opening;
      await deps.turns.discard(turnId);
    }
    return { kind: 'withdrawn' };
  }

  const reply = createReplyStream(
    { ...deps, channel: job.channel },
    {
      turnId,
      target: job.conversation,
      ...replyTarget(job.requestRefs, job.conversation),
      beforeFirstSend: async () => {
        control.becameVisible();
        stopThinking();
        await ensureOpen();
      },
    },
  );
  const stopThinking = showThinking(job.channel, job.conversation, deps.clock);
  /** At once, before a word that is on its way can show: what is withdrawn is begun again and must not show twice. */
  function withdrawUnseen(): void {
    if (isWithdrawal(abortReason(control.signal))) void reply.cancel();
  }
  control.signal.addEventListener('abort', withdrawUnseen);
  withdrawUnseen();
  try {
    const context: ToolContext = { conversation: job.conversation, askerId: job.askerId };
    const tools: Promise<void>[] = [];
    const answer = await answerInto(
      reply,
      prompt,
      answering === undefined ? deps : { ...deps, policy: answering.policyId },
      context,
      control,
      (model) => {
        policy = model;
        // A failure comes back to whoever waits for it.
        ensureOpen().catch(() => {});
      },
      (tool, isError) => {
        const { conversation } = job;
        const call = tools.length + 1;
        tools.push(recordTool({ turnId, conversation, call, tool, isError, now: deps.clock.now() }, deps));
      },
    );
    await Promise.all(tools);
    const reason = abortReason(control.signal);
    if (isWithdrawal(reason) && (await reply.cancel())) return await withdraw();
    // The answer is whole: it is shown as it is, and further words are a turn of their own.
    control.signal.removeEventListener('abort', withdrawUnseen);
    control.becameVisible();
    const ending = endingOf(
      answer,
      reply.text,
      reason,
      job.channel.capabilities,
      notesOf(policy, skills.shown),
    );
    if (answer.failure !== undefined && reason === undefined) {
      deps.logger.warn('model_failed', { turnId, code: answer.failure.code, error: answer.failure });
    }
    if (ending.silent && (await reply.cancel())) {
      await ensureOpen();
      await deps.turns.end(turnId, {
        state: ending.state,
        endedAt: deps.clock.now(),
        replyText: '',
      });
      return { kind: 'ended', turnId, state: ending.state };
    }
    return await deliver(reply, ending, answer);
  } finally {
    stopThinking();
  }

  async function deliver(
    stream: ReplyStream,
    ending: TurnEnding,
    answer: SampledModelAnswer,
  ): Promise<TurnOutcome> {
    if (ending.state === 'done') {
      await ensureOpen();
      const sampled = deps.keepsSampled(facts) ? answer.sampled : [];
      await deps.turns.answer(turnId, stream.text, answer.usage, sampled);
    }
    const delivery = await stream.finish(ending.finish);
    const wanted: TurnEnd = {
      state: ending.state,
      endedAt: deps.clock.now(),
      replyText: stream.text,
      ...(answer.usage === undefined ? {} : { usage: answer.usage }),
      ...(answer.failure === undefined ? {} : { errorCode: answer.failure.code }),
    };
    return concludeDelivery(delivery, wanted, turnId, job, deps);
  }
}
