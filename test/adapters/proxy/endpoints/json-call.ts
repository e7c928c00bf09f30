import type { JsonCall } from '../../../../adapters/proxy/json-endpoint.ts';
import { AppError } from '../../../../core/domain/app-error.ts';
import { personId, spaceId } from '../../../../core/domain/ids.ts';
import type { ApiCaller } from '../../../../core/ports/api-access.ts';

export const agent: ApiCaller = {
  spaceId: spaceId('api', 'team'),
  personId: personId('api', 'key_1'),
  name: 'builder',
};

export interface CallParts {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly rest?: string;
  readonly caller?: ApiCaller;
  readonly keyMode?: JsonCall['keyMode'];
}

/** A request as an endpoint is given it. */
export function callOf({
  body,
  headers = {},
  rest = '',
  caller = agent,
  keyMode = 'own_or_caller',
}: CallParts = {}): JsonCall {
  return {
    caller,
    isAdmin: false,
    keyMode,
    rest,
    params: new URLSearchParams(),
    header: (name) => headers[name],
    body,
  };
}

/** `not_found message_id`: code and field of what it rejects with. */
export async function refusalOf(answer: Promise<unknown>): Promise<string> {
  const error = await answer.then(
    () => new Error('it was answered'),
    (thrown: unknown) => thrown,
  );
  return error instanceof AppError ? `${error.code} ${error.details['field'] ?? '-'}` : String(error);
}
