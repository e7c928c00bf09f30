import type { ApiRequest } from './openapi-check.ts';
import type { Uploads } from './uploads.ts';

/** What a request of the API does: answers with a body, or with none (204), or throws the refusal. */
export interface ApiCall extends ApiRequest {
  /** What stands in the path for `{channel_id}` and the like, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly files: Uploads;
}
export type ApiMethod = (call: ApiCall) => object | undefined;

export interface ApiRoute {
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Interactions and their webhooks go by the token in the path. Default true. */
  readonly needsToken?: boolean;
  readonly run: ApiMethod;
}

export const param = ({ params }: ApiCall, name: string): string => params[name] ?? '';
