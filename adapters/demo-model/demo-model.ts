import { AppError } from '../../core/domain/app-error.ts';
import type { ModelEvent, ModelRequest } from '../../core/domain/model.ts';
import { estimateTokens } from '../../core/domain/tokens.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { ModelPort } from '../../core/ports/model.ts';
import { composeAnswer } from './compose-answer.ts';
import { readPrompt } from './demo-prompt.ts';
import { demoRequest } from './demo-requests.ts';

export interface DemoModelOptions {
  readonly clock: Clock;
  /** Before each piece, the first one included; 0 for no wait. @default 25 */
  readonly pieceDelayMs?: number;
}

/** Roughly what a model sends at a time. */
const pieceChars = 20;
const charsPerToken = 4;
/** Failed requests that are remembered, so that Retry is seen to work. */
const maxRemembered = 100;

function piecesOf(text: string): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const word of text.match(/\S+\s*/g) ?? []) {
    piece += word;
    if (piece.length < pieceChars) continue;
    pieces.push(piece);
    piece = '';
  }
  if (piece !== '') pieces.push(piece);
  return pieces;
}

/**
 * The built-in stand-in for a model. Deterministic, needs no network, and says in the first answer of a conversation
 * what it is. It names the skills that it was given, obeys the directives in them and knows a few requests by heart;
 * docs/models.md lists both. It calls no tools.
 */
export function createDemoModel(options: DemoModelOptions): ModelPort {
  const { clock } = options;
  const pieceDelayMs = options.pieceDelayMs ?? 25;
  const failed = new Set<string>();

  /** True for the first time that this very request is to fail; asked again it is answered. */
  function failsNow(request: ModelRequest): boolean {
    const key = JSON.stringify(request.messages.filter((message) => message.role !== 'system'));
    if (failed.delete(key)) return false;
    failed.add(key);
    for (const oldest of failed) {
      if (failed.size <= maxRemembered) break;
      failed.delete(oldest);
    }
    return true;
  }

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    if (signal.aborted) {
      yield { type: 'failed', error: aborted() };
      return;
    }
    yield { type: 'started', model: 'demo' };
    const prompt = readPrompt(request);
    const wanted = demoRequest(prompt.words);
    const whole = composeAnswer(prompt, wanted);
    const maxChars = (request.maxOutputTokens ?? Number.POSITIVE_INFINITY) * charsPerToken;
    const text = whole.slice(0, maxChars);
    const pieces = piecesOf(text);
    const failAt = wanted === 'fail' && failsNow(request) ? Math.ceil(pieces.length / 2) : pieces.length;
    for (const piece of pieces.slice(0, failAt)) {
      if (!(await pause(signal))) {
        yield { type: 'failed', error: aborted() };
        return;
      }
      yield { type: 'text', text: piece };
    }
    if (signal.aborted) {
      yield { type: 'failed', error: aborted() };
    } else if (failAt < pieces.length) {
      yield { type: 'failed', error: failedOnRequest() };
    } else {
      const inputTokens = request.messages.reduce((sum, message) => sum + estimateTokens(message.text), 0);
      const finishReason = text.length < whole.length ? 'length' : 'stop';
      yield { type: 'completed', finishReason, usage: { inputTokens, outputTokens: estimateTokens(text) } };
    }
  }

  /** False when it was aborted. */
  async function pause(signal: AbortSignal): Promise<boolean> {
    if (pieceDelayMs > 0) await clock.sleep(pieceDelayMs, signal).catch(() => undefined);
    return !signal.aborted;
  }

  return { description: 'the built-in demo model (a stand-in, not a language model)', stream };
}

function aborted(): AppError {
  return new AppError('aborted', 'The answer was stopped.');
}

function failedOnRequest(): AppError {
  return new AppError(
    'peer_failed',
    'The demo model failed because you asked it to. Press Retry to see it answer.',
    {
      retryable: true,
    },
  );
}
