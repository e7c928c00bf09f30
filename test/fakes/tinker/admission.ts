import type { IncomingHttpHeaders } from 'node:http';
import type { Engine } from './engine.ts';
import type { RecordedRequest } from './journal.ts';
import { RefusalError, refused } from './refusal.ts';

/** Asked before anybody has a token. */
const open = ['healthz', 'archive'];
const byApiKey = ['client_config', 'auth_token'];

export function keyState(engine: Engine, headers: IncomingHttpHeaders): RecordedRequest['key'] {
  const given = headers['x-api-key'];
  if (given === undefined || given === '') return 'none';
  const endsAt = engine.tokens.get(String(given));
  const isLiveToken = endsAt !== undefined && endsAt > engine.state.now();
  return given === engine.settings.apiKey || isLiveToken ? 'right' : 'wrong';
}

/** Says that another token is due, and not another key. */
const staleToken = (): RefusalError =>
  new RefusalError({
    status: 401,
    message: 'A token of auth/token is needed',
    category: 'user',
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  });

/** Throws where the caller shows no key, a wrong one, or the key where a token is due. */
export function admit(engine: Engine, endpoint: string, headers: IncomingHttpHeaders): void {
  const { keyRefusals } = engine.traits;
  if (keyRefusals === undefined || open.includes(endpoint)) return;
  const state = keyState(engine, headers);
  if (state === 'none') throw refused(keyRefusals.missing, 'Missing API key');
  if (state === 'wrong')
    throw engine.settings.jwt ? staleToken() : refused(keyRefusals.wrong, 'Invalid API key');
  const isKey = headers['x-api-key'] === engine.settings.apiKey;
  if (engine.settings.jwt && isKey && !byApiKey.includes(endpoint)) {
    throw staleToken();
  }
}
