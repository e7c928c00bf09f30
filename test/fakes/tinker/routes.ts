import { z } from 'zod';
import { type Answer, type Exchange, futureAnswer, ok, readBody } from './answer.ts';
import type { Traits } from './behaviours.ts';
import * as checkpoints from './checkpoint-routes.ts';
import type { Engine } from './engine.ts';
import { createModel, loadWeights } from './model-routes.ts';
import { createSampler, sampleRoute, saveForSampler, saveWeights } from './saving-routes.ts';
import * as service from './service-routes.ts';
import * as training from './training-routes.ts';

export type Handler = (engine: Engine, exchange: Exchange) => Answer;

export interface Route {
  readonly method: string;
  /** Of the whole path below `/api/v1/`. */
  readonly pattern: RegExp;
  /** Its name for plans, the journal and `Traits.lacks`. */
  readonly endpoint: string;
  /** What `Traits.lacks` calls it, where that is another name. */
  readonly group?: string;
  readonly handler: Handler;
}

const futureSchema = z.object({ request_id: z.string(), allow_metadata_only: z.boolean().default(false) });

const retrieveFuture: Handler = (engine, { body, headers }) => {
  const request = readBody(futureSchema, body);
  const asked = {
    id: request.request_id,
    accept: String(headers['accept'] ?? ''),
    allowMetadataOnly: request.allow_metadata_only,
  };
  const future = engine.futures.find(request.request_id);
  return futureAnswer(future, engine.traits, asked, engine.settings.metadataFrom);
};

const post = (endpoint: string, handler: Handler, path = endpoint): Route => ({
  method: 'POST',
  pattern: new RegExp(`^${path}$`),
  endpoint,
  handler,
});

const get = (endpoint: string, path: string, handler: Handler, group?: string): Route => ({
  method: 'GET',
  pattern: new RegExp(`^${path}$`),
  endpoint,
  handler,
  ...(group === undefined ? {} : { group }),
});

const run = 'training_runs/(?<id>[^/]+)';
const checkpoint = `${run}/checkpoints/(?:(?<kind>weights|sampler_weights)/)?(?<name>[^/]+)`;

export const routes: readonly Route[] = [
  get('healthz', 'healthz', () => ok({ status: 'ok' })),
  get('get_server_capabilities', 'get_server_capabilities', service.capabilities),
  post('client_config', service.clientConfig, 'client/config'),
  post(
    'dynamic_config',
    () => ok({ refresh_interval_sec: 300, sample_cancel_enabled: false }),
    'client/dynamic_config',
  ),
  post('auth_token', service.authToken, 'auth/token'),
  post('telemetry', () => ok({ status: 'accepted' })),
  post('create_session', service.createSession),
  post('session_heartbeat', service.heartbeat),
  get('sessions', 'sessions', service.listSessions),
  get('session', 'sessions/(?<id>[^/]+)', service.getSession, 'sessions'),
  { ...post('finish_session', service.finishSession, 'sessions/(?<id>[^/]+)/finish'), group: 'sessions' },
  get('sampler', 'samplers/(?<id>[^/]+)', service.getSampler),
  post('create_model', createModel),
  post('get_info', training.getInfo),
  post('forward_backward', training.passRoute),
  post('forward', training.passRoute),
  post('optim_step', training.stepRoute),
  post('unload_model', training.unload),
  post('save_weights', saveWeights),
  post('save_weights_for_sampler', saveForSampler),
  post('load_weights', loadWeights),
  post('create_sampling_session', createSampler),
  post('asample', sampleRoute),
  post('retrieve_future', retrieveFuture),
  post('weights_info', checkpoints.weightsInfo),
  get('training_runs', 'training_runs', checkpoints.listRuns),
  get('training_run', run, checkpoints.getRun),
  get('run_checkpoints', `${run}/checkpoints`, checkpoints.runCheckpoints),
  get('checkpoints', 'checkpoints', checkpoints.userCheckpoints),
  get('checkpoint_archive', `${checkpoint}/archive`, checkpoints.archiveCheckpoint),
  {
    ...post(
      'publish',
      (engine, exchange) => checkpoints.publishCheckpoint(engine, exchange, true),
      `${checkpoint}/publish`,
    ),
  },
  {
    method: 'DELETE',
    pattern: new RegExp(`^${checkpoint}/publish$`),
    endpoint: 'unpublish',
    group: 'publish',
    handler: (engine, exchange) => checkpoints.publishCheckpoint(engine, exchange, false),
  },
  { method: 'PUT', pattern: new RegExp(`^${checkpoint}/ttl$`), endpoint: 'ttl', handler: checkpoints.setTtl },
  {
    method: 'DELETE',
    pattern: new RegExp(`^${checkpoint}$`),
    endpoint: 'checkpoint_delete',
    handler: checkpoints.deleteCheckpoint,
  },
];

export interface FoundRoute {
  readonly route: Route;
  readonly parts: Readonly<Record<string, string>>;
}

/** Handles a path that is no API's: a signed address of an archive. */
const archive: Route = {
  method: 'GET',
  pattern: /^\/archives\/(?<id>[^/]+)$/,
  endpoint: 'archive',
  handler: checkpoints.downloadArchive,
};

export function findRoute(method: string, path: string, traits: Traits): FoundRoute | undefined {
  const lacks = traits.takesJson ? traits.lacks : [...traits.lacks, 'forward'];
  const isApi = path.startsWith('/api/v1/');
  const below = isApi ? path.slice('/api/v1/'.length) : path;
  for (const route of isApi ? routes : [archive]) {
    const match = route.method === method ? route.pattern.exec(below) : null;
    if (match === null || lacks.includes(route.endpoint) || lacks.includes(route.group ?? '')) continue;
    return { route, parts: { ...match.groups } };
  }
  return undefined;
}
