import { createMetrics } from '../../../adapters/system/metrics.ts';
import type { UpstreamSettings } from '../../../adapters/upstream/options.ts';
import { createUpstreams } from '../../../adapters/upstream/upstreams.ts';
import type { AppError } from '../../../core/domain/app-error.ts';
import type {
  UpstreamFlow,
  UpstreamHead,
  UpstreamPort,
  UpstreamRequest,
  UpstreamSink,
} from '../../../core/ports/upstream.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';
import type { FakeUpstream } from '../../fakes/upstream/fake-upstream.ts';

export const limits = { connectMs: 5_000, firstByteMs: 60_000, idleMs: 20_000, totalMs: 300_000 } as const;

export const plainRequest: UpstreamRequest = {
  dialect: 'openai-chat',
  method: 'POST',
  path: '/chat/completions',
  model: 'm',
  headers: { 'content-type': 'application/json' },
  callerKey: {},
  key: 'own',
  body: () => Buffer.from('{"words":"private"}'),
};

/** What a sink was told. */
export interface Told {
  readonly flow: UpstreamFlow;
  readonly heads: readonly UpstreamHead[];
  readonly text: () => string;
  readonly bytes: () => number;
  readonly ends: () => number;
  readonly failures: readonly AppError[];
  /** Resolves after the last word. */
  readonly done: Promise<void>;
  /** Resolves with the first piece. */
  readonly begun: Promise<void>;
}

export interface Subject {
  readonly port: UpstreamPort;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  readonly metrics: () => Readonly<Record<string, number>>;
  ask(changes?: Partial<UpstreamRequest>, onData?: (told: Told, chunk: Uint8Array) => boolean): Told;
  /** Lets the waits before so many further attempts pass, each as soon as it has begun. Gives their lengths. */
  passWaits(count: number): Promise<readonly number[]>;
}

export type NamedUpstream = Partial<UpstreamSettings> & Pick<UpstreamSettings, 'name'>;

export const at = (server: Pick<FakeUpstream, 'baseUrl'>, name = 'first'): NamedUpstream => ({
  name,
  baseUrl: server.baseUrl,
});

/** Lets what is under way on sockets go on. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function createSubject(
  upstreams: readonly NamedUpstream[],
  options: { readonly maxRetries?: number; readonly connectMs?: number } = {},
): Subject {
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const metrics = createMetrics();
  const port = createUpstreams({
    upstreams: upstreams.map((given) => ({
      dialects: ['openai-chat'],
      baseUrl: 'http://127.0.0.1:1/v1',
      models: ['*'],
      renames: {},
      ...given,
    })),
    timeouts: { ...limits, ...(options.connectMs !== undefined && { connectMs: options.connectMs }) },
    maxRetries: options.maxRetries ?? 2,
    clock,
    logger,
    metrics,
  });
  let passed = 0;

  return {
    port,
    clock,
    logger,
    metrics: metrics.snapshot,
    ask(changes = {}, onData = () => true) {
      const heads: UpstreamHead[] = [];
      const failures: AppError[] = [];
      const done = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      const chunks: Uint8Array[] = [];
      let ends = 0;
      let hasReturned = false;
      const check = (): void => {
        if (!hasReturned) throw new Error('The sink was told something before `forward` had returned.');
      };
      const sink: UpstreamSink = {
        head(head) {
          check();
          heads.push(head);
        },
        data(chunk) {
          check();
          chunks.push(Uint8Array.from(chunk));
          begun.resolve();
          return onData(told, chunk);
        },
        end() {
          check();
          ends += 1;
          done.resolve();
        },
        failed(error) {
          check();
          failures.push(error);
          done.resolve();
        },
      };
      const flow = port.forward({ ...plainRequest, ...changes }, sink);
      hasReturned = true;
      const told: Told = {
        flow,
        heads,
        failures,
        text: () => Buffer.concat(chunks).toString(),
        bytes: () => chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0),
        ends: () => ends,
        done: done.promise,
        begun: begun.promise,
      };
      return told;
    },
    async passWaits(count) {
      const target = passed + count;
      while (passed < target) {
        const wait = logger.of('upstream_retry')[passed]?.fields['delayMs'];
        if (wait === undefined) await turn();
        else {
          passed += 1;
          await clock.advance(Number(wait));
        }
      }
      return logger
        .of('upstream_retry')
        .slice(target - count, target)
        .map((entry) => Number(entry.fields['delayMs']));
    },
  };
}
