import { AppError } from '../../../core/domain/app-error.ts';
import type { Dialect } from '../../../core/domain/dialect.ts';
import type {
  UpstreamHead,
  UpstreamPort,
  UpstreamRequest,
  UpstreamRoute,
} from '../../../core/ports/upstream.ts';
import { createWaitingList } from './waiting-list.ts';

/** One request at the servers, whose answer the test gives piece by piece. */
export interface AskedUpstream {
  readonly request: UpstreamRequest;
  /** As it was asked for under the name of the request's model. */
  readonly body: string;
  head(status?: number, headers?: UpstreamHead['headers']): void;
  /** What the sink says: whether it takes more. */
  data(bytes: string | Uint8Array): boolean;
  end(): void;
  fail(error?: AppError): void;
  readonly isAborted: () => boolean;
  /** Resolves when the request was aborted. */
  readonly aborted: Promise<void>;
  readonly resumes: () => number;
  /** Resolves when it is resumed next. */
  resumed(): Promise<void>;
}

export interface PlayedUpstream extends UpstreamPort {
  readonly asked: readonly AskedUpstream[];
  nth(place: number): Promise<AskedUpstream>;
}

export interface PlayedUpstreamOptions {
  readonly route?: (dialect: Dialect, model: string) => UpstreamRoute;
  /** In place of an answer. */
  readonly throws?: Error;
}

const json = [['content-type', 'application/json']] as const;

/** Model servers that answer when the test says so. Holds itself to the order that the port promises, and the test too. */
export function createPlayedUpstream(options: PlayedUpstreamOptions = {}): PlayedUpstream {
  const asked = createWaitingList<AskedUpstream>();

  return {
    asked: asked.all,
    nth: asked.nth,
    route: options.route ?? (() => ({ kind: 'found', upstreams: ['main'] })),
    problems: () => [],
    close: async () => {},
    forward(request, sink) {
      if (options.throws !== undefined) throw options.throws;
      const body = Buffer.from(request.body?.(request.model) ?? []).toString('utf8');
      const aborted = Promise.withResolvers<void>();
      let resumed = Promise.withResolvers<void>();
      let resumes = 0;
      let hasHead = false;
      let isOver = false;
      let isAborted = false;

      function step(needsHead: boolean): void {
        if (isOver) throw new Error('the answer is over');
        if (needsHead !== hasHead) throw new Error('head comes once, before all else');
      }

      asked.add({
        request,
        body,
        head(status = 200, headers = json) {
          step(false);
          hasHead = true;
          sink.head({ status, headers, upstream: 'main' });
        },
        data(bytes) {
          step(true);
          return sink.data(Buffer.from(bytes));
        },
        end() {
          step(true);
          isOver = true;
          sink.end();
        },
        fail(error = new AppError('network', 'The answer was cut off.')) {
          if (isOver) throw new Error('the answer is over');
          isOver = true;
          sink.failed(error);
        },
        isAborted: () => isAborted,
        aborted: aborted.promise,
        resumes: () => resumes,
        resumed: () => resumed.promise,
      });
      return {
        resume() {
          resumes += 1;
          const last = resumed;
          resumed = Promise.withResolvers<void>();
          last.resolve();
        },
        abort() {
          if (isOver) return;
          isOver = true;
          isAborted = true;
          aborted.resolve();
          queueMicrotask(() => sink.failed(new AppError('aborted', 'The request was stopped.')));
        },
      };
    },
  };
}
