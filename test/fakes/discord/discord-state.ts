import type { CommandRegistry } from './command-registry.ts';
import type { EventFeed } from './event-feed.ts';
import type { Json } from './guild-model.ts';
import type { PrivilegedIntent } from './intents.ts';
import type { Interactions } from './interactions.ts';
import type { OpenModal } from './modal-form.ts';
import type { World } from './world.ts';

/** All that the parts of the fake share. */
export interface DiscordState {
  readonly world: World;
  readonly feed: EventFeed;
  readonly commands: CommandRegistry;
  readonly interactions: Interactions;
  /** By user id. */
  readonly modals: Map<string, OpenModal>;
  /** Channels in which the bot was seen typing, in order. */
  readonly typings: { readonly channelId: string; readonly at: number }[];
  readonly allowedIntents: () => ReadonlySet<PrivilegedIntent>;
  readonly gatewayUrl: () => string;
  readonly shards: number;
  /** What tests make of interactions before they go out. */
  readonly alterInteraction: (data: Json) => Json;
}
