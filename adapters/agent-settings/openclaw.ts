import { join } from 'node:path';
import json5 from 'json5';
import { AppError } from '../../core/domain/app-error.ts';
import {
  type AgentSettings,
  type ClientPlace,
  currentModel,
  placeholderKey,
  providerName,
  variable,
} from './agent-settings.ts';
import type { Wish } from './changes.ts';
import { jsonFormat } from './json-format.ts';
import type { SettingsFormat } from './settings-format.ts';
import { isTree, type Tree, valueAt } from './tree.ts';

/** JSON5 whose text is also JSON with comments; the rest of JSON5 cannot be edited without being written anew. */
const json5Format: SettingsFormat = {
  ...jsonFormat,
  read(text) {
    try {
      return jsonFormat.read(text);
    } catch (error) {
      if (!isJson5(text)) throw error;
      throw new AppError(
        'unsupported',
        'The file is written in JSON5 beyond JSON with comments (names without quotes, say), which cannot be edited here without being written anew; nothing was changed.',
        { cause: error },
      );
    }
  },
};

function isJson5(text: string): boolean {
  try {
    return isTree(json5.parse(text));
  } catch {
    return false;
  }
}

function expanded(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path;
}

/** `OPENCLAW_CONFIG_PATH`, else `openclaw.json` in `OPENCLAW_STATE_DIR` or below `OPENCLAW_HOME`. */
function settingsPath(place: ClientPlace): string {
  const home = expanded(variable(place, 'OPENCLAW_HOME') ?? place.userFolder, place.userFolder);
  const named = variable(place, 'OPENCLAW_CONFIG_PATH');
  if (named !== undefined) return expanded(named, home);
  const folder = variable(place, 'OPENCLAW_STATE_DIR');
  return join(folder === undefined ? join(home, '.openclaw') : expanded(folder, home), 'openclaw.json');
}

/** `model` is a name, or a group with the name as `primary`. */
function primary(present: Tree, name: string): Wish {
  const path = ['agents', 'defaults', 'model'];
  const isName = typeof valueAt(present, path) === 'string';
  return { path: isName ? path : [...path, 'primary'], value: name };
}

/**
 * OpenClaw: `openclaw.json`, which is JSON5. A provider needs `baseUrl` and `models` with an `id` and a `name` each; the
 * default model is `provider/model`. Versions that take `agents.defaults.models` for all that may be chosen need the model
 * there too.
 * https://docs.openclaw.ai/gateway/config-tools/custom-providers, https://docs.openclaw.ai/gateway/config-agents/models,
 * src/config/paths.ts in openclaw/openclaw
 */
export const openclaw: AgentSettings = {
  title: 'OpenClaw',
  format: json5Format,
  files(place) {
    const file = settingsPath(place);
    return { candidates: [file], fresh: file };
  },
  wishes({ address, key, model = currentModel }, present) {
    const name = `${providerName}/${model}`;
    const provider = {
      baseUrl: `${address}/v1`,
      apiKey: key ?? placeholderKey,
      api: 'openai-completions',
      models: [{ id: model, name: model }],
    };
    const listed = valueAt(present, ['agents', 'defaults', 'models']);
    const isListed = isTree(listed) && Object.keys(listed).length > 0;
    return [
      { path: ['models', 'providers', providerName], value: provider },
      ...(isListed ? [{ path: ['agents', 'defaults', 'models', name], value: {} }] : []),
      primary(present, name),
    ];
  },
  advice: () => [
    'Where OpenClaw does not take it up by itself: `openclaw gateway restart`. Agents with a model of their own keep it.',
  ],
};
