import { AppError } from '../../../core/domain/app-error.ts';
import { ownModelPrefix, ownModels } from '../../../core/ports/own-models.ts';
import type { JsonCall, JsonEndpoint } from '../json-endpoint.ts';
import {
  createModelList,
  type FoundModels,
  isForAnthropic,
  type ModelListDeps,
  type SourceModel,
} from './model-list.ts';
import { toAnthropic, toOpenAi } from './model-shape.ts';

/** When they began is nothing that a date could tell. */
const ours: readonly SourceModel[] = ownModels.map((id) => ({ source: 'metaclaw', model: { id } }));

/** Whatever answers as them, our model or the configured one's server, is asked in OpenAI's dialects alone. */
const oursFor = (call: JsonCall): readonly SourceModel[] => (isForAnthropic(call) ? [] : ours);

/**
 * `GET /v1/models` and `GET /v1/models/*`: our own models, then those of the upstreams, as far as the caller's client can ask for
 * them. Told as Anthropic tells them where the caller sends `anthropic-version`, else as OpenAI does.
 */
export function modelsEndpoints(deps: ModelListDeps): readonly [list: JsonEndpoint, one: JsonEndpoint] {
  const foundFor = createModelList(deps);

  async function othersFor(call: JsonCall): Promise<FoundModels> {
    const { models, missing } = await foundFor(call);
    return { models: models.filter(({ model }) => !model.id.startsWith(ownModelPrefix)), missing };
  }

  /** Nobody is asked for what would be ours. */
  function foundBy(call: JsonCall): Promise<FoundModels> | FoundModels {
    const isOurs = call.rest.startsWith(ownModelPrefix);
    return isOurs ? { models: oursFor(call), missing: [] } : othersFor(call);
  }

  return [
    {
      method: 'GET',
      path: '/v1/models',
      needsAdmin: false,
      async run(call) {
        const { models: others } = await othersFor(call);
        const models = [...oursFor(call), ...others];
        return { status: 200, body: isForAnthropic(call) ? anthropicPage(models) : openAiPage(models) };
      },
    },
    {
      method: 'GET',
      path: '/v1/models/*',
      needsAdmin: false,
      async run(call) {
        const { models, missing } = await foundBy(call);
        const found = models.find(({ model }) => model.id === call.rest);
        if (found === undefined) throw notOffered(call.rest, missing);
        return { status: 200, body: isForAnthropic(call) ? toAnthropic(found) : toOpenAi(found) };
      },
    },
  ];
}

function openAiPage(models: readonly SourceModel[]): object {
  return { object: 'list', data: models.map(toOpenAi) };
}

function anthropicPage(models: readonly SourceModel[]): object {
  const data = models.map(toAnthropic);
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

function notOffered(id: string, missing: readonly string[]): AppError {
  const shown = id.length > 100 ? `${id.slice(0, 100)}…` : id;
  if (missing.length > 0) {
    const message = `Whether there is a model “${shown}” cannot be told: ${missing.join(', ')} did not list its models just now.`;
    return new AppError('peer_failed', message, { retryable: true });
  }
  return new AppError(
    'not_found',
    `There is no model “${shown}” here. GET /v1/models lists those that there are.`,
    {
      details: { field: 'model' },
    },
  );
}
