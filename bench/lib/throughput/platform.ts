import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CachePort } from '../../../core/ports/cache.ts';
import type { ChannelPort } from '../../../core/ports/channel.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { Ids } from '../../../core/ports/ids.ts';
import type { LimiterPort } from '../../../core/ports/limiter.ts';
import type { Logger } from '../../../core/ports/logger.ts';
import type { MarkdownPort } from '../../../core/ports/markdown.ts';
import type { Metrics } from '../../../core/ports/metrics.ts';
import type { Crowd } from './crowd.ts';

export interface ChannelParts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly markdown: MarkdownPort;
  readonly cache: CachePort;
  readonly limiter: LimiterPort;
}

/** One message as the bare SDK's handler gets it. */
export interface BareMessage {
  readonly id: string;
  readonly channelId: string;
  readonly personId: string;
  readonly personName: string;
  readonly text: string;
  reply(text: string): Promise<unknown>;
}

/** A platform that runs, no more of it than a bot needs. */
export interface ServedPlatform {
  readonly address: string;
  close(): Promise<void>;
}

/** One row of the bench: what `platforms/<name>.ts` exports as `platform`. */
export interface BenchPlatform {
  /** The bare SDK and how it receives, as the report calls it. */
  readonly bare: string;
  /** Whether the platform learns that a message was taken, and waits for that. */
  readonly acknowledges: boolean;
  /** Whether our channel sends by the limiter; where it leaves that to the SDK, so does the bare bot. */
  readonly usesLimiter: boolean;
  /** Environment variables that let the people of so many conversations in. */
  settings(conversations: number): Readonly<Record<string, string>>;
  /** The platform itself, for one bot. Resolves once it listens. */
  serve(crowd: Crowd): Promise<ServedPlatform>;
  /** Our channel, not started, without the platform's floors between messages. */
  openChannel(address: string, parts: ChannelParts): Promise<ChannelPort>;
  /** The SDK by itself with one handler. Resolves when it receives or is about to, with how to end it. */
  openBare(
    address: string,
    handle: (message: BareMessage) => Promise<void>,
  ): Promise<{ close(): Promise<void> }>;
}

const folder = join(import.meta.dirname, 'platforms');

/** The rows that there are: one for each file. */
export function platformNames(): readonly string[] {
  return readdirSync(folder)
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

function isBenchPlatform(value: unknown): value is BenchPlatform {
  return typeof value === 'object' && value !== null && 'openBare' in value && 'openChannel' in value;
}

export async function loadPlatform(name: string): Promise<BenchPlatform> {
  const module: unknown = await import(join(folder, `${name}.ts`));
  const found =
    typeof module === 'object' && module !== null && 'platform' in module ? module.platform : undefined;
  if (!isBenchPlatform(found)) throw new TypeError(`${name}.ts exports no "platform".`);
  return found;
}
