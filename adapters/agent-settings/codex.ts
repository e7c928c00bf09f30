import { join } from 'node:path';
import { type AgentSettings, keyHeader, providerName, variable } from './agent-settings.ts';
import type { Wish } from './changes.ts';
import { loginAdvice } from './login-advice.ts';
import { tomlFormat } from './toml-format.ts';

/**
 * Codex: `config.toml` of `~/.codex` or `CODEX_HOME`. Only the user's file may name a provider, not a project's; a provider
 * has to speak the Responses API, and one without `requires_openai_auth` and `env_key` gets no `authorization`.
 * https://developers.openai.com/codex/config-reference, codex-rs/model-provider-info/src/lib.rs in openai/codex
 */
export const codex: AgentSettings = {
  title: 'Codex',
  format: tomlFormat,
  files(place) {
    const file = join(variable(place, 'CODEX_HOME') ?? join(place.userFolder, '.codex'), 'config.toml');
    return { candidates: [file], fresh: file };
  },
  wishes({ address, key, model, login }) {
    const wishes: Wish[] = [
      {
        path: ['model_providers', providerName],
        value: {
          name: 'MetaClaw',
          base_url: `${address}/v1`,
          wire_api: 'responses',
          requires_openai_auth: login === 'keep',
          ...(key === undefined ? {} : { http_headers: { [keyHeader]: key } }),
        },
      },
    ];
    // Put in last, it stands first in the file.
    if (model !== undefined) wishes.push({ path: ['model'], value: model });
    return [...wishes, { path: ['model_provider'], value: providerName }];
  },
  advice: (target) => [
    loginAdvice('Codex goes on with its OpenAI login', 'Codex needs no login of its own', target),
    ...(target.login === 'keep'
      ? ['Passed on, an API key works; a ChatGPT login is not accepted by api.openai.com.']
      : []),
    'Start `codex` anew. The model server has to offer /v1/responses, the only API that Codex speaks.',
  ],
};
