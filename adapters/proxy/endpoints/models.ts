import { AppError } from '../../../core/domain/app-error.ts';
import { type OwnModel, ownModelPrefix, ownModels } from '../../../core/ports/own-models.ts';
import type { JsonCall, JsonEndpoint } from '../json-endpoint.ts';
import { createModelList, type ModelListDeps, type SourceModel } from './model-list.ts';
import { toAnthropic, toOpenAi } from './model-shape.ts';

const displayNames: Readonly<Record<OwnModel, string>> = {
  'metaclaw/current': 'MetaClaw: what serves here now, trained or not',
  'metaclaw/base': 'MetaClaw: the configured model, untrained',
};

/** When they began is nothing that a date could tell. */
const offered: readonly SourceModel[] = ownModels.map((id) => ({
  source: 'metaclaw',
  model: { id, display_name: displayNames[id] },
}));

/**
 * `GET /v1/models` and `GET /v1/models/*`: our own models, then those of the upstreams. Told as Anthropic tells them where the
 * caller sends `anthropic-version`, as its clients always do, else as OpenAI does.
 */
export function modelsEndpoints(deps: ModelListDeps): readonly [list: JsonEndpoint, one: JsonEndpoint] {
  const foundFor = createModelList(deps);

  async function offeredTo(call: JsonCall) {
    const { models, missing } = await foundFor(call);
    const others = models.filter(({ model }) => !model.id.startsWith(ownModelPrefix));
    return { models: [...offered, ...others], missing };
  }

  return [
    {
      method: 'GET',
      path: '/v1/models',
      needsAdmin: false,
      async run(call) {
        const { models } = await offeredTo(call);
        return { status: 200, body: isAnthropic(call) ? anthropicPage(models) : openAiPage(models) };
      },
    },
    {
      method: 'GET',
      path: '/v1/models/*',
      needsAdmin: false,
      async run(call) {
        const own = offered.find(({ model }) => model.id === call.rest);
        const { models, missing } =
          own === undefined ? await offeredTo(call) : { models: [own], missing: [] };
        const found = models.find(({ model }) => model.id === call.rest);
        if (found === undefined) throw notOffered(call.rest, missing);
        return { status: 200, body: isAnthropic(call) ? toAnthropic(found) : toOpenAi(found) };
      },
    },
  ];
}

function isAnthropic({ header }: JsonCall): boolean {
  return header('anthropic-version') !== undefined;
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
