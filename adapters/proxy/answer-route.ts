import { AppError } from '../../core/domain/app-error.ts';
import type { Dialect } from '../../core/domain/dialect.ts';
import type { PolicyId } from '../../core/domain/policy.ts';
import type { ApiCaller } from '../../core/ports/api-access.ts';
import type { TalkMark } from '../../core/ports/exchange-desk.ts';
import type { ModelPort } from '../../core/ports/model.ts';
import { isOwnModel, type OwnModels, ownModelPrefix, ownModels } from '../../core/ports/own-models.ts';
import type { UpstreamPort } from '../../core/ports/upstream.ts';

/** Where a request goes. */
export type AnswerRoute =
  /** `model`: the name that the server knows, where the caller used another. */
  | { readonly kind: 'server'; readonly model?: string; readonly policyId?: PolicyId }
  | { readonly kind: 'model'; readonly model: ModelPort; readonly policyId?: PolicyId };

/** Which endpoint speaks a dialect. */
export const endpointOf = {
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  anthropic: '/v1/messages',
} as const satisfies Readonly<Record<Dialect, string>>;

const longestName = 200;
const atModel = { details: { field: 'model' } };

/** `who`: what answers as the model, as the beginning of a sentence. */
function otherDialect(who: string, dialect: Dialect, spoken: readonly Dialect[]): AppError {
  const places = spoken.map((other) => `POST ${endpointOf[other]} (${other})`).join(' or ');
  return new AppError(
    'invalid_input',
    `${who} does not speak ${dialect}, and nothing is translated. Call ${places} in place of ${endpointOf[dialect]}.`,
    atModel,
  );
}

const serverOf = (model: string): string => `The model server of ${model}`;

/** Tells which server or model answers. Throws `invalid_input` and `not_found` with `details.field`, and what `OwnModels` says. */
export function answerRoute(
  model: string,
  dialect: Dialect,
  caller: ApiCaller,
  talk: TalkMark,
  {
    upstream,
    ownModels: own,
  }: { readonly upstream: Pick<UpstreamPort, 'route'>; readonly ownModels: OwnModels },
): AnswerRoute {
  if (model.length > longestName) {
    const message = `The name of a model has at most ${longestName} characters; this has ${model.length}.`;
    throw new AppError('invalid_input', message, atModel);
  }
  if (!model.startsWith(ownModelPrefix)) return serverRoute(model, dialect, upstream);
  if (!isOwnModel(model)) {
    throw new AppError(
      'not_found',
      `There is no model ${model}. Ours are ${ownModels.join(' and ')}.`,
      atModel,
    );
  }
  const answerer = own.answererOf(model, caller, talk);
  if (answerer.kind === 'none') throw answerer.error;
  const policy = answerer.policyId === undefined ? {} : { policyId: answerer.policyId };
  if (answerer.kind === 'server') {
    serverRoute(model, dialect, upstream);
    return { kind: 'server', model: answerer.model, ...policy };
  }
  if (dialect !== 'openai-chat')
    throw otherDialect(`MetaClaw itself, which answers as ${model},`, dialect, ['openai-chat']);
  return { kind: 'model', model: answerer.model, ...policy };
}

function serverRoute(model: string, dialect: Dialect, upstream: Pick<UpstreamPort, 'route'>): AnswerRoute {
  const route = upstream.route(dialect, model);
  if (route.kind === 'other_dialect') throw otherDialect(serverOf(model), dialect, route.dialects);
  if (route.kind === 'none') {
    throw new AppError(
      'not_found',
      `No model server is set up for ${model}. GET /v1/models lists those that are; proxy.upstreams in the settings names them.`,
      atModel,
    );
  }
  return { kind: 'server' };
}
