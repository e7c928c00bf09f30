/** What an agent is told before each talk, 1.5 KB. */
const agentPrompt = `You are an agent that works in a folder of files. ${'Read before you write, change as little as will do, run the checks after each change and say what you did and what you left undone. '.repeat(10)}`;

/** A chat completion's body, as an agent sends it. */
export function chatBody(messages: readonly object[], isStream = false): string {
  return JSON.stringify({
    model: 'stub',
    messages: [{ role: 'system', content: agentPrompt }, ...messages],
    ...(isStream ? { stream: true } : {}),
    temperature: 0.2,
  });
}
