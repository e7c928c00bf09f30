import type { ModelMessage, ModelRequest } from '../../core/domain/model.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { RenderedTalk } from '../../core/ports/tokenizer.ts';

type Talk = Pick<ModelRequest, 'messages' | 'tools' | 'conversation'>;

/** Without the oldest turns of a talk that was too long, which its `messageCount` leaves out too. */
export interface RememberedTalk extends RenderedTalk {
  /** How many these are. */
  readonly leftOut: number;
}

/**
 * Talks as an engine read and wrote them, for those who go on with them: each conversation with its own, as an answer has thoughts
 * that nobody else may see. What belongs to no conversation is neither remembered nor gone on with.
 */
export interface RenderedTalks {
  /** The longest talk of the same conversation that these messages go on with: what was rendered, what answered it, and words since. */
  before(request: Talk): RememberedTalk | undefined;
  /** `request`: whole, as it was asked. `answer`: as those who go on tell it. The oldest of too many are forgotten. */
  remember(
    request: Talk,
    answer: Extract<ModelMessage, { role: 'assistant' }>,
    rendered: RememberedTalk,
  ): void;
}

/** 16 MB of ids. */
const mostTokensKept = 4_000_000;

const tokensOf = ({ prompt, answer }: RenderedTalk): number => prompt.length + answer.length;

/** Everything of a message that a prompt may show; of equal ones the text is equal. */
function printOf(message: ModelMessage): string {
  switch (message.role) {
    case 'assistant': {
      const calls = message.toolCalls ?? [];
      return JSON.stringify([
        message.role,
        message.text,
        calls.map((call) => [call.id, call.name, call.argumentsJson]),
      ]);
    }
    case 'tool':
      return JSON.stringify([message.role, message.toolCallId, message.text]);
    default:
      return JSON.stringify([message.role, message.text]);
  }
}

/** Keeps at most `limit` talks, and of long ones no more than so many tokens altogether. */
export function createRenderedTalks(
  ids: Pick<Ids, 'digest'>,
  limit: number,
  mostTokens = mostTokensKept,
): RenderedTalks {
  /** By the digest of a whole talk, its answer included; the oldest use first. */
  const talks = new Map<string, RememberedTalk>();
  let tokens = 0;

  const extended = (key: string, message: ModelMessage): string => ids.digest(`${key} ${printOf(message)}`);
  // Other tools stand in the prompt as other words.
  const beginning = (conversation: string, { tools }: Talk): string =>
    ids.digest(JSON.stringify([conversation, tools]));

  function forget(key: string): void {
    const talk = talks.get(key);
    if (talk === undefined) return;
    tokens -= tokensOf(talk);
    talks.delete(key);
  }

  function put(key: string, talk: RememberedTalk): void {
    forget(key);
    talks.set(key, talk);
    tokens += tokensOf(talk);
    for (const oldest of talks.keys()) {
      if (talks.size <= limit && tokens <= mostTokens) break;
      forget(oldest);
    }
  }

  return {
    before(request) {
      const { conversation } = request;
      if (conversation === undefined || talks.size === 0) return undefined;
      let key = beginning(conversation, request);
      let found: string | undefined;
      // The last message is what was said since, so no talk ends with it.
      for (const message of request.messages.slice(0, -1)) {
        key = extended(key, message);
        if (message.role === 'assistant' && talks.has(key)) found = key;
      }
      const talk = found === undefined ? undefined : talks.get(found);
      if (found !== undefined && talk !== undefined) put(found, talk);
      return talk;
    },
    remember(request, answer, rendered) {
      const { conversation } = request;
      if (conversation === undefined) return;
      const key = [...request.messages, answer].reduce(extended, beginning(conversation, request));
      put(key, rendered);
    },
  };
}
