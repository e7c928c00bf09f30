import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { ModelEvent, ModelRequest } from '../../core/domain/model.ts';
import { answererOf, type Policy, type PolicyId } from '../../core/domain/policy.ts';
import type { ModelPort } from '../../core/ports/model.ts';
import { type AnswerHead, passOn, readHead, stampedWith } from './answer-head.ts';
import { createOpenedModels } from './opened-models.ts';
import type { PolicyModelOptions } from './options.ts';

export interface PolicyModel extends ModelPort {
  /** The same without a stand-in: a policy that cannot answer fails. For whoever tests policies, who must not take another's answer for theirs. */
  readonly exact: ModelPort;
  /** Why a policy that answers people could not give its last answer, as a sentence; nothing while each could. */
  problem(): string | undefined;
}

/** Of what a person asked for: another model would meet it again. */
const isOfTheRequest = ({ code, details }: AppError): boolean =>
  code === 'aborted' || code === 'invalid_input' || details['reason'] === 'context_too_long';

/** The engine or provider no longer has it. */
const isGone = ({ code }: AppError): boolean => code === 'not_found' || code === 'conflict';

/**
 * Answers as the request's policy says, the configured model where it says none. `started` names the policy, so that a turn is
 * stamped with what sampled it. A policy of wording is another policy's model, or the configured one, under its own name; its
 * persona is in the prompt already.
 *
 * Where a policy cannot be set up, or fails before its first word for no reason that lies in the request, the configured
 * model answers under its own name, and `onProblem` is told. An answer ends on the model it began with.
 */
export function createPolicyModel(options: PolicyModelOptions): PolicyModel {
  const { configured, logger } = options;
  const models = createOpenedModels(options);
  const problems = new Map<PolicyId, string>();

  async function headOf(policy: Policy, request: ModelRequest, signal: AbortSignal): Promise<AnswerHead> {
    try {
      const model = await models.of(policy, signal);
      const head = await readHead(model, request, signal);
      if (head.kind === 'failed' && isGone(head.error)) models.lost(policy.policyId, model, head.error);
      return head;
    } catch (thrown) {
      return { kind: 'failed', error: toAppError(thrown) };
    }
  }

  async function* byPolicy(
    policyId: PolicyId,
    request: ModelRequest,
    signal: AbortSignal,
  ): AsyncGenerator<ModelEvent, AppError | undefined> {
    const policy = options.policyOf(policyId);
    if (policy === undefined) return unknownPolicy(policyId);
    const answerer = answererOf(policy);
    if (answerer === undefined) {
      yield* stampedWith(policyId, configured.stream(request, signal));
      return undefined;
    }
    const answering = options.policyOf(answerer);
    if (answering === undefined) return unknownPolicy(answerer);
    const head = await headOf(answering, request, signal);
    if (head.kind === 'failed') return head.error;
    problems.delete(policyId);
    yield* passOn(head, policyId);
    return undefined;
  }

  async function* streamWith(
    isExact: boolean,
    { policy: policyId, ...request }: ModelRequest,
    signal: AbortSignal,
  ): AsyncGenerator<ModelEvent> {
    if (policyId === undefined || signal.aborted) {
      yield* configured.stream(request, signal);
      return;
    }
    const error = yield* byPolicy(policyId, request, signal);
    if (error === undefined) return;
    if (isExact || isOfTheRequest(error)) {
      yield { type: 'failed', error };
      return;
    }
    logger.warn('policy_cannot_answer', { policyId, error });
    problems.set(policyId, error.message);
    options.onProblem?.(policyId, error);
    yield* configured.stream(request, signal);
  }

  return {
    description: configured.description,
    stream: (request, signal) => streamWith(false, request, signal),
    exact: {
      description: configured.description,
      stream: (request, signal) => streamWith(true, request, signal),
    },
    problem() {
      for (const [policyId, message] of problems) {
        const policy = options.policyOf(policyId);
        if (policy?.state !== 'serving' && policy?.state !== 'canary') continue;
        return `Policy ${policy.number} could not answer, the configured model did: ${message}`;
      }
      return undefined;
    },
  };
}

function unknownPolicy(policyId: PolicyId): AppError {
  return new AppError('not_found', `There is no policy ${policyId}. Ask for another one.`);
}
