/** One block of others' words in a prompt, as `dataBlock` of core writes it. */
export interface PromptBlock {
  readonly title: string;
  readonly text: string;
}

const blockPattern = /^\[(\S+) begin (.+)\]\n((?:\|.*\n)+)\[\1 end \2\]$/gm;

/** The blocks of data that a prompt holds, in order. */
export function blocksIn(prompt: string): readonly PromptBlock[] {
  return [...prompt.matchAll(blockPattern)].map(([, , title = '', lines = '']) => ({
    title,
    text: lines
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^\| ?/, ''))
      .join('\n'),
  }));
}

const skillPattern = /<skill name="([^"]+)" version="\d+">\n([\s\S]*?)\n<\/skill>/g;

/** The bodies of the skills that a prompt gives, in order. */
export function skillBodiesIn(prompt: string): readonly string[] {
  return [...prompt.matchAll(skillPattern)].map(([, , body = '']) => body);
}
