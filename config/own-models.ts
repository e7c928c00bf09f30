import { encodeConversationKey } from '../core/domain/conversation.ts';
import { answererOf, type Policy } from '../core/domain/policy.ts';
import { armTalk } from '../core/intake/talk-key.ts';
import type { PolicyDesk } from '../core/learning/policies/policy-desk.ts';
import type { ApiCaller } from '../core/ports/api-access.ts';
import type { TalkMark } from '../core/ports/exchange-desk.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { ModelPort } from '../core/ports/model.ts';
import type { OwnAnswerer, OwnModels } from '../core/ports/own-models.ts';
import type { ModelChoice } from './choose-model.ts';

export interface OwnModelsDeps {
  readonly desk: Pick<PolicyDesk, 'policyFor' | 'policyOf'>;
  /** Answers as the request's policy says. */
  readonly model: ModelPort;
  readonly choice: Pick<ModelChoice, 'server'>;
  readonly ids: Pick<Ids, 'digest'>;
}

/** `metaclaw/current` and `metaclaw/base`, by the policies of the caller's space. */
export function createOwnModels({ desk, model, choice, ids }: OwnModelsDeps): OwnModels {
  const { server } = choice;
  const base: OwnAnswerer =
    server === undefined ? { kind: 'model', model } : { kind: 'server', model: server.model };

  /** A caller brings words of its own for the system message: of a policy of wording only the model behind it answers. */
  function servingFor(caller: ApiCaller, talk: TalkMark): Policy | undefined {
    const conversation = armTalk(caller, talk, (text) => ids.digest(text));
    const answering = desk.policyFor(conversation, encodeConversationKey(conversation));
    const policy = answering && desk.policyOf(answering.policyId);
    const answerer = policy && answererOf(policy);
    return answerer && desk.policyOf(answerer);
  }

  return {
    answererOf(name, caller, talk) {
      const policy = name === 'metaclaw/base' ? undefined : servingFor(caller, talk);
      if (policy === undefined) return base;
      const { policyId, source } = policy;
      if (source.kind === 'hosted_model' && server !== undefined) {
        return { kind: 'server', model: source.model, policyId };
      }
      return { kind: 'model', model, policyId };
    },
  };
}
