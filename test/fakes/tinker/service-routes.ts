import { z } from 'zod';
import { type Answer, type Exchange, ok, readBody } from './answer.ts';
import type { Engine } from './engine.ts';
import type { SessionRecord } from './engine-state.ts';
import { refused } from './refusal.ts';

const sessionSchema = z.object({
  tags: z.array(z.string()),
  user_metadata: z.record(z.string(), z.unknown()).nullish(),
  sdk_version: z.string(),
  project_id: z.string().nullish(),
});

export function capabilities(engine: Engine): Answer {
  return ok({
    supported_models: engine.state.offered.map((model) => ({
      model_name: model.name,
      max_context_length: model.maxContextTokens,
    })),
  });
}

export function clientConfig(engine: Engine, { body }: Exchange): Answer {
  readBody(z.object({ sdk_version: z.string() }), body);
  return ok({
    pjwt_auth_enabled: engine.settings.jwt,
    credential_default_source: 'api_key',
    parallel_fwdbwd_chunks: engine.traits.order === 'by_seq',
    fwdbwd_max_chunk_len: 1024,
    fwdbwd_max_chunk_bytes_count: 5_000_000,
    use_pyqwest_transport: false,
    ...engine.settings.clientConfig,
  });
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export function authToken(engine: Engine): Answer {
  const endsAt = engine.state.now() + 1_000 * engine.settings.jwtSeconds;
  const claims = { sub: 'tester', exp: Math.floor(endsAt / 1_000), n: engine.state.nextNumber('jwt') };
  const jwt = `${base64url({ alg: 'none', typ: 'JWT' })}.${base64url(claims)}.`;
  // Where tokens are not asked for, the one given here opens nothing.
  if (engine.settings.jwt) engine.tokens.set(jwt, endsAt);
  return ok({ jwt });
}

export function createSession(engine: Engine, { body }: Exchange): Answer {
  const request = readBody(sessionSchema, body);
  const number = engine.state.nextNumber('session');
  const id = `session_${String(number).padStart(8, '0')}`;
  const session: SessionRecord = {
    id,
    modelIds: [],
    samplerIds: [],
    heartbeats: 0,
    isFinished: false,
    ...(request.project_id == null ? {} : { projectId: request.project_id }),
  };
  engine.state.sessions.set(id, session);
  return ok({ type: 'create_session', session_id: id }, engine.traits.createStatus);
}

export function heartbeat(engine: Engine, { body }: Exchange): Answer {
  const { session_id: id } = readBody(z.object({ session_id: z.string() }), body);
  const session = engine.state.session(id);
  if (session.isFinished) throw refused(410, 'The session is finished');
  session.heartbeats += 1;
  return ok({ type: 'session_heartbeat' });
}

const describeSession = (session: SessionRecord): unknown => ({
  session_id: session.id,
  training_run_ids: session.modelIds,
  sampler_ids: session.samplerIds,
});

export function listSessions(engine: Engine): Answer {
  return ok({ sessions: [...engine.state.sessions.keys()] });
}

export const getSession = (engine: Engine, { parts }: Exchange): Answer =>
  ok(describeSession(engine.state.session(parts['id'] ?? '')));

export function finishSession(engine: Engine, { parts }: Exchange): Answer {
  engine.state.session(parts['id'] ?? '').isFinished = true;
  return ok({ status: 'ok' });
}

export function getSampler(engine: Engine, { parts }: Exchange): Answer {
  const sampler = engine.state.samplers.get(decodeURIComponent(parts['id'] ?? ''));
  if (sampler === undefined) throw refused(404, 'Sampler not found');
  return ok({
    sampler_id: sampler.id,
    base_model: sampler.offered.name,
    model_path: sampler.modelPath ?? null,
  });
}
