const inlineThinking = /^\s*<think>[\s\S]*?<\/think>/;

const withoutPunctuation = (id: string): string => id.replace(/[^A-Za-z0-9]+/g, '');

/**
 * The first answer of a talk as `TalkMark.firstAnswer` holds it: the same from a history and from the answer itself, although
 * agents trim text, join its parts otherwise, leave out thinking that stood in it, and write the ids of tool calls without their
 * punctuation (servers differ in which they take). `toolCallIds`: in the order of the answer.
 */
export function firstAnswerOf(text: string, toolCallIds: readonly string[]): string {
  const said = text.replace(inlineThinking, '').replace(/\s+/g, '');
  // Of several calls the first is enough, and some agents store each call next to its result.
  const call = toolCallIds.find((id) => withoutPunctuation(id) !== '');
  return call === undefined ? said : `${said}\n${withoutPunctuation(call)}`;
}
