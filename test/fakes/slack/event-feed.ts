import type { InstalledApp } from './manifest.ts';
import type { ChannelType, FakeSlackChannel, Workspace } from './workspace.ts';

/** What Slack delivers to an app, before it is put into an envelope of Socket Mode or a request. */
export interface Delivery {
  readonly kind: 'events_api' | 'slash_commands' | 'interactive';
  readonly payload: Readonly<Record<string, unknown>>;
  /** Slack repeats events only. */
  readonly isRepeated: boolean;
  readonly attempt: number;
  readonly retryReason?: string | undefined;
  /** Told of the acknowledgement and what it carried, or that none came. */
  readonly settle: (outcome: DeliveryOutcome) => void;
}

export interface DeliveryOutcome {
  readonly isAcknowledged: boolean;
  readonly response?: unknown;
}

export interface EventFeed {
  /** An event of the Events API; nothing where the app has not subscribed to it. */
  event(event: Readonly<Record<string, unknown>>, channel?: FakeSlackChannel): Delivery | undefined;
  /** An interaction or a command. Resolves when it is acknowledged, or when Slack has given up waiting. */
  interaction(
    kind: 'slash_commands' | 'interactive',
    payload: Readonly<Record<string, unknown>>,
  ): Promise<DeliveryOutcome>;
  /** The last event once more, as Slack repeats it. */
  redeliver(): void;
  /** Whether the app took an event of this message, in any of its deliveries. */
  isAcknowledged(channelId: string, ts: string): boolean;
  readonly last: Delivery | undefined;
  /** Everything that was made for delivery, in order, repetitions not counted. */
  readonly made: readonly Delivery[];
}

const subscriptions: Readonly<Record<ChannelType, string>> = {
  channel: 'message.channels',
  group: 'message.groups',
  mpim: 'message.mpim',
  im: 'message.im',
};

export function createEventFeed(
  workspace: Workspace,
  app: () => InstalledApp,
  deliver: (delivery: Delivery) => void,
): EventFeed {
  const made: Delivery[] = [];
  /** Messages by channel and `ts`. */
  const taken = new Set<string>();
  let last: Delivery | undefined;

  const push = (delivery: Delivery): Delivery => {
    made.push(delivery);
    deliver(delivery);
    return delivery;
  };

  return {
    event(event, channel) {
      const type = String(event['type']);
      const subscription = type === 'message' ? subscriptions[channel?.type ?? 'channel'] : type;
      if (!app().events.has(subscription)) return undefined;
      const eventTs = typeof event['event_ts'] === 'string' ? event['event_ts'] : workspace.nextTs();
      const payload = {
        token: 'deprecated-verification-token',
        team_id: workspace.teamId,
        context_team_id: workspace.teamId,
        context_enterprise_id: null,
        api_app_id: workspace.appId,
        event: {
          ...event,
          event_ts: eventTs,
          ...(type === 'message' && channel !== undefined ? { channel_type: channel.type } : {}),
        },
        type: 'event_callback',
        event_id: workspace.nextId('Ev'),
        event_time: Math.floor(Number(eventTs)),
        authorizations: [
          {
            enterprise_id: null,
            team_id: workspace.teamId,
            user_id: workspace.bot.id,
            is_bot: true,
            is_enterprise_install: false,
          },
        ],
        is_ext_shared_channel: channel?.isShared ?? false,
        event_context: '4-eyJldCI6Im1lc3NhZ2UifQ',
      };
      const settle = ({ isAcknowledged }: DeliveryOutcome): void => {
        if (isAcknowledged) taken.add(`${String(event['channel'])}/${String(event['ts'])}`);
      };
      last = { kind: 'events_api', payload, isRepeated: true, attempt: 0, settle };
      return push(last);
    },
    interaction: (kind, payload) =>
      new Promise((settle) => {
        push({ kind, payload, isRepeated: false, attempt: 0, settle });
      }),
    redeliver() {
      if (last === undefined) throw new Error('there was no event yet');
      deliver({ ...last, attempt: last.attempt + 1, retryReason: 'timeout' });
    },
    isAcknowledged: (channelId, ts) => taken.has(`${channelId}/${ts}`),
    get last() {
      return last;
    },
    get made() {
      return [...made];
    },
  };
}
