import { join } from 'node:path';
import {
  type AgentSettings,
  currentModel,
  placeholderKey,
  providerName,
  variable,
} from './agent-settings.ts';
import type { Wish } from './changes.ts';
import { jsonFormat } from './json-format.ts';

const SCHEMA = 'https://opencode.ai/config.json';

/**
 * opencode: the user's file below `XDG_CONFIG_HOME`. Of several that exist the `.jsonc` wins; a file without `$schema` is
 * rewritten by opencode itself. A provider of one's own names an AI SDK package; models are `provider/model`.
 * https://opencode.ai/docs/config, https://opencode.ai/docs/providers (packages/web/src/content/docs in anomalyco/opencode)
 */
export const opencode: AgentSettings = {
  title: 'opencode',
  format: jsonFormat,
  files(place) {
    const base = variable(place, 'XDG_CONFIG_HOME') ?? join(place.userFolder, '.config');
    const named = (name: string): string => join(base, 'opencode', name);
    return {
      candidates: [named('opencode.jsonc'), named('opencode.json'), named('config.json')],
      fresh: named('opencode.json'),
    };
  },
  wishes({ address, key, model = currentModel }, _present, isNew) {
    const schema: readonly Wish[] = isNew ? [{ path: ['$schema'], value: SCHEMA }] : [];
    const provider = {
      npm: '@ai-sdk/openai-compatible',
      name: 'MetaClaw',
      options: { baseURL: `${address}/v1`, apiKey: key ?? placeholderKey },
      models: { [model]: { name: model } },
    };
    return [
      ...schema,
      { path: ['provider', providerName], value: provider },
      { path: ['model'], value: `${providerName}/${model}` },
    ];
  },
  advice: () => [
    'Start `opencode` anew. A project with an opencode.json of its own may choose another model.',
  ],
};
