import { encodeConversationKey } from '../core/domain/conversation.ts';
import type { BotDeps } from '../core/intake/bot.ts';
import type { SkillLibrary } from '../core/skills/library.ts';
import type { ComposedEmbeddings } from './compose-embeddings.ts';

/** Skills for what a person wrote in a chat; by its meaning, too, where there are `embeddings` and its vector comes in time. */
export function composeRetrieval(
  library: Pick<SkillLibrary, 'retrieve'>,
  embeddings: Pick<ComposedEmbeddings, 'vectorOf'> | undefined,
): BotDeps['skillsFor'] {
  return async (words, conversation, { personId, sessionId }) => {
    const audience = {
      platform: conversation.platform,
      spaceId: conversation.spaceId,
      conversationKey: encodeConversationKey(conversation),
      personId,
      isShared: conversation.audience === 'group',
    };
    const queryVector = await embeddings?.vectorOf(words);
    return library.retrieve(words, audience, {
      sessionId,
      ...(queryVector === undefined ? {} : { queryVector }),
    });
  };
}
