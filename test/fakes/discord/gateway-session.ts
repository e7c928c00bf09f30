import type { Json } from './guild-model.ts';

export interface Packet {
  readonly op: 0;
  readonly t: string;
  readonly s: number;
  readonly d: Json;
}

/** What an IDENTIFY began; it outlives connections, so that they can be resumed. */
export interface GatewaySession {
  readonly id: string;
  readonly shard: readonly [number, number];
  readonly intents: number;
  sequence: number;
  /** Everything dispatched, for replays. */
  readonly log: Packet[];
  /** No longer to be resumed. */
  isOver: boolean;
}

/** The shard that a guild's events come to; direct ones come to the first. https://docs.discord.com/developers/events/gateway#sharding */
export const shardOf = (guildId: string | undefined, count: number): number =>
  guildId === undefined ? 0 : Number((BigInt(guildId) >> 22n) % BigInt(count));
