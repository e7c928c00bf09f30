import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Behaviour, type Traits, traitsOf } from './behaviours.ts';
import { createDesk } from './desk.ts';
import type { DrawSettings } from './draw-tokens.ts';
import type { Engine } from './engine.ts';
import { type BaseModelSpec, createEngineState } from './engine-state.ts';
import { createFaultPlan, type FaultPlan } from './fault-plan.ts';
import { createFutureStore } from './futures.ts';
import { bodyBytes, type Outgoing } from './inject-fault.ts';
import { createInspection, type Inspection } from './inspection.ts';
import type { RecordedRequest } from './journal.ts';
import type { Operation } from './operations.ts';
import { createRepeats } from './repeats.ts';
import { createSchedule } from './schedule.ts';

export interface FakeTinkerOptions {
  /** Which engine it is as strict as. @default 'tinker' */
  readonly behaviour?: Behaviour;
  /** Single traits otherwise: `{ takesJson: true }`. */
  readonly traits?: Partial<Traits>;
  /** Those on offer. @default one, `test/tiny`, with 64 tokens */
  readonly baseModels?: readonly BaseModelSpec[];
  /** Of base weights, of adapters without a seed and of samples without one. @default 1 */
  readonly seed?: number;
  /** The right key. @default 'tml-test' */
  readonly apiKey?: string;
  /** Whether every call but auth/token and client/config needs a token. @default false */
  readonly jwt?: boolean;
  /** How long a token lives. @default 3600 */
  readonly jwtSeconds?: number;
  /** For expiry and listings. @default a clock that stands still */
  readonly now?: () => number;
  /** @default 128 */
  readonly maxRank?: number;
  /** Adapters at once. @default 64 */
  readonly maxModels?: number;
  /** Of which distribution sampled log-probabilities are; prompts' are always of the raw one. @default 'raw' */
  readonly logprobsOf?: DrawSettings['logprobsOf'];
  /** Bytes from which a result is first announced with `complete_metadata` to those who allow it. @default never */
  readonly metadataFrom?: number;
  /** How an archive's address is given: 302 with `Location`, or 200 with `{url, expires}`. @default 'redirect' */
  readonly archive?: 'redirect' | 'body';
  /** Flags of client/config over the usual ones. */
  readonly clientConfig?: Readonly<Record<string, unknown>>;
}

/** A training engine for tests: the protocol over real HTTP, and a small policy that is really trained. */
export interface FakeTinker extends Inspection, Pick<FaultPlan, 'failNext'> {
  /** Without a slash at its end; `/api/v1/…` comes after it. */
  readonly baseUrl: string;
  readonly port: number;
  readonly apiKey: string;
  readonly behaviour: Behaviour;
  /** Every request, in order. */
  readonly requests: readonly RecordedRequest[];
  requestsTo(endpoint: string): readonly RecordedRequest[];
  /** Those that met an injected fault. */
  faults(): readonly RecordedRequest[];
  /** Plans that no request met, or not as often as said. */
  unusedPlans(): readonly string[];
  /** From now on operations, or these kinds alone and what stands behind them, are taken and not done. */
  holdFutures(operations?: readonly Operation[]): void;
  releaseFutures(): void;
  /** Operations that were taken and not done: held, or waiting for an earlier seq_id. */
  waitingFutures(): number;
  /** Resolves when `count` requests are held by `slow` at once. */
  slowHeld(count?: number): Promise<void>;
  releaseSlow(): void;
  /** Forgets one session or all: its heartbeat and its models are 404. */
  loseSession(id?: string): void;
  /** Forgets all futures. */
  loseFutures(): void;
  close(): Promise<void>;
}

function createEngine(options: FakeTinkerOptions): Engine {
  const traits = { ...traitsOf[options.behaviour ?? 'tinker'], ...options.traits };
  const seed = options.seed ?? 1;
  const now = options.now ?? (() => Date.UTC(2026, 0, 5, 12));
  return {
    traits,
    settings: {
      maxRank: options.maxRank ?? 128,
      maxModels: options.maxModels ?? 64,
      logprobsOf: options.logprobsOf ?? 'raw',
      metadataFrom: options.metadataFrom ?? Number.POSITIVE_INFINITY,
      archive: options.archive ?? 'redirect',
      jwt: options.jwt ?? false,
      jwtSeconds: options.jwtSeconds ?? 3_600,
      apiKey: options.apiKey ?? 'tml-test',
      seed,
      clientConfig: options.clientConfig ?? {},
    },
    state: createEngineState({ baseModels: options.baseModels ?? [{ name: 'test/tiny' }], seed, now }),
    futures: createFutureStore(),
    schedule: createSchedule(traits),
    tokens: new Map(),
    claimed: new Set(),
    plannedFailure: undefined,
  };
}

function send(response: ServerResponse, outgoing: Outgoing): void {
  if (outgoing.kind === 'cut') {
    response.destroy();
    return;
  }
  const { answer } = outgoing;
  const bytes = bodyBytes(answer);
  const type =
    answer.bytes === undefined && bytes !== undefined ? { 'content-type': 'application/json' } : {};
  response.writeHead(answer.status, { ...type, ...answer.headers, 'content-length': bytes?.length ?? 0 });
  if (outgoing.kind === 'answer') {
    response.end(bytes);
    return;
  }
  response.write((bytes ?? new Uint8Array()).slice(0, Math.floor((bytes?.length ?? 0) / 2)), () => {
    response.destroy();
  });
}

export async function createFakeTinker(options: FakeTinkerOptions = {}): Promise<FakeTinker> {
  const engine = createEngine(options);
  const plan = createFaultPlan();
  const desk = createDesk(engine, plan, createRepeats(engine.traits));
  const server = createServer((request, response) => {
    desk
      .answer(request, response)
      .then((outgoing) => send(response, outgoing))
      .catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    ...createInspection(engine),
    baseUrl: `http://127.0.0.1:${port}`,
    port,
    apiKey: engine.settings.apiKey,
    behaviour: options.behaviour ?? 'tinker',
    requests: desk.requests,
    requestsTo: (endpoint) => desk.requests.filter((request) => request.endpoint === endpoint),
    faults: () => desk.requests.filter((request) => request.fault !== undefined),
    failNext: plan.failNext,
    unusedPlans: plan.unused,
    holdFutures: engine.schedule.hold,
    releaseFutures: engine.schedule.release,
    waitingFutures: engine.schedule.waiting,
    slowHeld: desk.slowHeld,
    releaseSlow: desk.releaseSlow,
    loseSession(id) {
      if (id === undefined) engine.state.sessions.clear();
      else engine.state.sessions.delete(id);
    },
    loseFutures: engine.futures.lose,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
