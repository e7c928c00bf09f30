import { farewell, fault } from './gateway-close.ts';
import type { ClientMessage, Identify } from './gateway-messages.ts';
import type { GatewaySession } from './gateway-session.ts';
import { knownIntents, type PrivilegedIntent, privilegedIntents } from './intents.ts';

export interface SessionRules {
  readonly token: () => string;
  /** Fewer shards than this are refused with 4011. */
  readonly requiredShards: number;
  readonly allowedIntents: () => ReadonlySet<PrivilegedIntent>;
}

export interface GatewaySessions {
  /** Takes an IDENTIFY, or throws the code that ends the connection. */
  begin(d: Identify): GatewaySession;
  /** The session that a RESUME means; nothing where it cannot be resumed. */
  find(d: Extract<ClientMessage, { op: 6 }>['d']): GatewaySession | undefined;
  all(): readonly GatewaySession[];
}

export function createGatewaySessions(rules: SessionRules): GatewaySessions {
  const sessions = new Map<string, GatewaySession>();

  function check({ token, shard = [0, 1], intents }: Identify): void {
    const [index, count] = shard;
    if (token !== rules.token()) throw farewell(4004, 'not the token');
    if (index >= count) throw fault(4010, 'the shard is beyond their number');
    if (count < rules.requiredShards) throw fault(4011, 'more shards are required');
    if ((intents & ~knownIntents) !== 0 || intents < 0) throw fault(4013, 'unknown intents');
    const allowed: ReadonlySet<string> = rules.allowedIntents();
    const asked = Object.entries(privilegedIntents).filter(([, bit]) => (intents & bit) !== 0);
    if (asked.some(([name]) => !allowed.has(name))) throw farewell(4014, 'disallowed intents');
  }

  return {
    begin(d) {
      check(d);
      const session: GatewaySession = {
        id: `fake-session-${sessions.size + 1}`,
        shard: d.shard ?? [0, 1],
        intents: d.intents,
        sequence: 0,
        log: [],
        isOver: false,
      };
      sessions.set(session.id, session);
      return session;
    },
    find({ token, session_id: id, seq }) {
      if (token !== rules.token()) throw farewell(4004, 'not the token');
      const session = sessions.get(id);
      if (session === undefined || session.isOver) return undefined;
      if (seq > session.sequence) throw farewell(4007, 'a sequence from the future');
      return session;
    },
    all: () => [...sessions.values()],
  };
}
