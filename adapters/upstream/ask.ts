import type { AppError } from '../../core/domain/app-error.ts';
import type { Clock, Timer } from '../../core/ports/clock.ts';
import type { UpstreamHead, UpstreamRequest, UpstreamSink } from '../../core/ports/upstream.ts';
import { startAttempt } from './attempt.ts';
import { cutOff, faultOf } from './errors.ts';
import { answerHeaders, requestHeaders, type ServerHeaders, shownOwnKey } from './headers.ts';
import { createHeldAnswer, type HeldAnswer } from './held-answer.ts';
import { createKeyCover, isSecret } from './key-cover.ts';
import type { Target } from './target.ts';
import { judgeHead } from './verdict.ts';
import type { AttemptWitness } from './witness.ts';

/** An attempt of which the caller has seen nothing. */
export interface Miss {
  /** What the server answered, where it did and all of it was read. */
  readonly held?: HeldAnswer;
  /** Why it did not. */
  readonly error?: AppError;
  /** The same server may be asked again, after so many milliseconds at least; absent: it may not. */
  readonly againAfterMs?: number;
  /** The connection ended under the request. */
  readonly isReset: boolean;
  /** For the log: a status or a code. */
  readonly why: string | number;
}

/** As `UpstreamSink`, with `missed` in place of a failure before `head`. */
export interface AskSink extends Pick<UpstreamSink, 'head' | 'data' | 'end'> {
  /** An answer came that may be improved on, at the same server or only at another. True: it is held; false: it is passed on. */
  holds(mayAskAgain: boolean): boolean;
  missed(miss: Miss): void;
  cut(error: AppError): void;
}

export interface Asking {
  resume(): void;
  /** Ends it at once, without another word. `fault`: what speaks against the server. */
  cancel(fault?: AppError): void;
}

/** Where the bytes of an answer go. */
type BodySink = Pick<AskSink, 'data' | 'end'>;

/** For the rest of an answer that is held, in milliseconds. */
const heldPatienceMs = 1_000;

/** Asks one server once and tells `witness` how that went. An error that quotes the operator's key is told with that covered. */
export function askTarget(
  target: Target,
  witness: AttemptWitness,
  request: UpstreamRequest,
  clock: Clock,
  sink: AskSink,
): Asking {
  const { address, peer, pool } = target;
  const model = request.model === undefined ? undefined : target.nameOf(request.model);
  let isPassedOn = false;
  let body: BodySink | undefined;
  /** All was told but for the end, as the sink wants no more now. */
  let isEndOwed = false;
  let holding: { readonly answer: HeldAnswer; readonly patience: Timer; readonly miss: Miss } | undefined;

  /** `isWhole`: all of the held answer came. */
  function missHeld(isWhole: boolean): void {
    if (holding === undefined) return;
    const { answer, miss, patience } = holding;
    holding = undefined;
    patience.cancel();
    sink.missed(isWhole ? { ...miss, held: answer } : miss);
  }

  function dropHeld(): void {
    attempt.cancel();
    missHeld(false);
  }

  /** The same without the key. What was kept back of an answer that breaks off is not told: it may be most of the key. */
  function covered(into: BodySink, key: string): BodySink {
    const cover = createKeyCover(key);
    return {
      data(chunk) {
        const shown = cover.push(chunk);
        return shown.byteLength === 0 || into.data(shown);
      },
      end() {
        const rest = cover.end();
        isEndOwed = rest.byteLength > 0 && !into.data(rest);
        if (!isEndOwed) into.end();
      },
    };
  }

  function held(answer: HeldAnswer): BodySink {
    return {
      data(chunk) {
        if (!answer.push(chunk)) dropHeld();
        return true;
      },
      end: () => missHeld(true),
    };
  }

  function head(status: number, headers: ServerHeaders): void {
    const verdict = judgeHead(status, headers, clock.now());
    witness.answered(status);
    const shown = status < 400 ? undefined : shownOwnKey(request, target);
    const hidden = shown !== undefined && isSecret(shown) ? shown : undefined;
    const told: UpstreamHead = { status, headers: answerHeaders(headers, hidden), upstream: target.name };
    const reach = (into: BodySink): BodySink => (hidden === undefined ? into : covered(into, hidden));
    if (verdict.kind === 'pass' || !sink.holds(verdict.kind === 'again')) {
      isPassedOn = true;
      body = reach(sink);
      sink.head(told);
      return;
    }
    const answer = createHeldAnswer(told);
    body = reach(held(answer));
    holding = {
      answer,
      patience: clock.after(heldPatienceMs, dropHeld),
      miss: {
        ...(verdict.kind === 'again' && { againAfterMs: verdict.waitMs }),
        isReset: false,
        why: status,
      },
    };
  }

  function broke(thrown: unknown): void {
    if (isPassedOn) sink.cut(cutOff(thrown, peer));
    else if (holding !== undefined) missHeld(false);
    else missUnanswered(thrown);
  }

  function missUnanswered(thrown: unknown): void {
    const { error, isReset, isWorthARetry, speaksAgainstServer } = faultOf(thrown, peer);
    if (speaksAgainstServer) witness.failed(error.message);
    else witness.dropped();
    const why = typeof error.details['code'] === 'string' ? error.details['code'] : error.code;
    sink.missed({ error, isReset, why, ...(isWorthARetry && { againAfterMs: 0 }) });
  }

  const attempt = startAttempt(
    pool,
    {
      method: request.method,
      path: address.targetOf(request.path),
      headers: requestHeaders(request, target),
      body: request.body?.(model) ?? null,
    },
    {
      head,
      data: (chunk) => body?.data(chunk) ?? true,
      end: () => body?.end(),
      broke,
    },
  );

  return {
    resume() {
      if (isEndOwed) sink.end();
      else attempt.resume();
    },
    cancel(fault) {
      holding?.patience.cancel();
      holding = undefined;
      if (fault === undefined) witness.dropped();
      else witness.failed(fault.message);
      attempt.cancel();
    },
  };
}
