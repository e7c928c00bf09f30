import type { JsonEndpoint } from '../json-endpoint.ts';
import { openApiDocument } from './openapi-document.ts';

/** `GET /v1/openapi.json`. */
export function openApiEndpoint(version: string): JsonEndpoint {
  const answer = { status: 200, body: openApiDocument(version) } as const;
  return { method: 'GET', path: '/v1/openapi.json', needsAdmin: false, run: async () => answer };
}
