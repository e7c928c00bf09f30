import type { ModelRequest } from '../../core/domain/model.ts';

export interface DemoSkill {
  readonly name: string;
  readonly version: string;
  readonly body: string;
}

/** What the demo model makes of a request. */
export interface DemoPrompt {
  readonly skills: readonly DemoSkill[];
  /** What the person wrote last, without quotes of other messages and without a name in front. */
  readonly words: string;
  /** What persons wrote before it, chronological, in the same way. */
  readonly earlier: readonly string[];
  /** Nobody has been answered yet in this conversation. */
  readonly isFirstAnswer: boolean;
}

const skillBlock = /<skill name="([^"\n]+)" version="([^"\n]+)">\n([\s\S]*?)\n<\/skill>/g;
const othersWords = /^(?:(?:In reply to this message|Said in this thread before):\n(?:>.*\n)+\n)+/;
const authorsAreNamed = 'each message begins with its author';

/** Reads a request as the prompt's assembly writes it; a request of another kind is read as well as it goes. */
export function readPrompt(request: ModelRequest): DemoPrompt {
  const system = request.messages.flatMap((one) => (one.role === 'system' ? [one.text] : [])).join('\n\n');
  const hasNames = system.includes(authorsAreNamed);
  const said = request.messages.flatMap((one) => (one.role === 'user' ? [ownWords(one.text, hasNames)] : []));
  return {
    skills: [...system.matchAll(skillBlock)].map(([, name = '', version = '', body = '']) => ({
      name,
      version,
      body,
    })),
    words: said.at(-1) ?? '',
    earlier: said.slice(0, -1),
    isFirstAnswer: !request.messages.some((one) => one.role === 'assistant'),
  };
}

function ownWords(text: string, hasName: boolean): string {
  const words = text.replace(othersWords, '');
  return (hasName ? words.replace(/^[^:\n]{1,64}: /, '') : words).trim();
}
