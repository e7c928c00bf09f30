/** People who write, each in a private chat of their own. */
export const personIds: readonly number[] = Array.from({ length: 20 }, (_, at) => 1_001 + at);

/** Updates as Telegram delivers them: each a message of the next person in turn. */
export function createUpdates(texts: readonly string[]): () => object {
  let count = 0;
  return () => {
    count += 1;
    const id = personIds[count % personIds.length];
    return {
      update_id: count,
      message: {
        message_id: count,
        date: Math.floor(Date.now() / 1000),
        from: {
          id,
          is_bot: false,
          first_name: `Person ${id}`,
          username: `person_${id}`,
          language_code: 'en',
        },
        chat: { id, first_name: `Person ${id}`, username: `person_${id}`, type: 'private' },
        text: texts[count % texts.length],
      },
    };
  };
}
